"""How surely two calls are about one matter: weights of evidence that add up, as log odds (Fellegi and Sunter 1969).

The weights stand in nlp/data/same_evidence.csv with the words that people are told. They were set on made towns; a
wrong merge hides somebody's complaint, so that the place or the caller alone never reaches the threshold. For the same
reason no weight joins two calls that `comparable` keeps apart, nor those of other cars, people or doors
(`nlp.same.identity`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.same.calls import Calls, Codes, overlap
from nlp.same.candidates import Places
from nlp.same.identity import guard_of, told_apart
from nlp.tables import same_evidence

SURE: Final = 0.75
"""Confidence from which two calls count as one matter."""
_CHUNK: Final = 200_000  # pairs compared at once: 64 hashes of each are held
_COPIED, _ALIKE = 0.8, 0.5
_MANY, _SOME = 0.4, 0.15
_FEW: Final = 2
"""Words that two calls share, from which on they are likely to tell of the same: 电梯 alone stands for many a thing."""
_HOURS, _DAYS, _WEEKS, _SEASON = 24 * 60, 7 * 24 * 60, 30 * 24 * 60, 100 * 24 * 60
_OWN_AFFAIRS: Final = ("0203", "0204", "0301", "0303", "0304", "0902", "0903")
"""Categories (nlp/data/categories.csv) of which neighbours may complain on one day, each for their own home."""
_EMERGENCY: Final = "emergency"
_PLACES: Final = ("own_place", "same_door", "same_building", "same_spot")
_SHARED: Final = (
    "same_caller", "same_name", "caller_was_party", "party_was_caller", "cites_number", "same_road", "same_subject",
    "same_plate", "same_sum",
)  # fmt: skip
_SPECIFICS: Final = ("alike", "words_many", "words_some", "same_surname", "same_room")

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs that are about one matter: earlier and later call, confidence, and the names of the evidence for it."""

    first: Places
    second: Places
    confidence: NDArray[np.float64]
    copied: Flags
    guard: NDArray[np.int64]
    """How many of `identity.KINDS` must not tell the two apart."""
    evidence: list[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.first)


def weigh(calls: Calls, first: Places, second: Places, *, sure: float = SURE) -> Links:
    """Those of the pairs that are surely about one matter."""
    kept: list[tuple[Places, NDArray[np.float64], NDArray[np.int64], dict[str, Flags]]] = []
    for start in range(0, len(first), _CHUNK):
        ends = slice(start, start + _CHUNK)
        found = evidence_of(calls, first[ends], second[ends])
        confidence, guard = _confidence(found), guard_of(found)
        possible = comparable(calls, first[ends], second[ends], found) & ~told_apart(
            calls, first[ends], second[ends], guard
        )
        chosen = np.nonzero((confidence >= sure) & possible)[0]
        flags = {name: flag[chosen] for name, flag in found.items()}
        kept.append((chosen + start, confidence[chosen], guard[chosen], flags))
    if not kept:
        nothing = np.zeros(0, dtype=np.int64)
        return Links(nothing, nothing, np.zeros(0), np.zeros(0, dtype=np.bool_), nothing, [])
    chosen = np.concatenate([places for places, *_ in kept])
    names = {name: np.concatenate([flags[name] for *_, flags in kept]) for name in kept[0][-1]}
    weights = same_evidence()
    told = sorted((name for name in names if weights[name].label), key=lambda name: -weights[name].weight)
    evidence = [tuple(name for name in told if names[name][place]) for place in range(len(chosen))]
    confidence = np.concatenate([one for _, one, *_ in kept])
    guard = np.concatenate([one for _, _, one, _ in kept])
    return Links(first[chosen], second[chosen], confidence, names["copied"], guard, evidence)


def comparable(calls: Calls, first: Places, second: Places, found: Mapping[str, Flags]) -> Flags:
    """Which of the pairs may be of one matter at all, whatever else speaks for them.

    They are of one kind, or the later call cites the earlier one, or both tell the same of one place. They share more
    than short words that anybody may have for their own lamp. An emergency joins none but emergencies: somebody has to
    go there.
    """
    place = np.logical_or.reduce([found[name] for name in _PLACES])
    told = np.logical_or.reduce([found[name] for name in _SPECIFICS])
    cited = found["cites_number"] | found["cites_day"] | (found["refers"] & place)
    emergency: Flags = _has(calls, _EMERGENCY, first) == _has(calls, _EMERGENCY, second)
    alike: Flags = found["same_category"] | found["copied"] | cited | (place & told)
    shared = np.logical_or.reduce([place, *(found[name] for name in _SHARED)])
    long: Flags = _has(calls, "long", first) & _has(calls, "long", second)
    possible: Flags = alike & emergency & (shared | long)
    return possible


