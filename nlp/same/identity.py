"""What tells a matter from another one that is told in the same words: cars, orders, people, doors, shops, sums.

Two calls that give other things of one kind are apart; one that gives none of a kind may be of either. How many kinds
count depends on what else connects the two: the more alike the words, the more does a difference say, for forms and
mass texts differ in nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from nlp.same.calls import Calls, overlap
from nlp.same.candidates import Places

Flags = NDArray[np.bool_]


class Kind(NamedTuple):
    """`exact` names the trait that tells things apart, `coarse` one that an incomplete mention of them may equal: the
    surname beside the names, the door without its unit, the call's own number beside those that it cites.
    """

    exact: str
    coarse: str = ""


KINDS: Final = (
    Kind("plates"),
    Kind("numbers", "number"),
    Kind("persons", "families"),
    Kind("rooms"),
    Kind("objects", "flats"),
    Kind("brands"),
    Kind("doors", "flats"),
    Kind("buildings"),
    Kind("spots"),
    Kind("sums"),
)
"""Those that tell most first."""
_THINGS, _PEOPLE, _DOORS, _FORM, _ALL = 2, 3, 5, 9, 10


def guard_of(found: Mapping[str, Flags]) -> NDArray[np.int64]:
    """How many of `KINDS` must agree, by the evidence of pairs."""
    known = found["same_caller"] | found["same_name"]
    told = [
        (found["cites_number"], 0),
        ((found["copied"] | found["alike"]) & known, _FORM),  # the same again, for more money by now
        (found["copied"] | found["alike"], _ALL),
        (found["words_many"] & ~found["refers"], _DOORS),
        (known | found["same_door"] | found["same_room"], _THINGS),  # of one home several may be named
    ]
    return np.select([flags for flags, _ in told], [count for _, count in told], _PEOPLE)


def told_apart(calls: Calls, first: Places, second: Places, guard: NDArray[np.int64]) -> Flags:
    """Which of the pairs give other things of a kind that counts."""
    apart = np.zeros(len(first), dtype=np.bool_)
    for place, (exact, coarse) in enumerate(KINDS):
        one, other = calls.traits[exact][first], calls.traits[exact][second]
        at = np.nonzero((guard > place) & (one[:, 0] > 0) & (other[:, 0] > 0))[0]
        one, other = one[at], other[at]
        shared = overlap(one, other)
        if coarse:
            rough, roughly = calls.traits[coarse][first[at]], calls.traits[coarse][second[at]]
            shared += overlap(one, roughly) + overlap(rough, other)
        apart[at] |= shared == 0
    return apart


class Identity:
    """What the calls of a matter give of each kind."""

    __slots__ = ("given",)

    def __init__(self, calls: Calls, call: int) -> None:
        self.given = [
            (_codes(calls, kind.exact, call), _codes(calls, kind.coarse, call) if kind.coarse else set())
            for kind in KINDS
        ]

    def apart(self, other: Self, guard: int) -> bool:
        return any(
            one and two and one.isdisjoint(two) and one.isdisjoint(roughly) and two.isdisjoint(rough)
            for (one, rough), (two, roughly) in zip(self.given[:guard], other.given[:guard], strict=True)
        )

    def add(self, other: Self) -> None:
        for (exact, coarse), (more, coarser) in zip(self.given, other.given, strict=True):
            exact.update(more)
            coarse.update(coarser)


def _codes(calls: Calls, trait: str, call: int) -> set[int]:
    return set(calls.traits[trait][call].tolist()) - {0}
