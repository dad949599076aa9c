"""Frames of the lake's log from columns and properties."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl

Rows: TypeAlias = dict[str, Any]
"""Column → a series, an array, or one value for all rows."""


def framed(ends: Rows, props: Rows) -> pl.DataFrame:
    """`ends` as columns, `props` as one column of JSON text without the values that are not there."""
    size = next(len(value) for value in ends.values() if isinstance(value, pl.Series))
    written = pl.DataFrame({name: _column(value, size) for name, value in sorted(props.items())})
    text = written.select(
        pl.struct(pl.all()).struct.json_encode().str.replace_all(r',"[a-z_]+":null', "").alias("props")
    )
    return pl.DataFrame({name: _column(value, size) for name, value in ends.items()}).with_columns(text["props"])


def _column(value: Any, size: int) -> pl.Series:
    if isinstance(value, pl.Series):
        return value
    if isinstance(value, np.ndarray):
        return pl.Series(value.tolist() if value.dtype == object else value)
    return pl.Series([value]).new_from_index(0, size)
