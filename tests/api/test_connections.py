"""Paging through connections, over the crowd of `crowd.py`."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from api.ask import ask
from tests.api.crowd import DAY, DOORS, READER, Crowd, Person, asked, code_of

PERSONS = """query($first: Int!, $after: String, $where: PersonFilter, $order: Order, $day: Date) {
  page: persons(first: $first, after: $after, filter: $where, orderBy: $order, asOf: $day) { ...all } }
fragment all on PersonConnection {
  totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  edges { cursor node { id name birthDate recordCount } } nodes { id } }"""
OLD: dict[str, Any] = {"age": {"gte": 60}}


def walked(read: Callable[[str | None], dict[str, Any]]) -> list[dict[str, Any]]:
    """The edges of all pages, while what every page says of itself is checked."""
    edges: list[dict[str, Any]] = []
    after = None
    while True:
        page = read(after)
        info = page["pageInfo"]
        assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
        assert info["hasPreviousPage"] is (after is not None)
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert [info["startCursor"], info["endCursor"]] == ([cursors[0], cursors[-1]] if cursors else [None, None])
        edges += page["edges"]
        if not info["hasNextPage"]:
            assert page["totalCount"] == len(edges)
            return edges
        after = info["endCursor"]


# --- root connections ----------------------------------------------------------------------------------------

Key = Callable[[Person], Any]
ORDERS: dict[str, tuple[str | None, str, Key]] = {
    "by id": (None, "ASC", lambda p: p.id),
    "by name": ("name", "ASC", lambda p: p.name[0] + "**" if p.sealed else p.name),
    "by name, from the end": ("name", "DESC", lambda p: p.name[0] + "**" if p.sealed else p.name),
    "by records": ("recordCount", "ASC", lambda p: p.records),
    "by records, most first": ("recordCount", "DESC", lambda p: p.records),
    "youngest first": ("age", "ASC", lambda p: p.birth and -p.birth.year),
    "oldest first": ("age", "DESC", lambda p: p.birth and -p.birth.year),
}


@pytest.mark.parametrize("first", [1, 7, 100])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("where", [None, OLD], ids=["everybody", "the old"])
def test_pages_show_every_entry_once_and_in_order(
    crowd: Crowd, order: str, where: dict[str, Any] | None, first: int
) -> None:
    by, direction, key = ORDERS[order]
    variables = {"first": first, "where": where, "order": by and {"by": by, "direction": direction}}
    found = walked(lambda after: asked(crowd, PERSONS, after=after, **variables)["page"])
    wanted = [person for person in crowd.people if where is None or (person.age(DAY) or 0) >= 60]
    known = sorted((person for person in wanted if key(person) is not None), key=lambda person: person.id)
    known = sorted(known, key=key, reverse=direction == "DESC")
    unknown = sorted(person.id for person in wanted if key(person) is None)
    assert [edge["node"]["id"] for edge in found] == [person.id for person in known] + unknown


def test_events_go_by_the_time_of_their_report(crowd: Crowd) -> None:
    query = """query($after: String) { events(first: 4, after: $after, orderBy: { by: "reportedAt", direction: DESC }) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { id reportedAt } } nodes { id } } }"""
    found = walked(lambda after: asked(crowd, query, after=after)["events"])
    times = [edge["node"]["reportedAt"] for edge in found]
    assert times == sorted(times, reverse=True)
    assert {edge["node"]["id"] for edge in found} == {event.id for event in crowd.events}


@pytest.mark.parametrize(
    "root", ["households", "dwellings", "organizations", "events", "tags", "places(kind: BUILDING)"]
)
def test_every_kind_can_be_paged(crowd: Crowd, root: str) -> None:
    arguments = "first: 5, after: $after"
    field = root.replace(")", f", {arguments})") if "(" in root else f"{root}({arguments})"
    query = f"""query($after: String) {{ page: {field} {{
      totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
      edges {{ cursor node {{ id }} }} nodes {{ id }} }} }}"""
    found = [edge["node"]["id"] for edge in walked(lambda after: asked(crowd, query, after=after)["page"])]
    assert found == sorted(set(found))
    sizes = {"households": 24, "dwellings": 24, "organizations": 0, "events": len(crowd.events), "tags": 1}
    assert len(found) == sizes.get(root, 4)


# --- nested connections --------------------------------------------------------------------------------------

NESTED = """query($id: ID!, $first: Int!, $after: String, $where: DwellingFilter, $order: Order, $day: Date) {
  place(id: $id, asOf: $day) { page: dwellings(first: $first, after: $after, filter: $where, orderBy: $order) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id area } } nodes { id } } } }"""


@pytest.mark.parametrize("first", [1, 5, 100])
@pytest.mark.parametrize("where", [None, {"area": {"isNull": False}}], ids=["all", "measured"])
@pytest.mark.parametrize("order", [None, {"by": "area", "direction": "DESC"}], ids=["own order", "by area"])
def test_nested_pages_show_every_entry_once(
    crowd: Crowd, first: int, where: dict[str, Any] | None, order: dict[str, str] | None
) -> None:
    variables = {"first": first, "where": where, "order": order}
    for place, doors in (("cmp_1", crowd.doors), ("bld_2", crowd.doors[2 * DOORS : 3 * DOORS])):
        found = walked(lambda after, at=place: asked(crowd, NESTED, id=at, after=after, **variables)["place"]["page"])
        wanted = [door for door in doors if where is None or door.area is not None]
        by_area = sorted(wanted, key=lambda door: (door.area is None, -(door.area or 0), door.id))
        expected = by_area if order else sorted(wanted, key=lambda door: door.id)
        assert [edge["node"]["id"] for edge in found] == [door.id for door in expected]


def test_each_row_of_a_level_has_its_own_page(crowd: Crowd) -> None:
    query = """query($after: String, $day: Date) { dwellings(first: 100, asOf: $day) { nodes { id
      residents(first: 2, after: $after, orderBy: { by: "name" }) {
        totalCount pageInfo { hasNextPage endCursor } nodes { id } } } } }"""
    seen: dict[str, list[str]] = {door.id: [] for door in crowd.doors}
    more: dict[str, bool] = {}
    after = None
    for _ in range(10):
        for node in asked(crowd, query, after=after)["dwellings"]["nodes"]:
            page = node["residents"]
            seen[node["id"]] += [person["id"] for person in page["nodes"]]
            more[node["id"]] = page["pageInfo"]["hasNextPage"]
            assert page["totalCount"] >= len(seen[node["id"]])
            after = page["pageInfo"]["endCursor"] if len(page["nodes"]) == 2 else after
        if not any(more.values()):
            break
    assert not any(more.values())
    for number, door in enumerate(crowd.doors):
        assert sorted(seen[door.id]) == sorted(person.id for person in crowd.residents(number))


def test_whoever_has_two_roles_is_two_entries(crowd: Crowd) -> None:
    query = """{ events(first: 100) { nodes { id parties { totalCount edges { role node { ... on Person { id } } } }
      people: parties(filter: { person: {} }) { totalCount nodes { ... on Person { id } } } } } }"""
    shown = {node["id"]: node for node in asked(crowd, query)["events"]["nodes"]}
    for event in crowd.events:
        page = shown[event.id]["parties"]
        assert sorted((edge["node"]["id"], edge["role"]) for edge in page["edges"]) == sorted(event.parties)
        assert page["totalCount"] == len(event.parties)
        assert shown[event.id]["people"]["totalCount"] == len(shown[event.id]["people"]["nodes"]) == len(event.parties)


def test_a_nested_page_that_is_counted_alone_reads_no_entries(crowd: Crowd) -> None:
    bearers = asked(crowd, "{ tags { nodes { name bearers(first: 1) { totalCount nodes { __typename } } } } }")
    (tag,) = bearers["tags"]["nodes"]
    assert tag["bearers"]["totalCount"] == sum((person.age(DAY) or 0) >= 80 for person in crowd.people)
    assert tag["bearers"]["nodes"] == [{"__typename": "Person"}]


# --- arguments that cannot be --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "code"), [(0, "WN-AP-002"), (-1, "WN-AP-002"), (101, "WN-AP-001"), (2**31 - 1, "WN-AP-001")]
)
def test_a_page_has_one_to_a_hundred_entries(crowd: Crowd, first: int, code: str) -> None:
    nested = 'query($first: Int!) { place(id: "cmp_1") { dwellings(first: $first) { totalCount } } }'
    filtered = "query($first: Int!) { dwellings { nodes { residents(first: $first, filter: {}) { totalCount } } } }"
    for query in (PERSONS, nested, filtered):
        assert code_of(crowd, query, first=first) == code


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(parts))).decode()


MADE_UP = {
    "words": "the next page, please",
    "no text": cursor("per_000001"),
    "no list": base64.urlsafe_b64encode(b"{}").decode(),
    "a tree": cursor({"id": "per_1"}, None, ""),
    "a list": cursor("per_1", ["x"], ""),
    "unknown type": cursor("per_1", "x", "eval"),
    "no date": cursor("per_1", "16012345678", "date"),
    "not ASCII": "游标",
    "a number": "7",
    "a minus": "-1",
    "far": str(2**70),
    "other digits": "٣",
}


@pytest.mark.parametrize("made_up", [name for name in MADE_UP if name != "a number"])
def test_a_cursor_that_is_none_of_ours_is_refused(crowd: Crowd, made_up: str) -> None:
    assert code_of(crowd, PERSONS, first=5, after=MADE_UP[made_up]) == "WN-AP-002"
    assert code_of(crowd, NESTED, id="cmp_1", first=5, after=MADE_UP[made_up]) == "WN-AP-002"


def test_a_cursor_leads_on_in_its_own_order_alone(crowd: Crowd) -> None:
    orders = [None, *({"by": by, "direction": way} for by in ("name", "recordCount", "age") for way in ("ASC", "DESC"))]
    for own in orders:
        end = asked(crowd, PERSONS, first=5, order=own)["page"]["pageInfo"]["endCursor"]
        for other in orders:
            if other != own:
                assert code_of(crowd, PERSONS, first=5, after=end, order=other) == "WN-AP-002"
    root = asked(crowd, PERSONS, first=5)["page"]["pageInfo"]["endCursor"]
    assert code_of(crowd, NESTED, id="cmp_1", first=5, after=root) == "WN-AP-002"


@pytest.mark.parametrize("by", ["citizenId", "assistance", "id", "sources", "n.name", "name DESC", ""])
def test_an_order_by_what_is_sealed_or_unknown_is_refused(crowd: Crowd, by: str) -> None:
    assert code_of(crowd, PERSONS, first=5, order={"by": by}) == "WN-AP-002"


def test_below_a_building_are_dwellings_and_no_places(crowd: Crowd) -> None:
    query = "{ places(kind: BUILDING) { nodes { children { nodes { id } } dwellings { totalCount } } } }"
    answer = ask(crowd.app, READER, query)
    assert "errors" not in answer
    below = answer["data"]["places"]["nodes"]
    assert [each["children"]["nodes"] for each in below] == [[]] * 4
    assert {each["dwellings"]["totalCount"] for each in below} == {6}
