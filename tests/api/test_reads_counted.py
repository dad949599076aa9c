"""How often the database is asked: once for each linked field of a level, however many rows it has (`crowd.py`)."""

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
    assert counts == {ROOT + 5}


def test_several_fields_of_a_level_are_one_read_each(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    query = """query($first: Int!, $day: Date) { persons(first: $first, asOf: $day) { nodes { id
      tags { nodes { id } } records { nodes { id } }
      events { nodes { id parties { edges { role node { __typename } } } } }
      livesIn { nodes { id building { node { id parent { node { id } } } } tags { nodes { id } } } } } } }"""
    counts = {answered(crowd, query, first, monkeypatch)[1] for first in (5, 100)}
    assert counts == {ROOT + 8}


def test_a_field_of_objects_of_several_kinds_costs_one_read_for_each_kind_of_place(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = """query($first: Int!, $day: Date) {
      buildings: places(kind: BUILDING, first: $first, asOf: $day) { nodes { id parent { node { id } } } }
      compounds: places(kind: COMPOUND, asOf: $day) { nodes { id children(first: 2) { nodes { id } } } } }"""
    assert {answered(crowd, query, first, monkeypatch)[1] for first in (1, 4)} == {4}
