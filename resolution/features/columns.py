"""Small tools that every kind's features share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from core.values import InvalidValue


def parsed(values: pl.Series, schema: Mapping[str, Any], read: Callable[[str], tuple[Any, ...]]) -> pl.DataFrame:
    """Columns read from each distinct value once, in the order of `values`.

    `read` returns one entry per column of `schema`; a null value, and one that raises `InvalidValue`, gives nulls.
    """
    distinct = values.drop_nulls().unique().sort()
    nothing = (None,) * len(schema)
    rows = []
    for text in distinct:
        try:
            rows.append(read(text))
        except InvalidValue:
            rows.append(nothing)
    table = pl.DataFrame(rows, schema=dict(schema), orient="row").with_columns(distinct.alias("@value"))
    return values.to_frame("@value").join(table, on="@value", how="left", maintain_order="left").drop("@value")


def column(frame: pl.DataFrame, name: str) -> pl.Series:
    """A text column of `frame`, blank texts as null; all null where the frame has no such column."""
    if name not in frame.columns:
        return pl.Series(name, [None] * frame.height, dtype=pl.String)
    text = frame[name].cast(pl.String).str.strip_chars()
    return text.to_frame().select(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)).to_series()


def without_placeholders(values: pl.Series, owners: pl.Series, limit: int) -> pl.Series:
    """`values` with those nulled that more than `limit` different `owners` use: they identify nobody."""
    frame = pl.DataFrame({"value": values, "owner": owners})
    used = frame.drop_nulls().group_by("value").agg(pl.col("owner").n_unique().alias("owners"))
    common = used.filter(pl.col("owners") > limit)["value"].implode()
    return frame.select(
        pl.when(pl.col("value").is_in(common)).then(None).otherwise(pl.col("value")).alias(values.name)
    ).to_series()
