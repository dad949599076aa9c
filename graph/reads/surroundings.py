"""Who lives around a place, who bears a name, who is at a door: the people that words in a text may mean.

Each function asks once for any number of places or names, and collects what it found in one row (see `steps`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from graph.store import GraphStore

_PERSON: Final = "p.id, p.name, p.pinyin, p.sex, p.birth_year"
_DOORS: Final = """
UNWIND $ids AS id
MATCH (d:Dwelling {id: id})
OPTIONAL MATCH (d)-[:PART_OF]->(b:Building)
OPTIONAL MATCH (b)-[:PART_OF]->(c:Compound)
OPTIONAL MATCH (d)-[:PART_OF]->(e:Compound)
RETURN collect([d.id, d.unit, b.id, coalesce(c.id, e.id)]) AS rows
"""
_BUILDINGS: Final = """
UNWIND $ids AS id
MATCH (b:Building {id: id})
OPTIONAL MATCH (b)-[:PART_OF]->(c:Compound)
RETURN collect([b.id, c.id]) AS rows
"""
_RESIDENTS: Final = f"""
UNWIND $wanted AS one
MATCH (b:Building {{id: one.id}})<-[:PART_OF]-(d:Dwelling)
OPTIONAL MATCH (d)<-[r:LIVES_IN]-(p:Person) WHERE any(surname IN one.surnames WHERE p.name STARTS WITH surname)
RETURN one.id AS id, count(DISTINCT d) AS doors, count(DISTINCT d.unit) AS units,
       collect([{_PERSON}, d.id, d.unit, r.valid_to]) AS rows
"""
_AT_DOORS: Final = f"""
UNWIND $ids AS id
MATCH (d:Dwelling {{id: id}})<-[r:LIVES_IN|OWNS|RENTS]-(p:Person)
RETURN collect([{_PERSON}, d.id, type(r), r.valid_to]) AS rows
"""
_BEARERS: Final = f"""
UNWIND $names AS name
MATCH (p:Person {{name_key: name}})
OPTIONAL MATCH (p)-[r:LIVES_IN]->(d:Dwelling)
OPTIONAL MATCH (d)-[:PART_OF]->(b:Building)
OPTIONAL MATCH (b)-[:PART_OF]->(c:Compound)
OPTIONAL MATCH (d)-[:PART_OF]->(e:Compound)
RETURN name, collect([{_PERSON}, d.id, d.unit, b.id, coalesce(c.id, e.id), r.valid_to]) AS rows
"""
_OCCURRED: Final = """
UNWIND $ids AS id
MATCH (e:Event {id: id})-[:OCCURRED_AT]->(x)
RETURN collect([id, labels(x)[0], x.id]) AS rows
"""
_CALLERS: Final = """
UNWIND $ids AS id
MATCH (e:Event {id: id})<-[r:PARTY_TO]-(p:Person) WHERE r.role = 'complainant'
RETURN collect([id, p.id, p.name]) AS rows
"""
_HOMES: Final = """
UNWIND $ids AS id
MATCH (p:Person {id: id})-[l:LIVES_IN]->(h:Dwelling)
WHERE (l.valid_from IS NULL OR l.valid_from <= $day) AND (l.valid_to IS NULL OR $day < l.valid_to)
RETURN id, h.id AS dwelling, h.address AS address, l.confidence AS confidence
"""
_PHONES: Final = """
UNWIND $values AS value
MATCH (r:Record {phone_index: value})-[:DESCRIBES]->(p:Person)
RETURN value, collect(DISTINCT [p.id, p.name]) AS rows
"""
_ORGANIZATIONS: Final = """
UNWIND $names AS name
MATCH (o:Organization {name_key: name})
RETURN name, collect([o.id, o.name]) AS rows
"""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a place lies in the place tree; levels that it has not are None."""

    compound: str | None = None
    building: str | None = None
    unit: str | None = None
    dwelling: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and one of the places that he is tied to, by `relation` until `until` (None: still)."""

    id: str
    name: str
    pinyin: tuple[str, ...]
    sex: str | None
    birth_year: int | None
    spot: Spot
    relation: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Residents:
    """Those people of a building who were asked for, and how many doors and units it has."""

    people: tuple[Person, ...]
    doors: int
    units: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the graph knows around an event: (label, id) of its places, (id, name) of complainants, their dwellings."""

    places: tuple[tuple[str, str], ...] = ()
    callers: tuple[tuple[str, str], ...] = ()
    homes: tuple[str, ...] = ()


