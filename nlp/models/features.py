"""What a sequence model sees of a text: hashed character n-grams, and words of its lexicon.

Training and running both call this module, so that they cannot differ. Everything is done on arrays of all texts at
once: a feature is a 64-bit hash of (template, characters), and a model holds the sorted hashes that it has weights for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import ahocorasick
import numpy as np
from numpy.typing import NDArray

FEATURE_SET: Final = "characters-1"
"""Written into every model; a model of another feature set is refused."""

Hashes = NDArray[np.uint64]
Codes = NDArray[np.int64]

_PAD: Final = 4
_LONGEST_RUN: Final = 7
_NUMERALS: Final = frozenset("零一二三四五六七八九十百千两〇甲乙丙丁")
_DIGIT, _LETTER, _NUMERAL, _HANZI, _OTHER_LETTER, _SIGN = range(1, 7)

_CHARACTERS: Final = (
    *((offset,) for offset in range(-3, 4)),
    *((offset, offset + 1) for offset in range(-3, 3)),
    (-1, 1),
    *((offset, offset + 1, offset + 2) for offset in range(-3, 2)),
    *((offset, offset + 1, offset + 2, offset + 3) for offset in range(-3, 1)),
)
_SHAPES: Final = ((-1, 0, 1), (-2, -1, 0, 1, 2), (-3, -2, -1, 0), (0, 1, 2, 3))
_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)


def feature_hashes(texts: Sequence[str], words: Codes | None = None) -> Hashes:
    """Hashes (characters of all texts, templates).

    `words` (characters of all texts, lexicons) are the codes of `Lexicon.codes`, which add three templates a lexicon.
    """
    characters, kinds, kept = _laid_out(texts)
    before, after = _runs(kinds)
    at = np.nonzero(kept)[0]
    shapes = (kinds * 64 + before * 8 + after).astype(np.uint64)
    columns = [_hash(template, characters, at, offsets) for template, offsets in enumerate(_CHARACTERS)]
    columns += [_hash(100 + template, shapes, at, offsets) for template, offsets in enumerate(_SHAPES)]
    following = characters[np.minimum(at + after[at] + 1, len(characters) - 1)]
    preceding = characters[at - before[at] - 1]
    shape = shapes[at]
    columns += [
        _mix(_mix(_seed(200, at), following), shape),
        _mix(_mix(_seed(201, at), preceding), shape),
        _mix(_mix(_mix(_seed(202, at), following), preceding), shape),
    ]
    for lexicon in range(0 if words is None else words.shape[1]):
        codes = np.zeros(len(characters), dtype=np.uint64)
        codes[at] = words[:, lexicon]  # type: ignore[index]
        columns += [
            _hash(300 + lexicon, codes, at, (0,)),
            _hash(400 + lexicon, codes, at, (-1, 0, 1)),
            _mix(_hash(500 + lexicon, codes, at, (0,)), characters[at]),
        ]
    return np.stack(columns, axis=1)


def _laid_out(texts: Sequence[str]) -> tuple[Hashes, Codes, NDArray[np.bool_]]:
    """All texts in one row with gaps between, so that no window reaches from one into the next."""
    size = sum(map(len, texts)) + _PAD * (len(texts) + 1)
    characters = np.zeros(size, dtype=np.uint64)
    kinds = np.zeros(size, dtype=np.int64)
    kept = np.zeros(size, dtype=bool)
    position = _PAD
    for text in texts:
        end = position + len(text)
        folded = [_folded(character) for character in text]
        characters[position:end] = [code for code, _ in folded]
        kinds[position:end] = [kind for _, kind in folded]
        kept[position:end] = True
        position = end + _PAD
    return characters, kinds, kept


@lru_cache(maxsize=30_000)
def _folded(character: str) -> tuple[int, int]:
    """Code and kind; all digits are one character, and so are all Latin letters: numbers do not repeat, shapes do."""
    if character.isdigit():
        return ord("0"), _DIGIT
    if character.isascii() and character.isalpha():
        return ord("A"), _LETTER
    if character in _NUMERALS:
        return ord(character), _NUMERAL
    if "\u4e00" <= character <= "\u9fff":
        return ord(character), _HANZI
    return ord(character), _OTHER_LETTER if character.isalpha() else _SIGN


def _runs(kinds: Codes) -> tuple[Codes, Codes]:
    """How many digits (or letters) in a row stand before and after each one, counted up to six."""
    before, after = np.zeros_like(kinds), np.zeros_like(kinds)
    runs = kinds <= _LETTER
    runs &= kinds > 0
    for distance in range(1, _LONGEST_RUN):
        same = runs[distance:] & (kinds[distance:] == kinds[:-distance])
        before[distance:] += same & (before[distance:] == distance - 1)
        after[:-distance] += same & (after[:-distance] == distance - 1)
    return before, after


def _seed(template: int, at: Codes) -> Hashes:
    return np.full(len(at), (template + 1) * 1_000_003, dtype=np.uint64)


def _mix(state: Hashes, value: Hashes) -> Hashes:
    mixed = (state ^ (value + np.uint64(1))) * _PRIME
    mixed ^= mixed >> _SHIFT
    return mixed


def _hash(template: int, values: Hashes, at: Codes, offsets: tuple[int, ...]) -> Hashes:
    state = _seed(template, at)
    for offset in offsets:
        state = _mix(state, values[at + offset])
    return state


class Lexicon:
    """Known words, each with a label; the leftmost longest match counts."""

    def __init__(self, words: Mapping[str, int]) -> None:
        """`words`: each word to the number of its label, counted from 0."""
        self.words = dict(words)
        self._automaton: Any = ahocorasick.Automaton()
        for word, label in self.words.items():
            self._automaton.add_word(word, (len(word), label))
        if self.words:
            self._automaton.make_automaton()

    def codes(self, texts: Sequence[str]) -> Codes:
        """One code a character of all texts, as a column: 0 outside, else label and place in the word (BIES)."""
        column = np.zeros(sum(map(len, texts)), dtype=np.int64)
        offset = 0
        for text in texts:
            for last, (length, label) in self._automaton.iter_long(text) if self.words else ():
                start, end = offset + last + 1 - length, offset + last
                column[start : end + 1] = 4 * label + 2
                column[start] = 4 * label + 1
                column[end] = 4 * label + (4 if length == 1 else 3)
            offset += len(text)
        return column[:, None]


class KnownHashes:
    """Sorted hashes and the row of each: found by their leading bits, three times faster than by halving."""

    def __init__(self, hashes: Hashes) -> None:
        self.hashes = hashes
        bits = max(1, len(hashes).bit_length())
        self._shift = np.uint64(64 - bits)
        leading = np.arange(1 << bits, dtype=np.uint64) << self._shift
        self._first = np.append(np.searchsorted(hashes, leading), len(hashes)).astype(np.int64)

    def rows(self, wanted: Hashes) -> Codes:
        """The row of each; what is not known has the number behind the last."""
        query = wanted.ravel()
        rows = np.full(len(query), len(self.hashes), dtype=np.int64)
        leading = (query >> self._shift).astype(np.int64)
        place, end = self._first[leading], self._first[leading + 1]
        left = np.nonzero(place < end)[0]
        place, end, query = place[left], end[left], query[left]
        while len(left):
            found = self.hashes[place] == query
            rows[left[found]] = place[found]
            more = ~found & (place + 1 < end)
            left, place, end, query = left[more], place[more] + 1, end[more], query[more]
        return rows.reshape(wanted.shape)
