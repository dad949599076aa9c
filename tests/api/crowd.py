"""A compound's people as plain objects, from a seed, and the same in a graph: what is found can be counted by hand.

Four buildings of six dwellings; 130 people, some of them without a known sex or birth date, some children whose names
and birth dates rest sealed, some moved out; nine get assistance, and some of those who complain are victims too. What
holds now is what holds on DAY.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from api.ask import ask
from core.values import value_type
from governance.access import AccessContext, Role
from graph.search.store import Mark, rebuild
from graph.search.terms import LABELS, entries
from services.app import App
from services.indexing import search_folder

DAY = date(2024, 6, 30)
READER = AccessContext(subject="tester", role=Role.GRID_WORKER, purpose="走访核实")
BUILDINGS, DOORS, PEOPLE, EVENTS = 4, 6, 130, 45
FAMILY = "王李张刘陈杨赵黄周吴"
GIVEN = "伟芳娜敏静强磊洋勇艳杰娟涛明超"
KINDS = ("complaint", "dispute", "service_request")


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    sex: str | None
    birth: date | None
    records: int | None
    assistance: str | None
    phone: str
    door: int
    since: date
    until: date | None
    sealed: bool  # a child: name and birth date rest masked

    def lives(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)

    def age(self, day: date) -> int | None:
        """Full years; of a child, whose day is nobody's business, those that the year tells."""
        if self.birth is None:
            return None
        early = not self.sealed and (day.month, day.day) < (self.birth.month, self.birth.day)
        return day.year - self.birth.year - early


@dataclass(frozen=True, slots=True)
class Door:
    id: str
    building: int
    area: float | None


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    kind: str
    status: str
    reported: datetime
    parties: tuple[tuple[str, str], ...]  # (person, role)
    door: int


@dataclass(frozen=True, slots=True)
class Crowd:
    app: App = field(repr=False)
    people: tuple[Person, ...] = field(repr=False)
    doors: tuple[Door, ...] = field(repr=False)
    events: tuple[Event, ...] = field(repr=False)

    def residents(self, door: int, day: date = DAY) -> list[Person]:
        return [person for person in self.people if person.door == door and person.lives(day)]


def crowd_of(app: App, seed: int = 14) -> Crowd:
    """Makes the crowd and writes it into the empty graph of `app`."""
    chance = random.Random(seed)
    doors = tuple(
        Door(f"dwe_{number:06x}", number // DOORS, chance.choice((None, 60.0, 88.5, 88.5, 120.0)))
        for number in range(BUILDINGS * DOORS)
    )
    people = tuple(_person(number, chance) for number in range(PEOPLE))
    events = tuple(_event(number, people, chance) for number in range(EVENTS))
    crowd = Crowd(app, people, doors, events)
    for statement, rows in _graph(crowd):
        app.store.write(f"UNWIND $rows AS row {statement}", rows=rows)
    make_searchable(app)
    return crowd


def make_searchable(app: App) -> None:
    """Makes the search index of what the graph of `app` holds."""
    rows = app.store.read(
        "MATCH (n) WHERE labels(n)[0] IN $labels RETURN labels(n)[0] AS label, n AS node", labels=list(LABELS)
    )
    objects = ((row["node"]["id"], entries(row["label"], dict(row["node"]))) for row in rows)
    rebuild(search_folder(app), objects, Mark(1, "x", 0))


def _person(number: int, chance: random.Random) -> Person:
    birth = chance.choice((None, *(date(1930, 1, 1) + timedelta(days=chance.randrange(30_000)) for _ in range(5))))
    child = number % 13 == 0
    since = date(2010, 1, 1) + timedelta(days=chance.randrange(3_000))
    return Person(
        id=f"per_{chance.randrange(16**6):06x}{number:03d}",
        name=chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=chance.randint(1, 2))),
        sex=chance.choice(("1", "2", None)),
        birth=date(2015, chance.randint(1, 12), 5) if child else birth,
        records=chance.choice((None, 1, 2, 3, 3)),
        assistance=("低保", "特困")[number // 14 % 2] if number % 14 == 3 else None,
        phone=f"1601{number * 7_919:07d}",
        door=chance.randrange(BUILDINGS * DOORS),
        since=since,
        until=since + timedelta(days=1_000) if number % 7 == 0 else None,
        sealed=child,
    )


def _event(number: int, people: tuple[Person, ...], chance: random.Random) -> Event:
    accuser, accused = chance.sample(people, 2)
    return Event(
        id=f"evt_{number:06x}",
        kind=chance.choice(KINDS),
        status=chance.choice(("open", "processing", "closed")),
        reported=datetime.fromisoformat("2024-01-01T08:00:00") + timedelta(hours=chance.randrange(24 * 181)),
        parties=((accuser.id, "complainant"), (accused.id, "respondent"), (accuser.id, "victim"))[
            : 2 + (number % 5 == 0)
        ],
        door=chance.randrange(BUILDINGS * DOORS),
    )


