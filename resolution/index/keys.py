"""Which nodes share a blocking key: found by one binary search, kept up to date node by node.

A key is a 64-bit digest of its values under the process's own hash, so nothing of it may rest on a disk. The keys of a
run lie in two sorted arrays, 12 bytes a key; what came since lies in a small dictionary beside them. That two keys among
tens of millions fall together by chance is a matter of one in a hundred thousand, and would add one harmless comparison.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from resolution.index.nodes import NodeTable, Row

_MASK: Final = (1 << 64) - 1
_FACTOR: Final = 0x9E3779B97F4A7C15  # 2^64 / golden ratio (Knuth, TAOCP 3, 6.4: multiplicative hashing)
_SHIFT: Final = 29
Digests = NDArray[np.uint64]


class KeyIndex:
    """Nodes by the keys that `rules` make of a row: each rule a list of columns, null where one of them is.

    A rule of `whole` takes nulls for values like any other, and has a key only where the column `unless_null` has one.
    """

    def __init__(
        self,
        table: NodeTable,
        rules: Sequence[Sequence[str]],
        *,
        whole: Sequence[str] = (),
        unless_null: str | None = None,
    ) -> None:
        self._rules = [[table.columns.index(column) for column in rule] for rule in rules]
        self._whole = [table.columns.index(column) for column in whole] if unless_null else []
        self._unless_null = table.columns.index(unless_null) if unless_null else -1
        self._digests, self._nodes = self._built(table)
        self._since: defaultdict[int, list[int]] = defaultdict(list)
        self._gone: set[int] = set()

    def digests(self, row: Row) -> list[int]:
        """The keys of a row, in the order of the rules, without those that are null."""
        hashes: dict[int, int] = {}
        found = []
        for number, places in enumerate(self._rules):
            digest = number + 1
            for place in places:
                value = row[place]
                if value is None:
                    break
                known = hashes.get(place)
                if known is None:
                    known = hashes[place] = hash(value) & _MASK
                digest = ((digest ^ known) * _FACTOR) & _MASK
                digest ^= digest >> _SHIFT
            else:
                found.append(digest)
        return found

    def whole_digest(self, row: Row) -> int | None:
        """The key under which only a row alike in every column of `whole` is found."""
        if not self._whole or row[self._unless_null] is None:
            return None
        digest = 0
        for place in self._whole:
            value = row[place]
            digest = ((digest ^ (0 if value is None else hash(value) & _MASK)) * _FACTOR) & _MASK
            digest ^= digest >> _SHIFT
        return digest

    def find(self, digests: Sequence[int]) -> list[list[int]]:
        """The nodes of each key."""
        wanted = np.array(digests, dtype=np.uint64)
        lows = np.searchsorted(self._digests, wanted, "left").tolist()
        highs = np.searchsorted(self._digests, wanted, "right").tolist()
        found = []
        for digest, low, high in zip(digests, lows, highs, strict=True):
            nodes: list[int] = self._nodes[low:high].tolist()
            since = self._since.get(digest)
            if since:
                nodes += since
            if self._gone:
                nodes = [node for node in nodes if node not in self._gone]
            found.append(nodes)
        return found

    def add(self, node: int, digests: Iterable[int]) -> None:
        for digest in digests:
            self._since[digest].append(node)

    def remove(self, node: int) -> None:
        """A number that is gone is never given again."""
        self._gone.add(node)

    def _built(self, table: NodeTable) -> tuple[Digests, NDArray[np.int32]]:
        hashes: dict[int, tuple[Digests, NDArray[np.bool_]]] = {}
        for place in {place for rule in [*self._rules, self._whole] for place in rule}:
            codes, values = table.base_codes(table.columns[place])
            of_values = np.fromiter((hash(value) & _MASK for value in values), dtype=np.uint64, count=len(values))
            of_values[0] = 0
            hashes[place] = of_values[codes], codes > 0
        digests, nodes = [], []
        for number, places in enumerate(self._rules):
            known = np.logical_and.reduce([hashes[place][1] for place in places])
            digests.append(_mixed(number + 1, [hashes[place][0][known] for place in places]))
            nodes.append(np.flatnonzero(known).astype(np.int32))
        if self._whole:
            known = hashes[self._unless_null][1] if self._unless_null in hashes else None
            if known is None:
                known = table.base_codes(table.columns[self._unless_null])[0] > 0
            digests.append(_mixed(0, [hashes[place][0][known] for place in self._whole]))
            nodes.append(np.flatnonzero(known).astype(np.int32))
        every = np.concatenate(digests) if digests else np.empty(0, dtype=np.uint64)
        order = np.argsort(every, kind="stable")
        return every[order], np.concatenate(nodes)[order] if nodes else np.empty(0, dtype=np.int32)


def _mixed(start: int, parts: Sequence[Digests]) -> Digests:
    digest = np.full(len(parts[0]), start, dtype=np.uint64)
    for part in parts:
        digest = (digest ^ part) * np.uint64(_FACTOR)
        digest ^= digest >> np.uint64(_SHIFT)
    return digest
