"""What the other mentions of a source row say about a person."""

from __future__ import annotations

from typing import Final

import polars as pl

COLUMN: Final = "related_address"
# A household register's home town is no place where the person is met.
_NO_HOME: Final = "registered"


def with_related_addresses(persons: pl.DataFrame, dwellings: pl.DataFrame) -> pl.DataFrame:
    """`persons` with a column `related_address` for those without an address of their own.

    It is the address of the dwelling that the same source row speaks of (the one that is owned, rented, or was lived
    in): a list of owners has names and telephones only, and the door is what tells two owners of one name apart. It
    is compared like an address and never becomes a golden value.
    """
    source = pl.col("record_key").str.splitn("#", 2)
    rows = (
        dwellings.select(
            "feed",
            source.struct.field("field_0").alias("@row"),
            source.struct.field("field_1").alias("@mention"),
            pl.col("address").alias(COLUMN),
        )
        .filter(pl.col("@mention") != _NO_HOME)
        .drop_nulls(COLUMN)
        .sort("feed", "@row", "@mention", COLUMN)
        .unique(["feed", "@row"], keep="first")
        .drop("@mention")
    )
    return (
        persons.with_columns(source.struct.field("field_0").alias("@row"))
        .join(rows, on=["feed", "@row"], how="left", maintain_order="left")
        .with_columns(pl.when(pl.col("address").is_null()).then(COLUMN).alias(COLUMN))
        .drop("@row")
    )
