"""From what was typed to the objects that are most likely meant."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from typing import Final, NamedTuple

from graph.search.asked import Asked
from graph.search.lookups import Match, objects
from graph.search.numbers import find_numbers
from graph.search.organizations import find_organizations
from graph.search.people import find_people
from graph.search.places import find_addresses, find_places
from graph.search.reasons import Reason
from graph.search.terms import PLACES

Finder = Callable[[sqlite3.Connection, Asked], Iterator[Match]]

_FINDERS: Final[tuple[tuple[Finder, frozenset[str]], ...]] = (
    (find_people, frozenset({"Person"})),
    (find_organizations, frozenset({"Organization"})),
    (find_places, frozenset(PLACES)),
    (find_addresses, frozenset({"Dwelling", *PLACES})),
    (find_numbers, frozenset({"Household", "Event", "Dwelling", "Organization", *PLACES})),
)
"""Who looks, and labels that it can find."""


class Found(NamedTuple):
    """An object, why it was found, by which of its fields, and how likely it is meant (0–1)."""

    label: str
    id: str
    reason: Reason
    field: str
    score: float


def find(file: sqlite3.Connection, asked: Asked, labels: Collection[str], limit: int) -> list[Found]:
    """At most `limit` objects of `labels`, each once and for its best reason, the likeliest first."""
    best: dict[int, Match] = {}
    for finder, finds in _FINDERS:
        if finds.isdisjoint(labels):
            continue
        for match in finder(file, asked):
            row = match.row
            if row.label in labels and (row.entry not in best or best[row.entry].score < match.score):
                best[row.entry] = match
    return _objects(file, sorted(best.values(), key=_order), limit)


def _objects(file: sqlite3.Connection, matches: list[Match], limit: int) -> list[Found]:
    found: dict[str, Found] = {}
    for match in matches:
        for node_id in objects(file, match.row.entry, limit):
            if node_id not in found:
                found[node_id] = Found(
                    match.row.label, node_id, match.reason, match.row.field, round(max(match.score, 0.0), 3)
                )
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def _order(match: Match) -> tuple[float, int, str, str]:
    return -match.score, len(match.row.text), match.row.text, match.row.label
