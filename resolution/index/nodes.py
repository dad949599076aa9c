"""The comparison columns of all nodes, a row at a time.

A million rows of Python values would take gigabytes. The rows of a run are kept as numbers of distinct values, four
bytes a cell, and become Python values when they are compared; rows that came since are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

Row = tuple[Any, ...]
_SEPARATOR: Final = "\x1e"


class NodeTable:
    """Rows of `columns`: those of a frame, numbered from 0, then those added."""

    def __init__(self, frame: pl.DataFrame, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.base = frame.height
        self._codes = np.zeros((frame.height, len(self.columns)), dtype=np.int32)
        self._values: list[list[Any]] = []
        for place, name in enumerate(self.columns):
            self._codes[:, place], values = _encoded(frame[name])
            self._values.append(values)
        self._added: list[Row] = []

    def __len__(self) -> int:
        return self.base + len(self._added)

    def __getitem__(self, node: int) -> Row:
        if node >= self.base:
            return self._added[node - self.base]
        codes = self._codes[node].tolist()
        return tuple([values[code] for values, code in zip(self._values, codes, strict=True)])

    def rows(self, nodes: Iterable[int]) -> list[Row]:
        return [self[node] for node in nodes]

    def add(self, row: Row) -> int:
        """The new row's number."""
        self._added.append(row)
        return len(self) - 1

    def base_codes(self, column: str) -> tuple[NDArray[np.int32], list[Any]]:
        """The frame's column as numbers of distinct values (0: null), and those values."""
        place = self.columns.index(column)
        return self._codes[:, place], self._values[place]


def frozen(value: Any) -> Any:
    """Lists as tuples: smaller, and nothing that the garbage collector has to visit."""
    return tuple(value) if isinstance(value, list) else value


def _encoded(series: pl.Series) -> tuple[NDArray[np.int32], list[Any]]:
    """Numbers from 1 (0: null), and the values by number."""
    joined = _joined(series) if series.dtype.is_nested() else series
    if joined is None:
        known = [frozen(value) for value in series.to_list() if value is not None]
        places = series.is_not_null().to_numpy()
        return np.where(places, np.cumsum(places), 0).astype(np.int32), [None, *known]
    array = joined.to_arrow()
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=np.int32), [None]
    encoded = array.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32) + 1
    values = encoded.dictionary.to_pylist()
    if series.dtype.is_nested():
        values = [_split(text) for text in values]
    return codes, [None, *values]


def _joined(series: pl.Series) -> pl.Series | None:
    """Lists of texts as one text each, so that equal lists are found as fast as equal texts; None for other lists."""
    if series.dtype != pl.List(pl.String):
        return None
    frame = series.alias("list").to_frame()
    joined = frame.select(
        pl.when(pl.col("list").list.len() > 0)
        .then(pl.col("list").list.join(_SEPARATOR, ignore_nulls=False))
        .otherwise(pl.when(pl.col("list").is_not_null()).then(pl.lit("")))
    ).to_series()
    # A null or an empty text in a list would be lost.
    parts = series.explode(empty_as_null=False)
    return None if parts.null_count() > series.null_count() or bool((parts == "").any()) else joined


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(_SEPARATOR)) if text else ()