def evidence_of(calls: Calls, first: Places, second: Places) -> dict[str, Flags]:
    """Which evidence each pair has, by the names of the table."""
    trait = calls.traits

    def meet(one: str, other: str | None = None) -> Flags:
        return overlap(trait[one][first], trait[other or one][second]) > 0

    def both(name: str) -> Flags:
        given: Flags = (trait[name][first, 0] > 0) & (trait[name][second, 0] > 0)  # the first of them comes first
        return given

    spot, building = meet("spots"), meet("buildings")
    door = meet("doors") | meet("doors", "flats") | meet("flats", "doors")
    caller = meet("callers") | (meet("names") & (building | door))  # of one name in one building: one person
    named = meet("names") & ~caller
    known = caller | named
    # Who was complained of complains: those who are spoken of change sides, and differ.
    was_party = ~known & (meet("people", "callers") | meet("people", "names"))
    was_caller = ~known & (meet("callers", "people") | meet("names", "people"))
    alone = ~known & ~was_party & ~was_caller
    doors = both("doors") & ~door
    main, category, field = _leading(calls, first, second), meet("categories"), meet("fields")
    subject = meet("subjects")
    alike = np.where(
        calls.worded[first] & calls.worded[second], (calls.hashes[first] == calls.hashes[second]).mean(axis=1), 0.0
    )
    several = overlap(trait["words"][first], trait["words"][second]) >= _FEW
    words = _shared(trait["words"][first], trait["words"][second])
    gap = calls.at[second] - calls.at[first]
    cued = {kind: _has(calls, kind, second) for kind in ("again", "refers", "unsolved")}
    urgent = _has(calls, "urgent", first) != _has(calls, "urgent", second)
    return {
        "same_caller": caller,
        "same_name": named,
        "caller_was_party": was_party,
        "party_was_caller": was_caller,
        "cites_number": meet("number", "numbers"),
        "cites_day": known & meet("day", "days"),
        "refers": known & cued["refers"],
        "again": known & ~cued["refers"] & cued["again"],
        "unsolved": known & cued["unsolved"],
        "copied": alike >= _COPIED,
        "alike": (alike >= _ALIKE) & (alike < _COPIED),
        "own_place": known & (spot | building | door),  # people call about where they live, whatever the matter
        "same_door": ~known & door,
        "same_building": ~known & building & ~door,
        "same_spot": ~known & spot & ~building & ~door,
        "other_building": both("buildings") & ~building,
        "other_spot": both("spots") & ~spot & ~building,
        "other_door": doors & (both("objects") | _own_affair(calls, first)) & ~cued["refers"],
        "other_home": doors & ~both("objects") & ~_own_affair(calls, first) & ~cued["refers"],
        "other_urgency": ~known & urgent,
        "same_category": main,
        "near_category": category & ~main,
        "same_field": field & ~category,
        "other_field": both("fields") & ~field,
        "same_subject": subject,
        "same_plate": meet("plates"),
        "same_sum": meet("odd_sums"),
        "same_day": ~known & meet("happened"),
        "same_road": ~known & meet("roads") & ~spot & ~building & ~door,
        "same_surname": meet("surnames") & ~subject & (building | door | known),
        "same_room": ~subject & meet("rooms") & (spot | known) & ~(both("doors") & ~door),
        "other_surname": alone & ~subject & both("surnames") & ~meet("surnames"),
        "other_room": alone & both("rooms") & ~meet("rooms"),
        "other_subject": (alone | known) & both("subjects") & ~subject,
        "words_many": several & (words >= _MANY),
        "words_some": several & (words >= _SOME) & (words < _MANY),
        "words_one": ~several & (words >= _SOME),
        "words_none": both("words") & (words == 0),
        "hours": ~known & (gap <= _HOURS),
        "days": ~known & (gap > _HOURS) & (gap <= _DAYS),
        "caller_days": known & (gap <= _DAYS),  # some send everything that they noticed on one evening
        "weeks": ~known & (gap > _DAYS) & (gap <= _WEEKS),
        "months": ~known & (gap > _WEEKS),
        "caller_months": known & (gap > _WEEKS) & (gap <= _SEASON),
        "caller_long": known & (gap > _SEASON),
    }


def reason(evidence: tuple[str, ...]) -> str:
    """The evidence in words: 同一来电人，说到上次反映的事，同一楼栋。"""
    weights = same_evidence()
    return "，".join(dict.fromkeys(weights[name].label for name in evidence))


def _confidence(found: dict[str, Flags]) -> NDArray[np.float64]:
    weights = same_evidence()
    score = np.full(len(next(iter(found.values()))), weights["prior"].weight)
    for name, flag in found.items():
        score += weights[name].weight * flag
    confidence: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-score))
    return confidence


def _shared(one: Codes, other: Codes) -> NDArray[np.float64]:
    """The Jaccard similarity of the rows."""
    both = overlap(one, other)
    either = (one > 0).sum(axis=1) + (other > 0).sum(axis=1) - both
    share: NDArray[np.float64] = np.divide(both, either, out=np.zeros(len(one)), where=either > 0)
    return share


def _leading(calls: Calls, first: Places, second: Places) -> Flags:
    """Whether the first categories are equal: what a call is told to be of."""
    one, other = calls.traits["categories"][first, 0], calls.traits["categories"][second, 0]
    same: Flags = (one > 0) & (one == other)
    return same


def _own_affair(calls: Calls, places: Places) -> Flags:
    """Whether calls are about what befalls each home by itself."""
    codes = [calls.codes.get(code, -1) for code in _OWN_AFFAIRS]
    found: Flags = np.isin(calls.traits["categories"][places, 0], codes)
    return found


def _has(calls: Calls, kind: str, places: Places) -> Flags:
    code = calls.codes.get(kind, -1)
    found: Flags = (calls.traits["again"][places] == code).any(axis=1)
    return found
