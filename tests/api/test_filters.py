"""Filters on root and nested connections give what a count by hand gives; the people are the crowd of `crowd.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from api.ask import ask
from governance.access import AccessContext, Role
from tests.api.crowd import DAY, DOORS, Crowd, Person

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
OFFICER = AccessContext(subject="tester", role=Role.GRID_WORKER, purpose="走访核实")
Wanted = Callable[[Crowd, Person], bool]


def persons(crowd: Crowd, where: dict[str, Any], reader: AccessContext = READER, day: date | None = DAY) -> set[str]:
    """The ids that a filter finds, all pages; the total count must agree."""
    query = """query($where: PersonFilter, $after: String, $day: Date) {
      persons(first: 100, after: $after, filter: $where, asOf: $day) {
        totalCount nodes { id } pageInfo { hasNextPage endCursor } } }"""
    found: list[str] = []
    after = None
    while True:
        answer = ask(crowd.app, reader, query, {"where": where, "after": after, "day": day and day.isoformat()})
        assert "errors" not in answer, answer
        page = answer["data"]["persons"]
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found) == len(set(found))
            return set(found)


def old(person: Person, years: int) -> bool:
    age = person.age(DAY)
    return age is not None and age >= years


def in_building(crowd: Crowd, person: Person, number: int) -> bool:
    return person.lives(DAY) and crowd.doors[person.door].building == number


def complaints(crowd: Crowd, person: Person) -> int:
    return sum((person.id, "complainant") in event.parties for event in crowd.events)


CASES: dict[str, tuple[dict[str, Any], Wanted]] = {
    "all": ({}, lambda _, p: True),
    "name": ({"name": {"startsWith": "王"}}, lambda _, p: p.name.startswith("王") and not p.sealed),
    "part": ({"name": {"contains": "芳"}}, lambda _, p: "芳" in p.name and not p.sealed),
    "code by its label": ({"sex": {"eq": "女"}}, lambda _, p: p.sex == "2"),
    "unlike, and known": ({"sex": {"ne": "1"}}, lambda _, p: p.sex == "2"),
    "not, or unknown": ({"not": {"sex": {"eq": "1"}}}, lambda _, p: p.sex != "1"),
    "unknown": ({"sex": {"isNull": True}}, lambda _, p: p.sex is None),
    "age": ({"age": {"gte": 65}}, lambda _, p: old(p, 65)),
    "young": ({"age": {"lt": 14}}, lambda _, p: p.age(DAY) is not None and not old(p, 14)),
    "birth date": (
        {"birthDate": {"gte": "1950-01-01", "lt": "1960-01-01"}},
        lambda _, p: p.birth is not None and not p.sealed and 1950 <= p.birth.year < 1960,
    ),
    "several at once": ({"sex": {"eq": "1"}, "age": {"gte": 60}}, lambda _, p: p.sex == "1" and old(p, 60)),
    "or": (
        {"or": [{"age": {"gte": 80}}, {"recordCount": {"eq": 1}}]},
        lambda _, p: old(p, 80) or p.records == 1,
    ),
    "number in": ({"recordCount": {"in": [1, 2]}}, lambda _, p: p.records in (1, 2)),
    "home": ({"livesIn": {"building": {"name": {"eq": "2栋"}}}}, lambda c, p: in_building(c, p, 1)),
    "no home": ({"not": {"livesIn": {}}}, lambda _, p: not p.lives(DAY)),
    "home once": ({"livesIn": {"edge": {"anyTime": True}}}, lambda _, p: True),
    "home then": (
        {"livesIn": {"edge": {"asOf": "2013-06-01"}}},
        lambda _, p: p.lives(date(2013, 6, 1)),
    ),
    "large home": (
        {"livesIn": {"area": {"gt": 88.5}}},
        lambda c, p: p.lives(DAY) and (c.doors[p.door].area or 0) > 88.5,
    ),
    "moved in lately": (
        {"livesIn": {"edge": {"validFrom": {"gte": "2017-01-01"}}}},
        lambda _, p: p.lives(DAY) and p.since >= date(2017, 1, 1),
    ),
    "role": (
        {"events": {"edge": {"role": {"eq": "complainant"}}, "kind": {"eq": "dispute"}}},
        lambda c, p: any((p.id, "complainant") in e.parties and e.kind == "dispute" for e in c.events),
    ),
    "two complaints": (
        {"count": [{"of": "events", "edge": {"role": {"eq": "complainant"}}, "gte": 2}]},
        lambda c, p: complaints(c, p) >= 2,
    ),
    "no event": (
        {"count": [{"of": "events", "eq": 0}]},
        lambda c, p: not any(p.id in str(e.parties) for e in c.events),
    ),
    "alone at home": (
        {"count": [{"of": "livesIn.residents", "eq": 1}]},
        lambda c, p: p.lives(DAY) and len(c.residents(p.door)) == 1,
    ),
    "with somebody old": (
        {"livesIn": {"residents": {"age": {"gte": 80}, "not": {"self": True}}}},
        lambda c, p: p.lives(DAY) and any(old(o, 80) for o in c.residents(p.door) if o.id != p.id),
    ),
    "half of the household old": (
        {
            "ratio": [
                {
                    "of": {"of": "household.members", "where": {"age": {"gte": 60}}},
                    "per": {"of": "household.members"},
                    "gte": 0.5,
                }
            ]
        },
        lambda c, p: p.lives(DAY) and 2 * sum(old(o, 60) for o in c.residents(p.door)) >= len(c.residents(p.door)),
    ),
    "tag": ({"has": {"tag": "高龄老人"}}, lambda _, p: old(p, 80)),
    "a quarrel with a neighbour": (
        {"shares": [{"through": "events", "to": "parties", "atLeast": 1, "where": {"status": {"eq": "open"}}}]},
        lambda c, p: any(p.id in str(e.parties) and e.status == "open" for e in c.events),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_filter_finds_whom_a_count_by_hand_finds(crowd: Crowd, case: str) -> None:
    where, wanted = CASES[case]
    expected = {person.id for person in crowd.people if wanted(crowd, person)}
    assert 0 < len(expected) <= len(crowd.people)
    assert persons(crowd, where) == expected


def test_the_day_of_a_query_is_the_day_of_its_filter(crowd: Crowd) -> None:
    then = date(2012, 6, 1)
    expected = {person.id for person in crowd.people if person.lives(then)}
    assert persons(crowd, {"livesIn": {}}, day=then) == expected
    # Nobody says a day: what holds now. An explicit null: no day at all for the links, still one for the filter.
    assert persons(crowd, {"livesIn": {}}, day=None) == {p.id for p in crowd.people if p.lives(DAY)} != expected


def test_events_of_the_last_days_are_counted_back_from_the_day_of_the_query(crowd: Crowd) -> None:
    query = """query($day: Date) { events(first: 100, asOf: $day, filter: { reportedAt: { withinDays: 30 } }) {
      totalCount nodes { id } } }"""
    for day in (DAY, date(2024, 3, 15)):
        found = ask(crowd.app, READER, query, {"day": day.isoformat()})["data"]["events"]
        first = day - timedelta(days=30)
        assert {one["id"] for one in found["nodes"]} == {
            event.id for event in crowd.events if first <= event.reported.date() <= day
        }


def test_a_nested_filter_keeps_what_a_count_by_hand_keeps(crowd: Crowd) -> None:
    query = """query($day: Date) { dwellings(first: 100, asOf: $day) { nodes { id
      residents(filter: { age: { gte: 60 } }) { totalCount nodes { id } }
      events(filter: { status: { ne: "closed" } }, orderBy: { by: "reportedAt" }) { totalCount nodes { id } } } } }"""
    answer = ask(crowd.app, READER, query, {"day": DAY.isoformat()})
    assert "errors" not in answer, answer
    shown = {node["id"]: node for node in answer["data"]["dwellings"]["nodes"]}
    assert len(shown) == len(crowd.doors)
    for number, door in enumerate(crowd.doors):
        residents = {person.id for person in crowd.residents(number) if old(person, 60)}
        assert {node["id"] for node in shown[door.id]["residents"]["nodes"]} == residents
        assert shown[door.id]["residents"]["totalCount"] == len(residents)
        waiting = [event for event in crowd.events if event.door == number and event.status != "closed"]
        events = [node["id"] for node in shown[door.id]["events"]["nodes"]]
        assert events == [event.id for event in sorted(waiting, key=lambda event: (event.reported, event.id))]


def test_a_filter_on_one_of_several_kinds(crowd: Crowd) -> None:
    query = """{ events(first: 100) { nodes { id
      women: parties(filter: { person: { sex: { eq: "2" } } }) { nodes { ... on Person { id } } }
      firms: parties(filter: { organization: {} }) { totalCount }
      here: locations(filter: { dwelling: { building: { name: { eq: "1栋" } } } }) { totalCount } } } }"""
    answer = ask(crowd.app, READER, query, None)
    assert "errors" not in answer, answer
    women = {person.id for person in crowd.people if person.sex == "2"}
    shown = {node["id"]: node for node in answer["data"]["events"]["nodes"]}
    for event in crowd.events:
        parties = {node["id"] for node in shown[event.id]["women"]["nodes"]}
        assert parties == women & {person for person, _ in event.parties}
        assert shown[event.id]["firms"]["totalCount"] == 0
        assert shown[event.id]["here"]["totalCount"] == (event.door < DOORS)


def test_places_are_filtered_by_what_lies_in_them(crowd: Crowd) -> None:
    query = """query($day: Date) { places(kind: BUILDING, asOf: $day, filter: {
        parent: { name: { eq: "桂花苑" } }, count: [{ of: "dwellings.residents", where: { age: { gte: 60 } }, gte: 8 }]
      }) { nodes { name } } }"""
    answer = ask(crowd.app, READER, query, {"day": DAY.isoformat()})
    assert "errors" not in answer, answer
    many = {
        f"{number + 1}栋"
        for number in range(4)
        if sum(in_building(crowd, person, number) and old(person, 60) for person in crowd.people) >= 8
    }
    assert {place["name"] for place in answer["data"]["places"]["nodes"]} == many


# --- what is sealed ------------------------------------------------------------------------------------------


def test_an_identifier_leads_to_whom_it_belongs(crowd: Crowd) -> None:
    one, two = crowd.people[20], crowd.people[41]
    assert persons(crowd, {"phone": {"eq": one.phone}}) == {one.id}
    assert persons(crowd, {"phone": {"in": [one.phone, two.phone, "16087654321"]}}) == {one.id, two.id}
    assert persons(crowd, {"phone": {"eq": "16087654321"}}) == set()
    women = {"phone": {"in": [one.phone, two.phone]}, "sex": {"eq": "2"}}
    assert persons(crowd, women) == {person.id for person in (one, two) if person.sex == "2"}


@pytest.mark.parametrize("where", [{"eq": "低保"}, {"ne": "低保"}, {"in": ["低保", "特困"]}, {"isNull": False}])
def test_a_sensitive_category_needs_a_purpose(crowd: Crowd, where: dict[str, Any]) -> None:
    query = "query($where: PersonFilter) { persons(filter: $where) { totalCount nodes { id } } }"
    nested = "query($where: PersonFilter) { dwellings { nodes { residents(filter: $where) { totalCount } } } }"
    for text in (query, nested):
        for asked in ({"assistance": where}, {"household": {"members": {"not": {"assistance": where}}}}):
            refused = ask(crowd.app, READER, text, {"where": asked})
            (error, *_) = refused["errors"]
            assert error["extensions"]["code"] == "WN-AC-003"
            assert not refused["data"]
            assert "低保" not in str(refused)
    kept = {
        "eq": lambda value: value == "低保",
        "ne": lambda value: value not in (None, "低保"),
        "in": lambda value: value in ("低保", "特困"),
        "isNull": lambda value: value is not None,
    }
    ((op, _),) = where.items()
    expected = {person.id for person in crowd.people if kept[op](person.assistance)}
    assert expected
    assert persons(crowd, {"assistance": where}, OFFICER) == expected


FAULTS: dict[str, dict[str, Any]] = {
    "unknown link of a path": {"count": [{"of": "household.16012345678", "gte": 1}]},
    "a number that is none": {"phone": {"eq": "16012345678x"}},
    "no comparison": {"name": {}},
    "no code": {"sex": {"eq": "16012345678"}},
    "empty list": {"name": {"in": []}},
    "age of a ghost": {"age": {"gte": 1601}},
    "unseen characters": {"name": {"eq": "张\u202e16012345678"}},
    "deep path": {"count": [{"of": ".".join(["household", "members"] * 3), "gte": 1}]},
    "a value for a name": {"count": [{"of": "household.members", "gte": 1, "where": {"16012345678": {"eq": "x"}}}]},
    "a value for an operator": {"count": [{"of": "livesIn", "gte": 1, "where": {"area": {"16012345678": 1}}}]},
    "nothing compared": {"count": [{"of": "household"}]},
    "unknown condition below": {
        "count": [{"of": "household.members", "gte": 1, "where": {"nmae": {"eq": "16012345678"}}}]
    },
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_filter_is_refused_with_its_place_and_never_its_value(crowd: Crowd, fault: str) -> None:
    query = "query($where: PersonFilter) { persons(filter: $where) { totalCount } }"
    answer = ask(crowd.app, OFFICER, query, {"where": FAULTS[fault]})
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "WN-GR-009"
    assert "16012345678" not in str(answer)


def test_null_is_no_condition(crowd: Crowd) -> None:
    query = "query($where: PersonFilter) { persons(filter: $where) { totalCount } }"
    for where in ({"name": None}, {"name": {"eq": None}}, {"livesIn": {"area": None}}):
        (error,) = ask(crowd.app, READER, query, {"where": where})["errors"]
        assert error["extensions"]["code"] == "WN-AP-002"
        assert "isNull" in error["extensions"]["remedy"]


def test_a_filter_is_bounded(crowd: Crowd) -> None:
    deep: dict[str, Any] = {"sex": {"eq": "1"}}
    for _ in range(13):
        deep = {"not": deep}
    wide = {"or": [{"recordCount": {"eq": number}} for number in range(120)]}
    query = "query($where: PersonFilter) { persons(filter: $where) { totalCount } }"
    for where in (deep, wide):
        (error,) = ask(crowd.app, READER, query, {"where": where})["errors"]
        assert error["extensions"]["code"] == "WN-GR-009"
