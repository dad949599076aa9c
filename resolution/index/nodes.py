"""The comparison columns of all nodes, a row at a time.

A million rows of Python values would take gigabytes. The rows of a run stay in their frame, from which many are read at
once; to read single ones quickly, `encode` keeps them as numbers of distinct values, four bytes a cell. Rows that came
since are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        self._frame = frame.select(columns)
        self._base = frame.height
        self._nested = [place for place, name in enumerate(columns) if frame.schema[name].is_nested()]
        self._codes: NDArray[np.int32] | None = None
        self._values: list[list[Any]] = []
        self._read: dict[int, Row] = {}
        self._added: list[Row] = []

    def __len__(self) -> int:
        return self._base + len(self._added)

    def __getitem__(self, node: int) -> Row:
        if node >= self._base:
            return self._added[node - self._base]
        if self._codes is None:
            if node not in self._read:
                self.fetch([node])
            return self._read[node]
        codes = self._codes[node].tolist()
        return tuple([values[code] for values, code in zip(self._values, codes, strict=True)])

    def row(self, features: Mapping[str, Any]) -> Row:
        return self._frozen(tuple([features[column] for column in self.columns]))

    def _frozen(self, row: Row) -> Row:
        """Lists as tuples: smaller, and nothing that the garbage collector has to visit."""
        if not self._nested:
            return row
        cells = list(row)
        for place in self._nested:
            if cells[place] is not None:
                cells[place] = tuple(cells[place])
        return tuple(cells)

    def add(self, row: Row) -> int:
        """The new row's number."""
        self._added.append(row)
        return len(self) - 1

    def fetch(self, nodes: Iterable[int]) -> None:
        """Read many rows that will be asked for."""
        if self._codes is None:
            wanted = sorted({node for node in nodes if node < self._base and node not in self._read})
            if wanted:
                self._read |= zip(wanted, map(self._frozen, self._frame[wanted].rows()), strict=True)

    def encode(self) -> None:
        """Take the seconds to make every single row quick to read."""
        codes = np.zeros((self._base, len(self.columns)), dtype=np.int32)
        for place, name in enumerate(self.columns):
            codes[:, place], values = encoded(self._frame[name])
            self._values.append(values)
        self._codes = codes
        self._read.clear()


def encoded(series: pl.Series) -> tuple[NDArray[np.int32], list[Any]]:
    """Every value as the number of a distinct one, from 1 (0: null), and the values by number."""
    joined = _joined(series) if series.dtype.is_nested() else series
    if joined is None:
        known = [tuple(value) for value in series.to_list() if value is not None]
        places = series.is_not_null().to_numpy()
        return np.where(places, np.cumsum(places), 0).astype(np.int32), [None, *known]
    array = joined.to_arrow()
    if pa.types.is_null(array.type):
        return np.zeros(len(array), dtype=np.int32), [None]
    table = array.dictionary_encode()
    codes = table.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32) + 1
    values: list[Any] = pl.Series(table.dictionary).to_list()
    if series.dtype.is_nested():
        values = [_split(text) for text in values]
    return codes, [None, *values]


def _joined(series: pl.Series) -> pl.Series | None:
    """Lists of texts as one text each, so that equal lists are found as fast as equal texts; None for other lists."""
    if series.dtype != pl.List(pl.String):
        return None
    parts = series.explode(empty_as_null=False)
    if parts.null_count() > series.null_count() or bool((parts == "").any()):
        return None  # a null or an empty text in a list would be lost
    return series.list.join(_SEPARATOR)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(_SEPARATOR)) if text else ()
