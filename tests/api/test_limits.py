"""A query made to hurt is refused with a code before it costs anything.

Refusals go over HTTP with no database behind; shapes are measured on the schema itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from api.limits import LIMITS, Limits, measure
from api.schema.build import schema
from core.errors import QueryTooComplex

SCHEMA = schema()._schema
HOSTILE = {
    "aliases": "{" + " ".join(f"a{i}:__typename" for i in range(5000)) + "}",
    "a few too many aliases": "{" + " ".join(f"a{i}:__typename" for i in range(30)) + "}",
    "depth": "{__schema" + "{types{fields{type" * 40 + "{name}" + "}}}" * 40 + "}",
    "tokens": "{" + "x " * 50_000 + "}",
    "tokens in few characters": "{" + "x " * 3_000 + "}",
    "braces": "{" + "a{" * 900 + "b" + "}" * 900 + "}",
    "brackets": "{person(id:" + "[" * 5_000 + "]" * 5_000 + "){id}}",
    "introspection that multiplies": "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}",
    "rows that multiply": "{persons(first: 100){nodes{"
    + "events{nodes{parties{nodes{...on Person{" * 2
    + "id"
    + "}}}}}" * 2
    + "}}}",
    "long text": "{" + " " * 100_000 + "}",
    "long argument": '{person(id:"' + "x" * 5_000 + '"){id}}',
    "fragments that double": "{...F0}"
    + "".join(f"fragment F{i} on Query{{...F{i + 1} ...F{i + 1}}}" for i in range(30))
    + "fragment F30 on Query{__typename}",
    "page": "{persons(first:101){nodes{id}}}",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_queries_are_refused(client: Any, query: str) -> None:
    answer = client.ask(query)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["WN-AP-001"]


def test_fragments_that_spread_themselves_end(client: Any) -> None:
    answer = client.ask("{...A} fragment A on Query{...B} fragment B on Query{...A}")
    assert answer["errors"][0]["extensions"]["code"] == "WN-AP-002"


def test_variables_are_bounded(client: Any) -> None:
    query = "query($id: ID){person(id: $id){id}}"
    codes = [
        client.ask(query, {"id": value})["errors"][0]["extensions"]["code"] for value in ("x" * 5_000, ["x"], {"x": 1})
    ]
    assert codes == ["WN-AP-001", "WN-AP-002", "WN-AP-002"]


def test_the_explorers_introspection_passes(client: Any) -> None:
    answer = client.ask(get_introspection_query())
    assert "errors" not in answer


def test_an_analysts_page_passes() -> None:
    shape = measure(
        SCHEMA,
        parse(
            """{ household(id: "hou_1") {
              members { nodes { name tags { nodes { label } } records { nodes { department } } } }
              dwelling { nodes { address building { node { parent { node { name } } } } } }
              openEvents { node { title parties { nodes { ... on Person { name } } } handledBy { nodes { name } } } }
            } }"""
        ),
    )
    assert shape.cost < LIMITS.cost / 10


@given(depth=st.integers(1, 40))
def test_depth_is_counted_exactly(depth: int) -> None:
    query = parse('{place(id:"x")' + "{parent{node" * depth + "{id}" + "}}" * depth + "}")
    bound = 2 + 2 * depth
    assert measure(SCHEMA, query, Limits(depth=bound)).depth == bound
    with pytest.raises(QueryTooComplex):
        measure(SCHEMA, query, Limits(depth=bound - 1))


@given(limit=st.integers(1, 100))
def test_cost_follows_the_page(limit: int) -> None:
    query = parse(f"{{persons(first:{limit}){{nodes{{kin{{nodes{{id}}}}}}}}}}")
    assert measure(SCHEMA, query).cost >= limit