def _graph(crowd: Crowd) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    def link(start: str, kind: str, end: str, **props: Any) -> dict[str, Any]:
        return {"start": start, "end": end, "props": {"id": f"{kind}-{start}-{end}", "confidence": 0.9, **props}}

    def nodes(label: str) -> str:
        return f"CREATE (n:{label}) SET n = row"

    def links(start: str, kind: str, end: str) -> str:
        ends = f"MATCH (a:{start} {{id: row.start}}), (b:{end} {{id: row.end}})"
        return f"{ends} CREATE (a)-[r:{kind}]->(b) SET r = row.props"

    buildings = [f"bld_{number}" for number in range(BUILDINGS)]
    yield nodes("Compound"), [{"id": "cmp_1", "name": "桂花苑"}]
    yield nodes("Building"), [{"id": one, "name": f"{number + 1}栋"} for number, one in enumerate(buildings)]
    yield nodes("Tag"), [{"id": "tag_old", "name": "elderly", "label": "高龄老人", "level": "internal"}]
    yield nodes("Dwelling"), [{"id": door.id, "address": f"桂花苑{door.id}", "area": door.area} for door in crowd.doors]
    yield (
        nodes("Household"),
        [{"id": f"hou_{number}", "household_no": f"H{number:04}"} for number in range(len(crowd.doors))],
    )
    yield nodes("Person"), [_stored(crowd.app, person) for person in crowd.people]
    yield (
        nodes("Event"),
        [{"id": one.id, "kind": one.kind, "status": one.status, "reported_at": one.reported} for one in crowd.events],
    )
    yield (
        nodes("Record"),
        [
            {
                "id": f"rec_{person.id}",
                "kind": "person",
                "feed": "police_population",
                "phone_index": _blind(crowd.app, person),
            }
            for person in crowd.people
        ],
    )
    yield links("Building", "PART_OF", "Compound"), [link(one, "PART_OF", "cmp_1") for one in buildings]
    yield (
        links("Dwelling", "PART_OF", "Building"),
        [link(door.id, "PART_OF", buildings[door.building]) for door in crowd.doors],
    )
    yield (
        links("Household", "LOCATED_AT", "Dwelling"),
        [link(f"hou_{number}", "LOCATED_AT", door.id) for number, door in enumerate(crowd.doors)],
    )
    time = {person.id: {"valid_from": person.since, "valid_to": person.until} for person in crowd.people}
    yield (
        links("Person", "LIVES_IN", "Dwelling"),
        [link(person.id, "LIVES_IN", crowd.doors[person.door].id, **time[person.id]) for person in crowd.people],
    )
    yield (
        links("Person", "MEMBER_OF", "Household"),
        [link(person.id, "MEMBER_OF", f"hou_{person.door}", **time[person.id]) for person in crowd.people],
    )
    yield (
        links("Person", "PARTY_TO", "Event"),
        [link(person, "PARTY_TO", event.id, role=role) for event in crowd.events for person, role in event.parties],
    )
    yield (
        links("Event", "OCCURRED_AT", "Dwelling"),
        [link(event.id, "OCCURRED_AT", crowd.doors[event.door].id) for event in crowd.events],
    )
    yield (
        links("Record", "DESCRIBES", "Person"),
        [link(f"rec_{person.id}", "DESCRIBES", person.id) for person in crowd.people],
    )
    yield (
        links("Person", "TAGGED", "Tag"),
        [
            link(person.id, "TAGGED", "tag_old", rule="elderly", version=1, valid_from=date(2023, 1, 1))
            for person in crowd.people
            if (person.age(DAY) or 0) >= 80
        ],
    )


def _stored(app: App, person: Person) -> dict[str, Any]:
    def sealed(name: str, value: str, shown: str) -> dict[str, Any]:
        resting = base64.b64encode(app.vault.seal(value, field=name, owner=person.id)).decode()
        return {name: shown, f"{name}_sealed": resting}

    props: dict[str, Any] = {"id": person.id, "sex": person.sex, "record_count": person.records}
    props |= {"birth_year": person.birth.year} if person.birth else {}
    if person.sealed and person.birth:
        props |= sealed("name", person.name, person.name[0] + "**")
        props |= sealed("birth_date", person.birth.isoformat(), f"{person.birth.year}-**-**")
    else:
        props |= {"name": person.name, "name_key": person.name, "birth_date": person.birth}
    if person.assistance:
        index = app.vault.blind_index(value_type("text").key(person.assistance), value_type="assistance")
        props |= {**sealed("assistance", person.assistance, "**"), "assistance_index": index}
    return {name: value for name, value in props.items() if value is not None}


def _blind(app: App, person: Person) -> str:
    return app.vault.blind_index(value_type("phone").key(person.phone), value_type="phone")


def asked(crowd: Crowd, query: str, **variables: Any) -> dict[str, Any]:
    answer = ask(crowd.app, READER, query, {"day": DAY.isoformat(), **variables})
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def code_of(crowd: Crowd, query: str, **variables: Any) -> str:
    answer = ask(crowd.app, READER, query, {"day": DAY.isoformat(), **variables})
    (error, *_) = answer["errors"]
    return str(error["extensions"]["code"])
