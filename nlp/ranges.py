"""Ranges of a text that are asked again and again which of them a stretch touches."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

Range = tuple[int, int]


class Ranges:
    """Half-open (start, end) ranges in order of their start; they may overlap."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._ranges = sorted(ranges)
        self._starts = [start for start, _ in self._ranges]
        self._reached = list(accumulate((end for _, end in self._ranges), max))
        """The furthest end up to each range."""

    def touch(self, start: int, end: int) -> bool:
        """Whether any of them has a character in common with `start` to `end`."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._reached[before - 1] > start

    def touching(self, start: int, end: int) -> Iterator[Range]:
        """Those that have a character in common with `start` to `end`."""
        for place in range(bisect_right(self._reached, start), bisect_left(self._starts, end)):
            if self._ranges[place][1] > start:
                yield self._ranges[place]