def spots(store: GraphStore, places: Iterable[tuple[str, str]]) -> dict[str, Spot]:
    """Where dwellings, buildings and compounds, given as (label, id), lie; others lie nowhere."""
    by_label: dict[str, list[str]] = {}
    for label, place_id in sorted(set(places)):
        by_label.setdefault(label, []).append(place_id)
    found = {place_id: Spot(compound=place_id) for place_id in by_label.get("Compound", ())}
    if ids := by_label.get("Building"):
        found |= {b: Spot(c, b) for b, c in store.read(_BUILDINGS, ids=ids)[0]["rows"]}
    if ids := by_label.get("Dwelling"):
        found |= {d: Spot(c, b, unit, d) for d, unit, b, c in store.read(_DOORS, ids=ids)[0]["rows"]}
    return found


def residents(store: GraphStore, wanted: Mapping[str, Collection[str]]) -> dict[str, Residents]:
    """The people of each building whose name begins with one of its surnames, those who left included."""
    asked = [{"id": building, "surnames": sorted(surnames)} for building, surnames in sorted(wanted.items())]
    rows = store.read(_RESIDENTS, wanted=asked) if asked else []
    return {
        row["id"]: Residents(
            tuple(
                _person(line, Spot(None, row["id"], line[6], line[5]), "LIVES_IN", line[7])
                for line in row["rows"]
                if line[0] is not None
            ),
            row["doors"],
            max(row["units"], 1),
        )
        for row in rows
    }


def at_doors(store: GraphStore, dwellings: Collection[str]) -> dict[str, list[Person]]:
    """Who lives at, owns or rents each dwelling, now or before."""
    rows = store.read(_AT_DOORS, ids=sorted(dwellings))[0]["rows"] if dwellings else []
    found: dict[str, list[Person]] = {}
    for line in rows:
        found.setdefault(line[5], []).append(_person(line, Spot(dwelling=line[5]), line[6], line[7]))
    return found


def bearers(store: GraphStore, name_keys: Collection[str]) -> dict[str, list[Person]]:
    """Everybody of a name, once for each dwelling."""
    rows = store.read(_BEARERS, names=sorted(name_keys)) if name_keys else []
    return {
        row["name"]: [
            _person(line, Spot(line[8], line[7], line[6], line[5]), "LIVES_IN", line[9]) for line in row["rows"]
        ]
        for row in rows
    }


def around_events(store: GraphStore, event_ids: Collection[str], day: date) -> dict[str, Told]:
    """What the graph knows around each of the events; homes are those of a day."""
    if not event_ids:
        return {}
    ids = sorted(event_ids)
    places: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    callers: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for event_id, label, place_id in store.read(_OCCURRED, ids=ids)[0]["rows"]:
        places[event_id].append((label, place_id))
    for event_id, person_id, name in store.read(_CALLERS, ids=ids)[0]["rows"]:
        callers[event_id].append((person_id, name or ""))
    lived = homes(store, {one for each in callers.values() for one, _ in each}, day)
    return {
        event_id: Told(
            tuple(places[event_id]),
            tuple(callers[event_id]),
            tuple(lived[one][0] for one, _ in callers[event_id] if one in lived),
        )
        for event_id in ids
    }


def homes(store: GraphStore, person_ids: Collection[str], day: date) -> dict[str, tuple[str, str]]:
    """Person id → (dwelling id, address) of the surest residence on a day."""
    rows = store.read(_HOMES, ids=sorted(person_ids), day=day) if person_ids else []
    rows.sort(key=lambda row: (row["confidence"] or 0.0, row["dwelling"]))
    return {row["id"]: (row["dwelling"], row["address"] or "") for row in rows}


def phone_owners(store: GraphStore, indexes: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Blind index of a phone → (id, name) of the people whose records have it."""
    rows = store.read(_PHONES, values=sorted(indexes)) if indexes else []
    return {row["value"]: [(person_id, name or "") for person_id, name in row["rows"]] for row in rows}


def organizations(store: GraphStore, name_keys: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """(id, name) of every organization of a name."""
    rows = store.read(_ORGANIZATIONS, names=sorted(name_keys)) if name_keys else []
    return {row["name"]: [(node_id, name) for node_id, name in row["rows"]] for row in rows}


def _person(line: list[Any], spot: Spot, relation: str, until: date | None) -> Person:
    person_id, name, pinyin, sex, birth_year = line[:5]
    return Person(person_id, name or "", tuple(pinyin or ()), sex, birth_year, spot, relation, until)
