"""Where the words that an annotation quotes stand in its text.

Words that occur more than once are told apart by a number (`今天#2` is the second), `#*` means all of them; a long
stretch may be quoted by its ends (`请社区…清掉`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from nlp.gold.model import Range

Quotes = list[tuple[int, str]]
"""Quoted words with the number of their owner; a negative owner only takes its words from the others."""

_NUMBERED: Final = re.compile(r"(.+)#([1-9][0-9]*|\*)")


class QuoteError(ValueError):
    """Quoted words that are not in the text, are there more often than said, or are claimed twice.

    The message never repeats the words, which may be somebody's name or number: the line that quotes them says it.
    """

    def __init__(self, reason: str, owner: int = -1) -> None:
        super().__init__(reason)
        self.owner = owner


def one(text: str, words: str) -> list[Range]:
    """The range of words that must stand there once, unless they carry a number. Raises QuoteError."""
    ranges, numbered = _ranges(text, words)
    if len(ranges) > 1 and not numbered:
        raise QuoteError(f"所引的词出现 {len(ranges)} 次，请用 #1、#2 指明，或用 #* 表示全部")
    return ranges


def fit(text: str, quotes: Quotes) -> list[tuple[int, Range]]:
    """(owner, range) of every occurrence of all words, never overlapping: the longest words first, numbered before not.

    Raises QuoteError for words that nothing is left for, and for a range that two owners claim equally.
    """
    claims: list[tuple[int, bool, int, int, int, int]] = []
    for place, (owner, words) in enumerate(quotes):
        try:
            ranges, numbered = _ranges(text, words)
        except QuoteError as error:
            raise QuoteError(f"第 {_ordinal(quotes, place)} 个词：{error}", owner) from error
        claims += [(start - end, not numbered, start, end, owner, place) for start, end in ranges]
    taken: dict[int, tuple[int, int, int, bool]] = {}
    used: set[int] = set()
    found: list[tuple[int, Range]] = []
    for _, plain, start, end, owner, place in sorted(claims):
        others = {taken[position] for position in range(start, end) if position in taken}
        if others:
            if any(other[:2] == (start, end) and other[2] != owner and other[3] == plain for other in others):
                raise QuoteError(f"第 {_ordinal(quotes, place)} 个词另一行也标了", owner)
            continue
        taken |= dict.fromkeys(range(start, end), (start, end, owner, plain))
        used.add(place)
        found.append((owner, (start, end)))
    for place, (owner, _) in enumerate(quotes):
        if place not in used and owner >= 0:
            raise QuoteError(f"第 {_ordinal(quotes, place)} 个词都在更长的词里，没有单独出现", owner)
    return found


def _ordinal(quotes: Quotes, place: int) -> int:
    """Which of its owner's words it is, from 1."""
    return sum(owner == quotes[place][0] for owner, _ in quotes[: place + 1])


def uncovered(text: str, words: str, ranges: Iterable[Range]) -> Iterator[int]:
    """Places of any character of `words` that lie in none of the ranges."""
    covered = {position for start, end in ranges for position in range(start, end)}
    return (place for place, character in enumerate(text) if character in words and place not in covered)


def _ranges(text: str, words: str) -> tuple[list[Range], bool]:
    numbered = _NUMBERED.fullmatch(words) if words not in text else None
    bare, number = numbered.groups() if numbered else (words, "")
    ranges = list(_occurrences(text, bare)) if bare else []
    if not ranges:
        raise QuoteError("正文里没有所引的词")
    if not numbered or number == "*":
        return ranges, bool(numbered)
    if int(number) > len(ranges):
        raise QuoteError(f"所引的词只出现 {len(ranges)} 次")
    return [ranges[int(number) - 1]], True


def _occurrences(text: str, words: str) -> Iterator[Range]:
    head, gap, tail = words.partition("…")
    ends = [words] if words in text or not gap else [head, tail]
    pattern = ".*?".join(map(re.escape, ends))
    yield from (match.span() for match in re.finditer(pattern, text))
