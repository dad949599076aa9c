"""Which nodes share a blocking key: found by binary search, kept up to date node by node.

The keys of a run lie in two sorted arrays, 12 bytes a key; what came since lies in a small dictionary beside them. A
key is a 64-bit digest of its values that is good within one process only, and never rests on a disk. That two of ten
million keys fall together by chance has a probability of 3 in a million, and would cost one idle comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolution.functions import to_text
from resolution.model.declaration import Declaration

Hashes = NDArray[np.uint64]
Digests = tuple[list[int], int | None]

_MASK: Final = (1 << 64) - 1
_FACTOR: Final = 0x9E3779B97F4A7C15  # 2^64 / golden ratio (Knuth, TAOCP 3, 6.4: multiplicative hashing)
_SHIFT: Final = 29
_WHOLE: Final = 0


class KeyIndex:
    """Nodes by their blocking keys, and by the key that rows share which are alike in everything.

    `columns` are those of the rows that it is asked about; the rows of `frame` are the first nodes.
    """

    def __init__(self, frame: pl.DataFrame, columns: Sequence[str], declared: Declaration) -> None:
        places = {column: place for place, column in enumerate(columns)}
        self._rules = [[places[column] for column in key.columns] for key in declared.blocking]
        self._keyed = sorted({place for rule in self._rules for place in rule})
        self._identifier = -1 if declared.identifier is None else places[declared.identifier]
        # Lists are derived from the texts beside them, so equal texts have equal lists.
        self._plain = [places[column] for column in columns if not frame.schema[column].is_nested()]
        # What is alike in all that the keys are made of is nearly always alike in the rest; `alike` makes sure.
        self._whole = sorted({*self._keyed, *([self._identifier] if declared.identifier else ())})
        self._digests, self._nodes = self._built([frame[column] for column in columns])
        self._known: dict[int, tuple[int, int]] = {}
        self._since: dict[int, list[int]] = {}
        self._gone: set[int] = set()

    def digests(self, rows: Sequence[Sequence[Any]]) -> list[Digests]:
        """Of each row the blocking keys, without those that are null, and the key of rows alike in everything.

        A row without identifier has no such key.
        """
        width = len(self._whole)
        values = [None if row[place] is None else to_text(row[place]) for row in rows for place in self._whole]
        hashed = _hashes(pl.Series(values, dtype=pl.String)).tolist()
        return [
            self._digests_of(
                row,
                dict(zip(self._whole, hashed[start : start + width], strict=True)),
            )
            for row, start in zip(rows, range(0, width * len(rows), width), strict=True)
        ]

    def _digests_of(self, row: Sequence[Any], hashes: Mapping[int, int]) -> Digests:
        found = []
        for number, rule in enumerate(self._rules, start=_WHOLE + 1):
            digest = number
            for place in rule:
                if row[place] is None:
                    break
                digest = ((digest ^ hashes[place]) * _FACTOR) & _MASK
                digest ^= digest >> _SHIFT
            else:
                found.append(digest)
        if self._identifier < 0 or row[self._identifier] is None:
            return found, None
        whole = _WHOLE
        for place in self._whole:
            whole = ((whole ^ hashes[place]) * _FACTOR) & _MASK
            whole ^= whole >> _SHIFT
        return found, whole

    def alike(self, left: Sequence[Any], right: Sequence[Any]) -> bool:
        """Whether two rows say the same in every plain column."""
        return all(left[place] == right[place] for place in self._plain)

    def prefetch(self, digests: Iterable[int]) -> None:
        """Look up at once what `find` will be asked for."""
        wanted = np.fromiter({digest for digest in digests if digest not in self._known}, dtype=np.uint64)
        wanted.sort()
        self._known |= zip(wanted.tolist(), self._places(wanted), strict=True)

    def find(self, digests: Sequence[int]) -> list[list[int]]:
        """The nodes of each key."""
        known = self._known
        if all(digest in known for digest in digests):
            places = [known[digest] for digest in digests]
        else:
            places = self._places(np.array(digests, dtype=np.uint64))
        found = []
        for digest, (low, high) in zip(digests, places, strict=True):
            nodes: list[int] = self._nodes[low:high].tolist() if low < high else []
            since = self._since.get(digest)
            if since:
                nodes += since
            found.append([node for node in nodes if node not in self._gone] if self._gone else nodes)
        return found

    def _places(self, digests: Hashes) -> list[tuple[int, int]]:
        lows, highs = (np.searchsorted(self._digests, digests, side).tolist() for side in ("left", "right"))
        return list(zip(lows, highs, strict=True))

    def add(self, node: int, digests: Iterable[int]) -> None:
        for digest in digests:
            self._since.setdefault(digest, []).append(node)

    def remove(self, node: int) -> None:
        """A number that is gone is never given again."""
        self._gone.add(node)

    def _built(self, columns: Sequence[pl.Series]) -> tuple[Hashes, NDArray[np.int32]]:
        hashes = {place: _hashes(columns[place]) for place in self._whole}
        known = {place: columns[place].is_not_null().to_numpy() for place in self._whole}
        digests: list[Hashes] = []
        nodes: list[NDArray[np.int32]] = []
        rules = [(number, rule, rule) for number, rule in enumerate(self._rules, start=_WHOLE + 1)]
        if self._identifier >= 0:
            rules.append((_WHOLE, self._whole, [self._identifier]))
        for start, places, needed in rules:
            there = np.flatnonzero(np.logical_and.reduce([known[place] for place in needed]))
            digest = np.full(len(there), start, dtype=np.uint64)
            for place in places:
                digest = (digest ^ hashes[place][there]) * np.uint64(_FACTOR)
                digest ^= digest >> np.uint64(_SHIFT)
            digests.append(digest)
            nodes.append(there.astype(np.int32))
        every = pl.Series(np.concatenate(digests))
        order = every.arg_sort()
        return every.gather(order).to_numpy(), np.concatenate(nodes)[order.to_numpy()]


def _hashes(series: pl.Series) -> Hashes:
    """A hash of each value as text, 0 for null; equal for equal texts within one process."""
    # Of a frame, because that goes without the query engine: 10 µs for a row, 10 ms for a million.
    text = series if series.dtype == pl.String else series.cast(pl.String)
    found = text.to_frame().hash_rows().to_numpy()
    return np.where(text.is_null().to_numpy(), np.uint64(0), found)
