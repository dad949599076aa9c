"""Calls about one matter, and complaints with the places that they are in.

Every call but the first of a matter has one relation to an earlier call, so that a matter is a tree, and each of its
calls one way up to the first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from graph.store import GraphStore

_DEEPEST: Final = 60  # follow-ups in a row
_TO_EARLIER: Final = "DUPLICATE_OF|FOLLOWS"

_ROOTS: Final = f"""
UNWIND $ids AS id
MATCH (e:Event {{id: id}})-[:{_TO_EARLIER}*0..{_DEEPEST}]->(first:Event)
WHERE NOT EXISTS {{ (first)-[:{_TO_EARLIER}]->(:Event) }}
RETURN id, first.id AS first
"""
_CALLS: Final = f"""
UNWIND $roots AS root
MATCH (first:Event {{id: root}})<-[:{_TO_EARLIER}*0..{_DEEPEST}]-(e:Event)
WHERE $until IS NULL OR e.reported_at < $until
OPTIONAL MATCH (e)-[r:{_TO_EARLIER}]->(to:Event)
RETURN root, e.id AS id, e.kind AS kind, e.reported_at AS at, type(r) AS relation, to.id AS to,
       r.confidence AS confidence, r.reason AS reason
ORDER BY at, id
"""
_CALLERS: Final = """
UNWIND $ids AS id
MATCH (e:Event {id: id})<-[r:PARTY_TO]-(c)
WHERE r.role = 'complainant'
RETURN id, collect(DISTINCT c.id) AS callers
"""
_LINKED: Final = f"MATCH (e:Event)-[:{_TO_EARLIER}]->(to:Event) RETURN e.id AS id, to.id AS to, e.reported_at AS at"
_REPORTS: Final = """
MATCH (e:Event)
WHERE e.kind = 'complaint' AND e.reported_at >= $since AND e.reported_at < $until AND e.category IS NOT NULL
OPTIONAL MATCH (e)-[:OCCURRED_AT]->(spot)-[:PART_OF*0..4]->(place:Building|Compound|Community|Street)
RETURN e.id AS id, e.reported_at AS at, e.category AS category,
       collect(DISTINCT {id: place.id, label: labels(place)[0], name: place.name}) AS places
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a matter; `relation` (DUPLICATE_OF, FOLLOWS) to the earlier call `to`, None for the first."""

    id: str
    kind: str | None
    at: datetime | None
    relation: str | None
    to: str | None
    confidence: float | None
    reason: str | None


def roots(store: GraphStore, ids: Collection[str]) -> dict[str, str]:
    """Call → first call of its matter; ids that are no events are absent."""
    return {row["id"]: row["first"] for row in store.read(_ROOTS, ids=sorted(ids))} if ids else {}


def calls(store: GraphStore, firsts: Collection[str], *, until: datetime | None = None) -> dict[str, list[Call]]:
    """First call → all calls of its matter that were made before `until`, in the order of their time."""
    found: dict[str, list[Call]] = {}
    for row in store.read(_CALLS, roots=sorted(firsts), until=until) if firsts else ():
        told = {name: row[name] for name in ("id", "kind", "at", "relation", "to", "confidence", "reason")}
        found.setdefault(row["root"], []).append(Call(**told))
    return found


def callers(store: GraphStore, ids: Collection[str]) -> dict[str, list[str]]:
    """Call → who is known to have made it."""
    return {row["id"]: row["callers"] for row in store.read(_CALLERS, ids=sorted(ids))} if ids else {}


def linked(store: GraphStore) -> list[tuple[str, str]]:
    """Every call that relates to an earlier one, and that one."""
    return [(row["id"], row["to"]) for row in store.read(_LINKED)]


def reports(store: GraphStore, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Complaints of a window: id, at, category, places (id, label, name)."""
    return [dict(row) for row in store.read(_REPORTS, since=since, until=until)]
