"""Matters: calls that are connected, and what each call is to those before it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from nlp.same.calls import Calls
from nlp.same.candidates import candidate_pairs
from nlp.same.evidence import Links, reason, weigh
from nlp.same.identity import Identity

Relation = Literal["duplicate", "follows"]
PREFIX: Final = "mat_"
LONGEST_ROW: Final = 50
"""Follow-ups in a row; the next one relates to the first call again, so that every way to it stays short."""
_BY_LATER: Final = "因后来的来电相连"
_CITES: Final = frozenset({"cites_number", "same_caller", "same_name"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands: its matter, and, but for the first call of it, what it is to which other call and why."""

    event_id: str
    matter: str
    relation: Relation | None = None
    to: str | None = None
    confidence: float | None = None
    reason: str | None = None


def matter_id(event_id: str) -> str:
    """The id of the matter that an event opened: evt_… → mat_…"""
    return PREFIX + event_id.partition("_")[2]


def join(calls: Calls, *, within: Set[str] | None = None) -> list[Place]:
    """One place for each call, in the order of the calls; `within`: for these, which relate to none of the others.

    A call by the same caller, or one that cites an earlier call, follows the last such call; any other is a duplicate
    of the matter's first call, as is the same text sent once more.
    """
    links = weigh(calls, *candidate_pairs(calls, later=within))
    roots = _roots(calls, links)
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for number, (earlier, later) in enumerate(zip(links.first.tolist(), links.second.tolist(), strict=True)):
        if roots[earlier] != roots[later]:
            continue
        before.setdefault(later, []).append(number)
        after.setdefault(earlier, []).append(number)
    rows = [0] * len(calls)
    found: list[Place] = []
    for call, root in enumerate(roots):
        if within is not None and calls.ids[call] not in within:
            continue
        if call == root:
            found.append(Place(calls.ids[call], matter_id(calls.ids[root])))
            continue
        place, to = _place(calls, links, root, call, before.get(call, []), after.get(call, []))
        if rows[to] == LONGEST_ROW:
            place, to = replace(place, to=calls.ids[root]), root
        rows[call] = rows[to] + 1
        found.append(place)
    return found


def _place(calls: Calls, links: Links, root: int, call: int, numbers: list[int], later: list[int]) -> tuple[Place, int]:
    """The place of a call, and to which one it relates.

    `numbers` are the links to earlier calls, `later` those to later ones: one of the two is never empty.
    """
    event_id, matter = calls.ids[call], matter_id(calls.ids[root])
    if not numbers:
        best = max(later, key=lambda number: links.confidence[number])
        told = f"{_BY_LATER}：{reason(links.evidence[best])}"
        return Place(event_id, matter, "duplicate", calls.ids[root], _shown(links, best), told), root
    best = max(numbers, key=lambda number: (links.confidence[number], links.first[number]))
    cited = [number for number in numbers if not _CITES.isdisjoint(links.evidence[number])]
    relation: Relation = "duplicate" if links.copied[best] or not cited else "follows"
    if relation == "follows":
        best = max(cited, key=lambda number: (links.first[number], links.confidence[number]))
    to = int(links.first[best]) if relation == "follows" else root
    return Place(event_id, matter, relation, calls.ids[to], _shown(links, best), reason(links.evidence[best])), to


def _shown(links: Links, number: int) -> float:
    return round(float(links.confidence[number]), 3)


def _roots(calls: Calls, links: Links) -> list[int]:
    """The first call of each call's matter.

    Calls come in the order of time, each with its surest links first; one that gives other things than the calls of a
    matter do stays apart, though a call between them gives none.
    """
    parent = list(range(len(calls)))
    identities: dict[int, Identity] = {}

    def find(call: int) -> int:
        while parent[call] != call:
            parent[call] = parent[parent[call]]
            call = parent[call]
        return call

    for number in np.lexsort((links.first, -links.confidence, links.second)).tolist():
        first, second = sorted((find(int(links.first[number])), find(int(links.second[number]))))
        if first == second:
            continue
        for root in (first, second):
            if root not in identities:
                identities[root] = Identity(calls, root)
        one, other = identities[first], identities[second]
        if not one.apart(other, int(links.guard[number])):
            parent[second] = first
            one.add(other)
    return [find(call) for call in range(len(calls))]
