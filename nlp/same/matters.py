"""Matters: calls that are connected, and what each call is to those before it."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Final, Literal

from nlp.same.calls import Calls
from nlp.same.candidates import candidate_pairs
from nlp.same.evidence import Links, reason, weigh

Relation = Literal["duplicate", "follows"]
PREFIX: Final = "mat_"
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
    roots = _components(len(calls), links)
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for number, (earlier, later) in enumerate(zip(links.first.tolist(), links.second.tolist(), strict=True)):
        before.setdefault(later, []).append(number)
        after.setdefault(earlier, []).append(number)
    return [
        Place(calls.ids[call], matter_id(calls.ids[root]))
        if call == root
        else _place(calls, links, root, call, before.get(call, []), after.get(call, []))
        for call, root in enumerate(roots)
        if within is None or calls.ids[call] in within
    ]


def _place(calls: Calls, links: Links, root: int, call: int, numbers: list[int], later: list[int]) -> Place:
    """`numbers` are the links to earlier calls, `later` those to later ones: one of the two is never empty."""
    event_id, matter = calls.ids[call], matter_id(calls.ids[root])
    if not numbers:
        best = max(later, key=lambda number: links.confidence[number])
        told = f"{_BY_LATER}：{reason(links.evidence[best])}"
        return Place(event_id, matter, "duplicate", calls.ids[root], _shown(links, best), told)
    best = max(numbers, key=lambda number: (links.confidence[number], links.first[number]))
    cited = [number for number in numbers if not _CITES.isdisjoint(links.evidence[number])]
    relation: Relation = "duplicate" if links.copied[best] or not cited else "follows"
    if relation == "follows":
        best = max(cited, key=lambda number: (links.first[number], links.confidence[number]))
    to = links.first[best] if relation == "follows" else root
    return Place(event_id, matter, relation, calls.ids[to], _shown(links, best), reason(links.evidence[best]))


def _shown(links: Links, number: int) -> float:
    return round(float(links.confidence[number]), 3)


def _components(count: int, links: Links) -> list[int]:
    """The first call of each call's component (union by the earlier one, paths halved)."""
    parent = list(range(count))

    def find(call: int) -> int:
        while parent[call] != call:
            parent[call] = parent[parent[call]]
            call = parent[call]
        return call

    for one, other in zip(links.first.tolist(), links.second.tolist(), strict=True):
        first, second = find(one), find(other)
        if first != second:
            parent[max(first, second)] = min(first, second)
    return [find(call) for call in range(count)]
