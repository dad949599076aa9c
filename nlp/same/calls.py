"""Many calls as arrays, so that pairs of them are compared by the million."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.same.imprint import SUBJECTS, Imprint, wording
from nlp.same.minhash import PERMUTATIONS

Codes = NDArray[np.int32]
"""(calls, width): numbers of tokens, 0 where a call has no more of them."""

_WIDTHS: Final = {
    "callers": 4,
    "names": 2,
    "spots": 4,
    "buildings": 3,
    "doors": 3,
    "categories": 3,
    "fields": 3,
    "subjects": 4,
    "plates": 4,
    "persons": 12,
    "families": 3,
    "brands": 3,
    "flats": 3,
    "objects": 3,
    "roads": 3,
    "sums": 4,
    "odd_sums": 4,
    "happened": 4,
    "surnames": 3,
    "rooms": 3,
    "people": 4,
    "number": 1,
    "numbers": 3,
    "days": 3,
    "day": 1,
    "again": 5,
    "words": 12,
}
_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Call:
    """A call: its imprint, the local moment, and who called.

    `callers` are keyed indexes of phones and ids of entities, `names` indexes of names: a name alone may be anybody's.
    """

    imprint: Imprint
    at: datetime
    callers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls in the order of their moments, then ids. `traits` holds `Codes` by name; `hashes` zeros for short texts."""

    ids: list[str]
    at: NDArray[np.int64]
    """Minutes since 1970, local."""
    traits: dict[str, Codes]
    hashes: NDArray[np.uint32]
    worded: NDArray[np.bool_]
    codes: dict[str, int] = field(repr=False)

    def __len__(self) -> int:
        return len(self.ids)


def calls_of(given: Iterable[Call]) -> Calls:
    calls = sorted(given, key=lambda call: (call.at, call.imprint.event_id))
    codes: dict[str, int] = {}

    def numbered(tokens: Sequence[str], width: int) -> list[int]:
        found = [codes.setdefault(token, len(codes) + 1) for token in tokens[:width]]
        return found + [0] * (width - len(found))

    rows: dict[str, list[list[int]]] = {name: [] for name in _WIDTHS}
    hashes = np.zeros((len(calls), PERMUTATIONS), dtype=np.uint32)
    worded = np.zeros(len(calls), dtype=np.bool_)
    for place, call in enumerate(calls):
        for name, tokens in _traits(call).items():
            rows[name].append(numbered(tokens, _WIDTHS[name]))
        if (found := wording(call.imprint.wording)) is not None:
            hashes[place], worded[place] = found, True
    return Calls(
        ids=[call.imprint.event_id for call in calls],
        at=np.array([_minutes(call.at) for call in calls], dtype=np.int64),
        traits={
            name: np.array(rows[name], dtype=np.int32).reshape(len(calls), width) for name, width in _WIDTHS.items()
        },
        hashes=hashes,
        worded=worded,
        codes=codes,
    )


def overlap(one: Codes, other: Codes) -> NDArray[np.int64]:
    """How many codes each row of `one` shares with its row of `other`."""
    count = np.zeros(len(one), dtype=np.int64)
    for column in range(one.shape[1]):
        mine = one[:, column : column + 1]
        count += ((mine == other) & (mine > 0)).any(axis=1)
    return count


def _traits(call: Call) -> dict[str, Sequence[str]]:
    """Tokens by trait. Those of one kind share a prefix, so that traits that may be compared have equal codes."""
    own = call.imprint
    subjects: dict[str, list[str]] = {kind: [] for kind in SUBJECTS}
    for subject in own.subjects:
        kind, _, token = subject.rpartition(":")
        subjects.get(kind, subjects["about"]).append(token)
    return {
        "callers": call.callers,
        "names": call.names,
        "spots": own.spots,
        "buildings": own.buildings,
        "doors": own.doors,
        "categories": own.categories,
        "fields": tuple(dict.fromkeys(code[:2] + "/" for code in own.categories)),
        "subjects": subjects["about"],
        "plates": subjects["plate"],
        "persons": subjects["person"],
        "families": subjects["family"],
        "brands": subjects["brand"],
        "flats": subjects["flat"],
        "objects": [door for door in own.doors if door not in subjects["home"]],
        "roads": subjects["road"],
        "sums": subjects["sum"],
        "odd_sums": subjects["odd"],
        "happened": subjects["on"],
        "surnames": own.surnames,
        "rooms": own.rooms,
        "people": own.people,
        "number": own.number,
        "numbers": own.numbers,
        "days": tuple(f"day {day}" for day in own.days),
        "day": (f"day {_day(call.at)}",),
        "again": own.again,
        "words": own.words,
    }


def _minutes(at: datetime) -> int:
    return (at.toordinal() - date(1970, 1, 1).toordinal()) * _MINUTES + at.hour * 60 + at.minute


def _day(at: datetime) -> str:
    return date(at.year, at.month, at.day).isoformat()
