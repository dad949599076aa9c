"""How often the database is asked: once for each level of links, however many rows and fields it has (`crowd.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.ask import ask
from governance.access import AccessContext, Role
from graph.store import GraphStore
from tests.api.crowd import DAY, Crowd

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
ROOT = 2
"""Reads of a root connection: how many nodes the label has, and the page."""
LEVELS = ("persons(first: $first, asOf: $day)", "livesIn", "residents", "household", "members")


@contextmanager
def counted_reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    statements: list[str] = []
    plain = GraphStore.read

    def read(store: GraphStore, cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        statements.append(cypher)
        return plain(store, cypher, **params)

    with monkeypatch.context() as patch:
        patch.setattr(GraphStore, "read", read)
        yield statements


def nested(depth: int, arguments: str, inside: str = "id") -> str:
    """A query that follows `depth` links below the root."""
    text = inside
    for field in reversed(LEVELS[1 : depth + 1]):
        text = f"id {field}{arguments} {{ nodes {{ {text} }} }}"
    return f"query($first: Int!, $day: Date) {{ {LEVELS[0]} {{ nodes {{ {text} }} }} }}"


def answered(crowd: Crowd, query: str, first: int, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], int]:
    with counted_reads(monkeypatch) as statements:
        answer = ask(crowd.app, READER, query, {"first": first, "day": DAY.isoformat()})
    assert "errors" not in answer, answer
    return answer["data"], len(statements)


def rows(value: Any) -> int:
    """The objects of an answer."""
    if isinstance(value, list):
        return sum(map(rows, value))
    return ("id" in value) + sum(map(rows, value.values())) if isinstance(value, dict) else 0


@pytest.mark.parametrize(
    "arguments",
    ["(first: 3)", '(first: 3, filter: {not: {id: {eq: "none"}}})', '(first: 3, orderBy: {by: "recordCount"})'],
    ids=["plain", "filtered", "ordered"],
)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_reads_depend_on_depth_alone(crowd: Crowd, monkeypatch: pytest.MonkeyPatch, depth: int, arguments: str) -> None:
    query = nested(depth, arguments)
    sizes = []
    for first in (1, 10, 100):
        data, reads = answered(crowd, query, first, monkeypatch)
        assert len(data["persons"]["nodes"]) == first
        assert reads == ROOT + depth
        sizes.append(rows(data))
    assert sizes[2] > 100
    assert sizes == sorted(set(sizes))


def test_totals_of_a_level_are_one_more_read(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    query = """query($first: Int!, $day: Date) { dwellings(first: $first, asOf: $day) { totalCount nodes { id
      residents(first: 2) { totalCount nodes { id } }
      old: residents(first: 2, filter: {age: {gte: 60}}) { totalCount nodes { id } } } } }"""
    counts = {answered(crowd, query, first, monkeypatch)[1] for first in (1, 5, 24)}
    assert counts == {ROOT + 4}  # the links of both, and three counts


def test_several_fields_of_a_level_are_one_read(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    query = """query($first: Int!, $day: Date) { persons(first: $first, asOf: $day) { nodes { id
      tags { nodes { id } } records { nodes { id } }
      events { nodes { id parties { edges { role node { __typename } } } } }
      livesIn { nodes { id building { node { id parent { node { id } } } } tags { nodes { id } } } } } } }"""
    counts = {answered(crowd, query, first, monkeypatch)[1] for first in (5, 100)}
    assert counts == {ROOT + 3}


def test_a_field_of_objects_of_several_kinds_costs_one_read_for_each_kind_of_place(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = """query($first: Int!, $day: Date) {
      buildings: places(kind: BUILDING, first: $first, asOf: $day) { nodes { id parent { node { id } } } }
      compounds: places(kind: COMPOUND, asOf: $day) { nodes { id children(first: 2) { nodes { id } } } } }"""
    assert {answered(crowd, query, first, monkeypatch)[1] for first in (1, 4)} == {4}


RESIDENTS = "residents(first: 3) {{ nodes {{ {} }} }}"


def at_home(crowd: Crowd, text: str, variables: str = "", **values: Any) -> dict[str, Any]:
    """The answer to a question about one dwelling where people live; fragments stand behind a `|`."""
    (first,) = crowd.app.store.read("MATCH (d:Dwelling)<-[:LIVES_IN]-() RETURN d.id AS id ORDER BY id LIMIT 1")
    inside, _, fragments = text.partition("|")
    query = f"query($id: ID!{variables}) {{ dwelling(id: $id) {{ {inside} }} }} {fragments}"
    return ask(crowd.app, READER, query, {"id": first["id"], **values})


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        (RESIDENTS.format("tags { nodes { id } } events { nodes { id } }"), 2),
        (
            RESIDENTS.format("...Bearer") + "owners { nodes { ...Bearer } } | "
            "fragment Bearer on Person { tags { nodes { id } } }",
            2,
        ),
        ("a: " + RESIDENTS.format("id") + " b: " + RESIDENTS.format("tags { nodes { id } }"), 2),
        ("residents(first: 3) { edges { node { tags { nodes { id } } } } nodes { events { nodes { id } } } }", 2),
        ("building { node { parent { node { parent { node { id } } } } } }", 3),
    ],
    ids=["siblings", "fragment", "aliases", "edges and nodes", "places"],
)
def test_whatever_way_a_level_is_written_it_is_one_read(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, text: str, levels: int
) -> None:
    with counted_reads(monkeypatch) as statements:
        answer = at_home(crowd, text)
    assert "errors" not in answer, answer
    assert len(statements) == 2 + levels  # which dwelling, the dwelling


def test_what_a_directive_leaves_out_is_not_read(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    text = RESIDENTS.format("id tags @include(if: $tags) { nodes { id } }")
    for tags, levels in ((True, 2), (False, 1), (True, 2)):
        with counted_reads(monkeypatch) as statements:
            answer = at_home(crowd, text, ", $tags: Boolean!", tags=tags)
        assert len(statements) == 2 + levels
        assert all(("tags" in each) == tags for each in answer["data"]["dwelling"]["residents"]["nodes"])


def test_a_fragment_below_two_dates_is_followed_on_both(crowd: Crowd) -> None:
    text = (
        "old: residents(asOf: null) { nodes { ...Home } } now: residents(asOf: $day) { nodes { ...Home } } | "
        "fragment Home on Person { livesIn { nodes { id } } }"
    )
    for day, some in (("1950-01-01", False), (DAY.isoformat(), True)):
        data = at_home(crowd, text, ", $day: Date", day=day)["data"]["dwelling"]
        assert data["old"]["nodes"]
        assert bool(data["now"]["nodes"]) == some
        for each in (*data["old"]["nodes"], *data["now"]["nodes"]):
            assert each["livesIn"]["nodes"]


def test_what_one_field_may_not_ask_leaves_its_siblings_alone(crowd: Crowd) -> None:
    text = 'residents { nodes { id } } building { node { bad: dwellings(orderBy: {by: "nothing"}) { nodes { id } } } }'
    answer = at_home(crowd, text)
    (error,) = answer["errors"]
    assert error["path"] == ["dwelling", "building", "node", "bad"]
    assert error["extensions"]["code"]
    assert answer["data"]["dwelling"]["residents"]["nodes"]
