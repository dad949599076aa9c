"""MinHash signatures of texts, and the bands by which nearly equal texts meet (Broder 1997; Leskovec et al., ch. 3).

All of a text's character 4-grams are hashed in one vector operation, and the 64 permutations in another: some 0.1 ms
for 370 characters, where a library that hashes gram by gram needs more than ten times that. Hashes are keyed: a
signature does not tell what was said to whoever lacks the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]

PERMUTATIONS: Final = 64
BANDS: Final = 16
"""Of four rows each: two texts of similarity s meet with probability 1 - (1 - s⁴)¹⁶: .89 at .6, .12 at .3."""
_GRAM: Final = 4
_FEWEST: Final = 14
"""Characters below which a text is too short to be told from others by its wording."""

_DIGITS: Final = re.compile(r"[0-9０-９]+(?:[.:：-][0-9０-９]+)*")
_NOISE: Final = re.compile(r"[^\u4e00-\u9fffA-Za-z0]+")


def neutral(text: str, named: Iterable[tuple[int, int]] = ()) -> str:
    """The wording alone: without the (start, end) ranges `named`, punctuation and blanks, each number as one 0.

    Who copies a complaint changes names, doors and dates.
    """
    kept, position = [], 0
    for start, end in sorted(named):
        if start > position:
            kept.append(text[position:start])
        position = max(position, end)
    kept.append(text[position:])
    return _NOISE.sub("", _DIGITS.sub("0", "".join(kept))).lower()


def minhash(words: str, key: bytes) -> Hashes | None:
    """`PERMUTATIONS` values of a neutral text; None for one too short. Equal keys make comparable signatures."""
    if len(words) < _FEWEST:
        return None
    weights, factors, offsets, final = _keyed(key)
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    grams = sum(codes[place : len(codes) - _GRAM + 1 + place] * weights[place] for place in range(_GRAM))
    mixed = (grams ^ (grams >> np.uint64(31))) * final
    mixed ^= mixed >> np.uint64(29)
    permuted = mixed[:, None] * factors + offsets  # multiply-shift modulo 2⁶⁴; the high half is well mixed
    least: NDArray[np.uint64] = permuted.min(axis=0)
    return (least >> np.uint64(32)).astype(np.uint32)


def bands(hashes: Hashes) -> NDArray[np.uint64]:
    """One value a band for each row of an (n, PERMUTATIONS) array: (n, BANDS); those of two bands are never equal."""
    rows = hashes.reshape(len(hashes), BANDS, -1).astype(np.uint64)
    mixed = np.zeros(rows.shape[:2], dtype=np.uint64)
    for place in range(rows.shape[2]):
        mixed = (mixed ^ rows[:, :, place]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return (mixed << np.uint64(4)) | np.arange(BANDS, dtype=np.uint64)


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64], np.uint64]:
    """Odd factors and offsets drawn from the key."""
    count = _GRAM + 2 * PERMUTATIONS + 1
    stream = b"".join(blake2b(bytes([block]), key=key[:64], digest_size=64).digest() for block in range(count // 8 + 1))
    drawn = np.frombuffer(stream, dtype="<u8")[:count]
    odd = drawn | np.uint64(1)
    ends = _GRAM, _GRAM + PERMUTATIONS, _GRAM + 2 * PERMUTATIONS
    return odd[: ends[0]], odd[ends[0] : ends[1]], drawn[ends[1] : ends[2]], odd[-1]
