"""Pairs of calls that are worth comparing: in linear time, each call with few others.

Calls that share a key lie in one block; a call meets at most `REACH` calls before it in each of its blocks. So a flood
of calls about one happening makes a chain, not a square, and whether two calls meet depends on those between them in a
block alone: that is what makes a small run come to the same as a whole one.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.same.calls import Calls
from nlp.same.minhash import bands

Places = NDArray[np.int64]

REACH: Final = 16
LONGEST_DAYS: Final = 365
"""A call further back is another matter, whoever calls."""

_SHARED: Final = ("callers", "doors", "buildings", "number", "plates")
_KINDS: Final = {name: place for place, name in enumerate((*_SHARED, "people", "spot", "road", "subject", "band"))}
_SAME_BLOCK: Final = {"people": ("people", "callers", "names"), "number": ("number", "numbers")}


def block_keys(calls: Calls) -> tuple[NDArray[np.uint64], Places]:
    """Keys and the calls that have them, sorted by key, then by time. A key is kind, then codes or a band's hash."""
    keys: list[NDArray[np.uint64]] = []
    owners: list[Places] = []

    def add(kind: str, codes: NDArray[np.uint64], present: NDArray[np.bool_]) -> None:
        owner, column = np.nonzero(present)
        keys.append((codes[owner, column] << np.uint64(4)) | np.uint64(_KINDS[kind]))
        owners.append(owner)

    for kind in ("callers", "doors", "buildings", "plates"):
        add(kind, *_coded(calls, kind))
    for kind, traits in _SAME_BLOCK.items():
        for trait in traits:
            add(kind, *_coded(calls, trait))
    homeless = ~(calls.traits["spots"] > 0).any(axis=1, keepdims=True)
    for kind, trait in (("spot", "spots"), ("road", "roads"), ("subject", "subjects")):
        for field in range(calls.traits["fields"].shape[1]):
            codes, present = _coded(calls, trait)
            about = calls.traits["fields"][:, field : field + 1].astype(np.uint64)
            wanted = present & ((about > 0) | (field == 0))
            add(kind, (codes << np.uint64(28)) | about, wanted & homeless if kind == "subject" else wanted)
    add("band", bands(calls.hashes), np.repeat(calls.worded[:, None], bands(calls.hashes[:1]).shape[1], axis=1))
    key, owner = np.concatenate(keys), np.concatenate(owners).astype(np.int64)
    order = np.lexsort((owner, key))
    key, owner = key[order], owner[order]
    fresh = np.ones(len(key), dtype=np.bool_)
    fresh[1:] = (key[1:] != key[:-1]) | (owner[1:] != owner[:-1])  # a call stands in a block once
    return key[fresh], owner[fresh]


def candidate_pairs(calls: Calls, *, later: Set[str] | None = None, reach: int = REACH) -> tuple[Places, Places]:
    """Earlier and later call of each pair, every pair once, in order; `later`: the later call is one of these ids."""
    if len(calls) < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    key, owner = block_keys(calls)
    longest = LONGEST_DAYS * 24 * 60
    wanted = None if later is None else np.array([one in later for one in calls.ids], dtype=np.bool_)
    found: list[Places] = []
    for lag in range(1, min(reach, len(key) - 1) + 1):
        same = key[lag:] == key[:-lag]
        if not same.any():
            break
        first, second = owner[:-lag][same], owner[lag:][same]
        near = calls.at[second] - calls.at[first] <= longest
        near = near if wanted is None else near & wanted[second]
        found.append(first[near] * len(calls) + second[near])
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    pairs = np.unique(np.concatenate(found))
    return pairs // len(calls), pairs % len(calls)


def stirred(calls: Calls, fresh: Set[str], *, reach: int = REACH) -> set[str]:
    """Ids of the calls that stand at most `reach` behind one of `fresh` in a block: the calls that they meet change.

    `fresh` may hold calls as they are and as they were; both push those behind them, so that more are counted off.
    """
    if len(calls) < 2:
        return set()
    key, owner = block_keys(calls)
    new = np.array([one in fresh for one in calls.ids], dtype=np.bool_)[owner]
    behind = np.zeros(len(calls), dtype=np.bool_)
    for lag in range(1, min(reach + len(fresh), len(key) - 1) + 1):
        same = key[lag:] == key[:-lag]
        if not same.any():
            break
        behind[owner[lag:][same & new[:-lag]]] = True
    return {calls.ids[place] for place in np.nonzero(behind)[0]}


def _coded(calls: Calls, trait: str) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    codes = calls.traits[trait]
    return codes.astype(np.uint64), codes > 0
