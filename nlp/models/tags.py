"""Spans as one tag a character (BIOES), and back.

A span is (start, end, label), end exclusive. Spans of one text must not overlap. With five position tags instead of
BIO's three, the end of a span is something that the model sees and that the transitions can forbid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int, str]

_POSITIONS: Final = "BIES"
_OUTSIDE: Final = "O"


@dataclass(frozen=True)
class TagScheme:
    """The tags of `labels`, and which may start a text, end it and follow one another (boolean masks)."""

    labels: tuple[str, ...]
    tags: tuple[str, ...] = field(init=False)
    starts: NDArray[np.bool_] = field(init=False, repr=False)
    ends: NDArray[np.bool_] = field(init=False, repr=False)
    follows: NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        tags = (_OUTSIDE, *(f"{position}-{label}" for label in self.labels for position in _POSITIONS))
        put = object.__setattr__
        put(self, "tags", tags)
        put(self, "starts", np.array([tag[0] in "OBS" for tag in tags]))
        put(self, "ends", np.array([tag[0] in "OES" for tag in tags]))
        put(self, "follows", np.array([[_may_follow(one, other) for other in tags] for one in tags]))

    def encode(self, length: int, spans: Iterable[Span]) -> NDArray[np.int64]:
        """Tag indices of a text of `length` characters; a span that overlaps an earlier one is left out."""
        first = {label: 1 + 4 * index for index, label in enumerate(self.labels)}
        row = np.zeros(length, dtype=np.int64)
        for start, end, label in sorted(spans):
            if row[start:end].any():
                continue
            begin = first[label]
            row[start:end] = begin + 1
            row[start] = begin
            row[end - 1] = begin + 3 if end - start == 1 else begin + 2
        return row

    def decode(self, row: Sequence[int] | NDArray[np.integer]) -> list[Span]:
        """Spans of tag indices that obey the transitions."""
        spans: list[Span] = []
        start = 0
        for index, tag in enumerate(row):
            if not tag:
                continue
            label, position = divmod(int(tag) - 1, 4)
            if position in (0, 3):
                start = index
            if position >= 2:
                spans.append((start, index + 1, self.labels[label]))
        return spans


def _may_follow(one: str, other: str) -> bool:
    if one[0] in "BI":
        return other[0] in "IE" and one[2:] == other[2:]
    return other[0] in "OBS"
