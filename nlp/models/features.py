"""What a sequence model sees of a text: hashed character n-grams, and words of its lexicon.

Training and running both call this module, so that they cannot differ. Everything is done on arrays of all texts at
once: a feature is a 64-bit hash of (template, characters), and a model holds the sorted hashes that it has weights for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import ahocorasick
import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Codes = NDArray[np.int64]

_PAD: Final = 4
_LONGEST_RUN: Final = 7
_PLANE: Final = 0x10000
_NUMERALS: Final = frozenset("零一二三四五六七八九十百千两〇甲乙丙丁")
_DIGIT, _LETTER, _NUMERAL, _HANZI, _OTHER_LETTER, _SIGN = range(1, 7)


@dataclass(frozen=True)
class Templates:
    """Windows of characters and of their shapes; whether numbers count with their neighbours; windows of word codes.

    `words` and `named` are columns of codes that count in a window of three, and with the character. With `repeats` the
    last column of codes tells what is said again.
    """

    characters: tuple[tuple[int, ...], ...]
    shapes: tuple[tuple[int, ...], ...]
    numbers: bool
    words: tuple[int, ...]
    named: tuple[int, ...]
    repeats: bool


FEATURE_SETS: Final = {
    "characters-2": Templates(
        (
            *((offset,) for offset in range(-3, 4)),
            *((offset, offset + 1) for offset in range(-3, 3)),
            (-1, 1),
            *((offset, offset + 1, offset + 2) for offset in range(-3, 2)),
            *((offset, offset + 1, offset + 2, offset + 3) for offset in range(-3, 1)),
        ),
        ((-1, 0, 1), (-2, -1, 0, 1, 2), (-3, -2, -1, 0), (0, 1, 2, 3)),
        numbers=True,
        words=(0, 1, 2),
        named=(0, 1, 2),
        repeats=True,
    ),
    "few-1": Templates(
        ((-2, -1), (-1, 0), (0, 1), (1, 2), (-2, -1, 0), (-1, 0, 1), (0, 1, 2), (-1, 0, 1, 2)),
        ((-1, 0, 1),),
        numbers=False,
        words=(0, 1),
        named=(0,),
        repeats=False,
    ),
}
"""By the name that stands in a model; models of other sets are refused. `few` leaves characters to a network."""

FEATURE_SET: Final = "characters-2"
_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(29)


def feature_hashes(texts: Sequence[str], words: Codes, templates: Templates = FEATURE_SETS[FEATURE_SET]) -> Hashes:
    """Hashes (characters of all texts, templates); `words` are the codes of `word_codes`."""
    characters, kinds, kept = _laid_out(texts)
    before, after = _runs(kinds)
    at = np.nonzero(kept)[0]
    shapes = (kinds * 64 + before * 8 + after).astype(np.uint64)
    columns = [_hash(template, characters, at, offsets) for template, offsets in enumerate(templates.characters)]
    columns += [_hash(100 + template, shapes, at, offsets) for template, offsets in enumerate(templates.shapes)]
    if templates.numbers:
        following = characters[np.minimum(at + after[at] + 1, len(characters) - 1)]
        preceding = characters[at - before[at] - 1]
        shape = shapes[at]
        columns += [
            _mix(_mix(_seed(200, at), following), shape),
            _mix(_mix(_seed(201, at), preceding), shape),
            _mix(_mix(_mix(_seed(202, at), following), preceding), shape),
        ]
    for lexicon in templates.words:
        codes = np.zeros(len(characters), dtype=np.uint64)
        codes[at] = words[:, lexicon]
        columns.append(_hash(400 + lexicon, codes, at, (-1, 0, 1)))
        if lexicon in templates.named:
            columns.append(_hash(300 + lexicon, codes, at, (0,)))
            columns.append(_mix(_hash(500 + lexicon, codes, at, (0,)), characters[at]))
    return np.stack(columns, axis=1)


def _laid_out(texts: Sequence[str]) -> tuple[Hashes, Codes, NDArray[np.bool_]]:
    """All texts in one row with gaps between, so that no window reaches from one into the next."""
    lengths = [len(text) for text in texts]
    size = sum(lengths) + _PAD * (len(texts) + 1)
    at = np.arange(sum(lengths)) + _PAD * (1 + np.repeat(np.arange(len(texts)), lengths))
    characters = np.zeros(size, dtype=np.uint64)
    kinds = np.zeros(size, dtype=np.int64)
    kept = np.zeros(size, dtype=bool)
    kept[at] = True
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    folded, kind = _folds()
    common = np.minimum(codes, len(folded) - 1)
    characters[at], kinds[at] = folded[common], kind[common]
    for place in np.nonzero(codes >= len(folded))[0].tolist():
        characters[at[place]], kinds[at[place]] = _folded(chr(codes[place]))
    return characters, kinds, kept


@lru_cache(maxsize=1)
def _folds() -> tuple[Hashes, Codes]:
    """`_folded` of the characters that nearly every text is made of, by their code."""
    codes, kinds = zip(*(_folded(chr(code)) for code in range(_PLANE)), strict=True)
    return np.array(codes, dtype=np.uint64), np.array(kinds, dtype=np.int64)


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


def word_codes(texts: Sequence[str], lexicons: Sequence[Lexicon], templates: Templates) -> Codes:
    """Codes (characters of all texts, columns): one column a lexicon, and `repeated` where the templates have it."""
    columns = [lexicon.codes(texts) for lexicon in lexicons]
    return np.concatenate([*columns, repeated(texts)] if templates.repeats else columns, axis=1)


def repeated(texts: Sequence[str]) -> Codes:
    """A column: 1 for a character of a pair that comes again in its text, 2 for one that was there before, 3 for both.

    Addresses say things twice (浙江杭州浙江省杭州市), and which of them counts is seen from the other alone.
    """
    column = np.zeros(sum(map(len, texts)), dtype=np.int64)
    offset = 0
    for text in texts:
        pairs = list(map(str.__add__, text, text[1:]))
        if len(set(pairs)) < len(pairs):
            last: dict[str, int] = {}
            for place, pair in enumerate(pairs):
                before = last.get(pair)
                last[pair] = place
                if before is not None and pair[0] > "\u3000" and pair[1] > "\u3000":
                    column[offset + before : offset + before + 2] |= 1
                    column[offset + place : offset + place + 2] |= 2
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
