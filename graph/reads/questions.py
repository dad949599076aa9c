"""Three questions of a street office, each answered by a fixed number of statements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.reads.model import Node, node_of
from graph.store import GraphStore

_VALID = "({r}.valid_from IS NULL OR {r}.valid_from <= $as_of) AND ({r}.valid_to IS NULL OR $as_of < {r}.valid_to)"
OPEN_STATES = ("open", "processing", "returned")

_DOOR = f"""
MATCH (d:Dwelling {{id: $id}})<-[r:LIVES_IN]-(p:Person) WHERE {_VALID.format(r="r")}
CALL (p) {{
  MATCH (p)<-[:DESCRIBES]-(k:Record) RETURN collect(DISTINCT k.department) AS departments
}}
CALL (p) {{
  OPTIONAL MATCH (p)-[m:MEMBER_OF]->(h:Household) WHERE {_VALID.format(r="m")}
  RETURN head(collect(h)) AS household
}}
RETURN p, r, departments, household ORDER BY r.valid_from, p.id LIMIT $limit
"""

_OPEN_COMPLAINTS = f"""
MATCH (h:Household {{id: $id}})<-[m:MEMBER_OF]-(p:Person)-[r:PARTY_TO]->(e:Event)
WHERE e.status IN $open AND e.kind IN $kinds AND {_VALID.format(r="m")} AND r.valid_from <= $as_of
WITH e, collect(DISTINCT {{id: p.id, name: p.name, role: r.role}}) AS members
CALL (e) {{ OPTIONAL MATCH (e)-[:HANDLED_BY]->(d:Department) RETURN collect(DISTINCT d.name) AS departments }}
RETURN e, members, departments ORDER BY e.reported_at DESC, e.id LIMIT $limit
"""

_COMPLAINANTS = f"""
MATCH (o:Organization {{id: $id}})-[x:PARTY_TO {{role: 'respondent'}}]->(e:Event)<-[r:PARTY_TO]-(p:Person)
WHERE r.role IN $accusing AND r.valid_from <= $as_of
WITH p, count(DISTINCT e) AS events, max(r.valid_from) AS latest
CALL (p) {{
  OPTIONAL MATCH (p)-[l:LIVES_IN]->(d:Dwelling) WHERE {_VALID.format(r="l")}
  WITH d ORDER BY d.id LIMIT 1
  OPTIONAL MATCH (d)-[:PART_OF*1..2]->(c:Compound)
  RETURN d, head(collect(c)) AS c
}}
RETURN p, events, latest, d, c ORDER BY events DESC, latest DESC, p.id LIMIT $limit
"""


@dataclass(frozen=True, slots=True)
class Resident:
    person: Node
    residence: dict[str, Any]
    departments: tuple[str, ...]
    household: Node | None


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    """`members`: who of the household takes part ({id, name, role}); `departments`: who has handled it so far."""

    event: Node
    members: tuple[dict[str, Any], ...]
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Complainant:
    person: Node
    events: int
    latest: date | None
    dwelling: Node | None
    compound: Node | None


def who_lives_here(store: GraphStore, dwelling_id: str, *, as_of: date, limit: int = 100) -> list[Resident]:
    """Who lives behind this door on a day, and which departments hold a record of each of them."""
    return [
        Resident(
            node_of("Person", row["p"]),
            row["r"],
            tuple(sorted(name for name in row["departments"] if name)),
            _optional("Household", row["household"]),
        )
        for row in store.read(_DOOR, id=dwelling_id, as_of=as_of, limit=limit)
    ]


def open_complaints(store: GraphStore, household_id: str, *, as_of: date, limit: int = 100) -> list[OpenComplaint]:
    """Complaints and disputes, not closed, in which a member of the household takes part."""
    rows = store.read(
        _OPEN_COMPLAINTS,
        id=household_id,
        as_of=as_of,
        limit=limit,
        open=list(OPEN_STATES),
        kinds=["complaint", "dispute", "service_request"],
    )
    return [
        OpenComplaint(
            node_of("Event", row["e"]),
            tuple(sorted(row["members"], key=lambda member: (member["id"], member["role"] or ""))),
            tuple(sorted(row["departments"])),
        )
        for row in rows
    ]


def complainants(store: GraphStore, organization_id: str, *, as_of: date, limit: int = 100) -> list[Complainant]:
    """Who has complained about the organization, how often, and where they live on that day."""
    accusing = ["complainant", "victim"]
    return [
        Complainant(
            node_of("Person", row["p"]),
            row["events"],
            row["latest"],
            _optional("Dwelling", row["d"]),
            _optional("Compound", row["c"]),
        )
        for row in store.read(_COMPLAINANTS, id=organization_id, as_of=as_of, limit=limit, accusing=accusing)
    ]


def _optional(label: str, props: dict[str, Any] | None) -> Node | None:
    return node_of(label, props) if props else None
