"""Which rows are held out: always the same for a seed, and never a copy of what was learnt.

The rule. Messages that are nearly the same (at least half of their six-character shingles in common) form one group.
Groups are dealt by a seeded shuffle; a group goes whole to the held-out part or to the training part, and each
category (that of a group's first row) gives its share. With `grouped=False` every row is a group of its own.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

_SHINGLE: Final = 6
_SAMPLE: Final = 8
"""One shingle of eight (by its hash) is looked up; a pair is then compared on all of them."""
_COMMON: Final = 0.5
_CROWD: Final = 50
"""A shingle in more messages than this is a set phrase (尊敬的领导您好) and brings nothing together."""


def held_out(
    strata: Sequence[str], seed: int, share: float = 0.2, groups: Sequence[int] | None = None
) -> tuple[Rows, Rows]:
    """Rows to train on and rows held out, both ascending."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups if groups is not None else range(len(strata))):
        members[group].append(row)
    by_stratum: defaultdict[str, list[list[int]]] = defaultdict(list)
    for rows in members.values():
        by_stratum[strata[rows[0]]].append(rows)
    random = np.random.default_rng(seed)
    out: list[int] = []
    for stratum in sorted(by_stratum):
        dealt = by_stratum[stratum]
        wanted = round(sum(map(len, dealt)) * share)
        taken = 0
        for index in random.permutation(len(dealt)):
            if taken >= wanted:
                break
            out += dealt[index]
            taken += len(dealt[index])
    mask = np.zeros(len(strata), dtype=bool)
    mask[out] = True
    return np.nonzero(~mask)[0], np.nonzero(mask)[0]


def folds(strata: Sequence[str], count: int, seed: int, groups: Sequence[int] | None = None) -> list[tuple[Rows, Rows]]:
    """`count` parts of like size and make-up, each once the (held-out) second of a pair."""
    dealt = list(groups) if groups is not None else list(range(len(strata)))
    first = {group: row for row, group in reversed(list(enumerate(dealt)))}
    random = np.random.default_rng(seed)
    order = sorted(
        zip(random.permutation(len(first)), first, strict=True), key=lambda item: (strata[first[item[1]]], item[0])
    )
    part = {group: position % count for position, (_, group) in enumerate(order)}
    of_row = np.array([part[group] for group in dealt])
    return [(np.nonzero(of_row != fold)[0], np.nonzero(of_row == fold)[0]) for fold in range(count)]


def near_copies(texts: Sequence[str]) -> list[int]:
    """The group of each text: the number of the first text that it is nearly the same as."""
    shingles = [_shingles(text) for text in texts]
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for row, found in enumerate(shingles):
        for shingle in found:
            if shingle % _SAMPLE == 0 or len(found) < 4 * _SAMPLE:
                holders[shingle].append(row)
    shared = Counter(
        (rows[i], rows[j])
        for rows in holders.values()
        if len(rows) <= _CROWD
        for j in range(len(rows))
        for i in range(j)
    )
    parents = list(range(len(texts)))
    for one, other in sorted(shared):
        common = len(shingles[one] & shingles[other])
        if common >= _COMMON * len(shingles[one] | shingles[other]):
            low, high = sorted((_root(parents, one), _root(parents, other)))
            parents[high] = low
    return [_root(parents, row) for row in range(len(texts))]


def _shingles(text: str) -> set[int]:
    plain = "".join(text.split())
    return {zlib.crc32(plain[start : start + _SHINGLE].encode()) for start in range(max(1, len(plain) - _SHINGLE + 1))}


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row
