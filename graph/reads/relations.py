"""The relations that can be followed from each kind of node, by the names the API uses."""

from __future__ import annotations

from dataclasses import dataclass

NEWEST_EDGE = "coalesce(r.valid_from, date('0001-01-01')) DESC, b.id"
BY_ID = "b.id"
BY_NAME = "b.name, b.id"
NEWEST_EVENT = "b.reported_at DESC, b.id"


@dataclass(frozen=True, slots=True)
class Relation:
    """`pattern` joins `(a)`, the node asked about, to `(b)`; `r` is the edge whose validity counts, if `timed`.

    Only text of this module ever becomes part of a statement.
    """

    source: str
    name: str
    pattern: str
    order: str = BY_ID
    timed: bool = True
    distinct: bool = False


def _of(source: str, *relations: tuple[str, str, str]) -> list[Relation]:
    return [Relation(source, name, pattern, order) for name, pattern, order in relations]


def _records_and_tags(source: str) -> list[Relation]:
    return [
        Relation(source, "tags", "(a)-[r:TAGGED]->(b:Tag)", BY_NAME),
        Relation(source, "records", "(a)<-[r:DESCRIBES]-(b:Record)", "b.feed, b.record_key, b.id", timed=False),
    ]


def _inside(source: str, *, children: str, parent: str) -> list[Relation]:
    """Relations of a place. Buildings hang below compounds and below grids, so that paths may meet: `distinct`."""
    found = [
        Relation(source, "children", children, BY_NAME),
        Relation(source, "dwellings", "(a)<-[:PART_OF*1..4]-(b:Dwelling)", "b.address, b.id", False, True),
        Relation(source, "events", "(a)<-[:PART_OF*0..5]-()<-[r:OCCURRED_AT]-(b:Event)", NEWEST_EVENT, True, True),
        *_records_and_tags(source)[:1],
    ]
    return [Relation(source, "parent", parent, BY_ID), *found] if parent else found


_ALL = [
    *_of(
        "Person",
        ("residences", "(a)-[r:LIVES_IN]->(b:Dwelling)", NEWEST_EDGE),
        ("registeredAt", "(a)-[r:REGISTERED_AT]->(b:Dwelling)", NEWEST_EDGE),
        ("owns", "(a)-[r:OWNS]->(b:Dwelling)", NEWEST_EDGE),
        ("rents", "(a)-[r:RENTS]->(b:Dwelling)", NEWEST_EDGE),
        ("household", "(a)-[r:MEMBER_OF]->(b:Household)", NEWEST_EDGE),
        ("kin", "(a)-[r:KIN]-(b:Person)", BY_ID),
        ("worksAt", "(a)-[r:WORKS_AT]->(b:Organization)", NEWEST_EDGE),
        ("represents", "(a)-[r:LEGAL_REPRESENTATIVE_OF]->(b:Organization)", NEWEST_EDGE),
        ("events", "(a)-[r:PARTY_TO]->(b:Event)", NEWEST_EVENT),
    ),
    *_records_and_tags("Person"),
    *_of(
        "Household",
        ("members", "(a)<-[r:MEMBER_OF]-(b:Person)", "r.relation_to_head, b.id"),
        ("dwelling", "(a)-[r:LOCATED_AT]->(b:Dwelling)", NEWEST_EDGE),
    ),
    *_records_and_tags("Household"),
    *_of(
        "Dwelling",
        ("residents", "(a)<-[r:LIVES_IN]-(b:Person)", NEWEST_EDGE),
        ("registered", "(a)<-[r:REGISTERED_AT]-(b:Person)", NEWEST_EDGE),
        ("owners", "(a)<-[r:OWNS]-(b:Person)", NEWEST_EDGE),
        ("tenants", "(a)<-[r:RENTS]-(b:Person)", NEWEST_EDGE),
        ("households", "(a)<-[r:LOCATED_AT]-(b:Household)", NEWEST_EDGE),
        ("organizations", "(a)<-[r:LOCATED_AT]-(b:Organization)", BY_NAME),
        ("building", "(a)-[r:PART_OF]->(b:Building)", BY_ID),
        ("parent", "(a)-[r:PART_OF]->(b)", BY_ID),
        ("events", "(a)<-[r:OCCURRED_AT]-(b:Event)", NEWEST_EVENT),
    ),
    *_records_and_tags("Dwelling"),
    *_of(
        "Organization",
        ("employees", "(a)<-[r:WORKS_AT]-(b:Person)", NEWEST_EDGE),
        ("legalRepresentatives", "(a)<-[r:LEGAL_REPRESENTATIVE_OF]-(b:Person)", NEWEST_EDGE),
        ("locatedAt", "(a)-[r:LOCATED_AT]->(b)", NEWEST_EDGE),
        ("events", "(a)-[r:PARTY_TO]->(b:Event)", NEWEST_EVENT),
    ),
    *_records_and_tags("Organization"),
    *_of(
        "Event",
        ("parties", "(a)<-[r:PARTY_TO]-(b)", "r.role, b.id"),
        ("occurredAt", "(a)-[r:OCCURRED_AT]->(b)", BY_ID),
        ("handledBy", "(a)-[r:HANDLED_BY]->(b:Department)", "r.step, b.id"),
    ),
    *_records_and_tags("Event"),
    *_inside("Building", children="(a)<-[r:PART_OF]-(b:Dwelling)", parent="(a)-[r:PART_OF]->(b:Compound)"),
    Relation("Building", "grid", "(a)-[r:PART_OF]->(b:Grid)"),
    *_inside("Compound", children="(a)<-[r:PART_OF]-(b:Building)", parent="(a)-[r:PART_OF]->(b:Community|Street)"),
    Relation("Compound", "grid", "(a)-[r:PART_OF]->(b:Grid)"),
    *_inside("Grid", children="(a)<-[r:PART_OF]-(b:Building)", parent="(a)-[r:PART_OF]->(b:Community)"),
    *_inside("Community", children="(a)<-[r:PART_OF]-(b:Compound)", parent="(a)-[r:PART_OF]->(b:Street)"),
    Relation("Community", "grids", "(a)<-[r:PART_OF]-(b:Grid)", BY_NAME),
    *_inside("Street", children="(a)<-[r:PART_OF]-(b:Community)", parent=""),
    Relation("Tag", "bearers", "(a)<-[r:TAGGED]-(b)", NEWEST_EDGE),
    Relation("Department", "events", "(a)<-[r:HANDLED_BY]-(b:Event)", NEWEST_EVENT, True, True),
    Relation("Record", "describes", "(a)-[r:DESCRIBES]->(b)", BY_ID, timed=False),
]

RELATIONS: dict[tuple[str, str], Relation] = {(relation.source, relation.name): relation for relation in _ALL}


def relation(source: str, name: str) -> Relation:
    """Raises `KeyError` for a relation that the label does not have."""
    return RELATIONS[source, name]
