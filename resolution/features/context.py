"""What the other mentions of a source row say: a person's door, company and household, who is known at a door.

It is compared like a field of the record's own and never becomes a golden value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

COLUMN: Final = "related_address"
# A household register's home town is no place where the person is met.
_NO_HOME: Final = "registered"
COMPANY_RELATIONS: Final = ("WORKS_AT", "LEGAL_REPRESENTATIVE_OF")
HOUSEHOLD_RELATIONS: Final = ("MEMBER_OF",)
DOOR_RELATIONS: Final = ("LIVES_IN", "OWNS", "RENTS", "REGISTERED_AT")


def with_related_addresses(persons: pl.DataFrame, dwellings: pl.DataFrame) -> pl.DataFrame:
    """`persons` with a column `related_address` for those without an address of their own.

    It is the address of the dwelling that the same source row speaks of (the one that is owned, rented, or was lived
    in): a list of owners has names and telephones only, and the door is what tells two owners of one name apart.
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


def with_related(
    records: pl.DataFrame,
    others: pl.DataFrame,
    relations: pl.DataFrame,
    *,
    types: Sequence[str],
    value: str,
    column: str,
    reverse: bool = False,
) -> pl.DataFrame:
    """`records` with `column`: the `value` of the record of `others` that a relation leads to, null where none does.

    `relations`: type, from_id, to_id (record ids); `reverse` follows them from their end. Of several, the type that
    comes first in `types` counts, then the least value.
    """
    here, there = ("to_id", "from_id") if reverse else ("from_id", "to_id")
    order = {name: place for place, name in enumerate(types)}
    related = (
        relations.filter(pl.col("type").is_in(list(types)))
        .join(others.select(pl.col("record_id").alias(there), pl.col(value).alias(column)), on=there)
        .drop_nulls(column)
        .with_columns(pl.col("type").replace_strict(order, return_dtype=pl.Int64).alias("@order"))
        .sort("@order", column)
        .unique(here, keep="first", maintain_order=True)
        .select(pl.col(here).alias("record_id"), column)
    )
    return records.join(related, on="record_id", how="left", maintain_order="left")
