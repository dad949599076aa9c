"""Answers put together from a plan are those of graphql-core, to the order of their keys (`crowd.py`)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from api.ask import ask
from api.rendering import Renderers
from governance.access import AccessContext, Role
from tests.api.crowd import DAY, Crowd

PLAIN = AccessContext(subject="tester", role=Role.GRID_WORKER)
STATED = AccessContext(subject="tester", role=Role.GRID_WORKER, purpose="走访")
QUERIES = [
    "{ residents { nodes { name id sex sexLabel tags { nodes { label id } } } } address }",
    "{ residents(first: 1) { pageInfo { hasNextPage endCursor } edges { cursor role roleLabel node { id } } } }",
    "{ residents { totalCount nodes { livesIn { nodes { id } totalCount } } } }",
    "{ owners { nodes { __typename ... on Person { name } ... on Organization { uscc name } } } __typename }",
    "{ a: residents { nodes { id } } a: residents { nodes { name } } }",
    "{ building { node { kind name parent { node { __typename name parent { node { kind } } } } } } }",
    "{ residents { nodes { ...P } } } fragment P on Person { household { nodes { members { nodes { id } } } } }",
    "{ residents { nodes { claims { field } tags { edges { because node { label } } } } } }",
    '{ residents { nodes { bad: events(filter: {status: {eq: "none"}}, orderBy: {by: "title"}) { nodes { id } } } } }',
    '{ residents { nodes { id } } no: residents(orderBy: {by: "nothing"}) { nodes { id } } }',
    '{ residents(after: "x") { nodes { id } } }',
    '{ residents { nodes { tags(filter: {level: {eq: "sensitive"}}) { nodes { label } } id } } }',
]


def answer(crowd: Crowd, reader: AccessContext, text: str, day: str | None) -> Any:
    (first,) = crowd.app.store.read("MATCH (d:Dwelling)<-[:LIVES_IN]-() RETURN d.id AS id ORDER BY id LIMIT 1")
    inside, _, fragments = text.partition(" fragment ")
    fragments = f" fragment {fragments}" if fragments else ""
    query = f"query($id: ID!, $day: Date) {{ dwelling(id: $id, asOf: $day) {inside} }}{fragments}"
    return ask(crowd.app, reader, query, {"id": first["id"], "day": day})


@pytest.mark.parametrize("reader", [PLAIN, STATED], ids=["plain", "stated"])
@pytest.mark.parametrize("day", [None, DAY.isoformat(), "1950-01-01"])
@pytest.mark.parametrize("query", QUERIES)
def test_both_ways_say_the_same(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, reader: AccessContext, day: str | None, query: str
) -> None:
    short = answer(crowd, reader, query, day)
    with monkeypatch.context() as patch:
        patch.setattr(Renderers, "of", lambda _self, _kind, _details: None)
        long = answer(crowd, reader, query, day)
    assert orjson.dumps(short) == orjson.dumps(long)


def test_a_page_takes_the_short_way(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the test above would compare the long way with itself."""
    taken: list[bool] = []
    of = Renderers.of

    def watched(self: Renderers, kind: Any, details: Any) -> Any:
        render = of(self, kind, details)
        taken.append(render is not None)
        return render

    monkeypatch.setattr(Renderers, "of", watched)
    told = answer(crowd, PLAIN, QUERIES[0], None)
    assert told["data"]["dwelling"]["residents"]["nodes"]
    assert taken == [True]


def test_rows_are_counted_once_whichever_way(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the short way counted before it gave up is not counted again."""
    from api.schema.reading import Reading

    spent: list[int] = []
    spend = Reading.spend

    def counted(self: Reading, rows: int) -> None:
        spend(self, rows)
        spent.append(self.spent)

    monkeypatch.setattr(Reading, "spend", counted)
    query = '{ residents { nodes { id tags { nodes { id } } no: events(orderBy: {by: "nothing"}) { nodes { id } } } } }'
    answer(crowd, PLAIN, query, None)
    given_up = spent[-1]
    spent.clear()
    monkeypatch.setattr(Renderers, "of", lambda _self, _kind, _details: None)
    answer(crowd, PLAIN, query, None)
    assert given_up == spent[-1]
