"""Whatever text or filter a client sends gets an answer or one of our errors, and changes nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from graphql import get_named_type
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.ask import ask
from api.schema.build import schema
from core.errors import concrete_errors
from tests.api.crowd import READER, Crowd, asked

CODES = {error.code for error in concrete_errors()}
INTERNAL = {"WN-AP-004", "WN-GR-001", "WN-GR-007", "WN-GR-008"}
"""A failure inside, or the database's: no query may bring them about."""

TEXTS = (
    "query($v: String!) { readComplaint(text: $v) { reason parties { surface } } }",
    "query($v: String!) { complaintStatus(receipt: $v) { found } }",
    "query($v: ID!) { complaintMentions(id: $v) { outcome } }",
    "query($v: ID!) { matter(id: $v) { callCount } }",
    "query($v: ID!) { hotTopics(place: $v) { title } }",
    "query($v: String!) { search(text: $v) { reason node { __typename } } }",
    "query($v: ID!) { path(from: $v, to: $v) { __typename } }",
    'query($v: ID!) { path(from: "cmp_1", to: $v) { __typename } }',
    "query($v: ID!) { neighbourhood(id: $v) { __typename } }",
    "query($v: String!) { persons(first: 3) { nodes { claims(fields: [$v]) { field value } } } }",
    """query($v: String!) { pattern(nodes: [{name: $v, kind: "person"}, {name: "b", kind: "dwelling"}],
      edges: [{from: $v, link: "livesIn", to: "b"}], first: 2) { cost } }""",
    """query($v: String!) { pattern(nodes: [{name: "a", kind: $v}, {name: "b", kind: "dwelling"}],
      edges: [{from: "a", link: "livesIn", to: "b"}], first: 2) { cost } }""",
    """query($v: String!) { pattern(nodes: [{name: "a", kind: "person"}, {name: "b", kind: "dwelling"}],
      edges: [{from: "a", link: $v, to: "b"}], first: 2) { cost } }""",
    """query($v: JSON) { pattern(nodes: [{name: "a", kind: "person", filter: $v}, {name: "b", kind: "dwelling"}],
      edges: [{from: "a", link: "livesIn", to: "b"}], first: 2) { cost } }""",
    "query($v: String) { eventGroups(by: [KIND], filter: { category: { contains: $v } }) { complete } }",
    "query($v: ID!) { node(id: $v) { id } }",
    "query($v: ID!) { nodes(ids: [$v]) { id } }",
    "query($v: ID) { person(id: $v) { id } }",
    "query($v: String) { person(citizenId: $v) { id } }",
    "query($v: String) { person(phone: $v) { id } }",
    "query($v: ID!) { place(id: $v) { id } }",
    "query($v: String) { dwelling(address: $v) { id } }",
    "query($v: String) { organization(uscc: $v) { id } }",
    "query($v: String) { organization(name: $v) { id } }",
    "query($v: String) { household(householdNo: $v) { id } }",
    "query($v: String) { event(recordKey: $v) { id } }",
    "query($v: String) { persons(after: $v) { totalCount } }",
    'query($v: String) { place(id: "cmp_1") { dwellings(after: $v) { totalCount } } }',
    "query($v: String!) { persons(orderBy: { by: $v }) { nodes { id } } }",
    "query($v: String) { persons(filter: { name: { eq: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { name: { startsWith: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { address: { contains: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { initials: { in: [$v] } }) { totalCount } }",
    "query($v: String) { persons(filter: { sex: { eq: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { citizenId: { eq: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { phone: { in: [$v] } }) { totalCount } }",
    "query($v: String) { persons(filter: { assistance: { eq: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { has: { tag: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { has: { record: $v } }) { totalCount } }",
    "query($v: String) { persons(filter: { count: [{ of: $v, gte: 1 }] }) { totalCount } }",
    'query($v: String) { persons(filter: { shares: [{ through: $v, to: "parties" }] }) { totalCount } }',
    "query($v: String) { persons(filter: { livesIn: { edge: { role: { eq: $v } } } }) { totalCount } }",
    "query($v: String) { persons(filter: { livesIn: { edge: { sources: { has: $v } } } }) { totalCount } }",
    "query($v: String) { dwellings(filter: { address: { eq: $v } }) { totalCount } }",
    "query($v: String) { organizations(filter: { name: { ne: $v } }) { totalCount } }",
    "query($v: String) { places(kind: GRID, filter: { code: { in: [$v] } }) { totalCount } }",
    'query($v: String) { place(id: "cmp_1") { dwellings(filter: { room: { eq: $v } }) { totalCount } } }',
    "query($v: ID!) { eventHistory(id: $v) { at } }",
    "query($v: ID!) { tagHistory(id: $v) { withheld } }",
    "query($v: String) { tagRulePreview(name: $v) { bearers } }",
    'query($v: JSON) { persons(filter: { count: [{ of: "livesIn", gte: 1, where: $v }] }) { totalCount } }',
    'query($v: JSON) { persons(filter: { shares: [{ through: "events", to: "parties", where: $v }] }) { totalCount } }',
)
INJECTIONS = (
    "' OR 1=1 //",
    '"}) DETACH DELETE n //',
    "per_1'}) RETURN n UNION MATCH (n) RETURN n //",
    "`) MATCH (n) SET n.name = 'x' //",
    "$p0",
    "{{id}}",
    "\\u0027",
    "household.members`]->() DELETE n //",
    "张\u202e伟",
    "\u200b",
    "\x00",
    "￿",
    "𠮷" * 60,
    "é",
    "%00",
    "* {0,100000}",
    "(a+)+$",
    "9" * 900,
    "-1",
    "NaN",
    "1e309",
    " ",
    "",
)


_ID = re.compile(r"\b[a-z]{3}_[0-9a-z]+")  # an id of ours may hold any short text by chance


def told_well(answer: dict[str, Any], text: str) -> None:
    """An answer, or errors of our own tree that neither come from inside nor repeat what was sent."""
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] in CODES - INTERNAL, error
        assert len(text) < 4 or text not in _ID.sub("", error["message"])
        assert "Exception" not in str(error)
        assert "Neo" not in str(error)


@pytest.mark.parametrize("query", TEXTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=220), st.sampled_from(INJECTIONS)))
@example(text="per_1'}) DETACH DELETE n //")
@example(text="\x00")
def test_any_text_gets_an_answer_or_one_of_our_errors(crowd: Crowd, query: str, text: str) -> None:
    told_well(ask(crowd.app, READER, query, {"v": text}), text)


def test_every_text_argument_is_among_them() -> None:
    root = schema()._schema.query_type
    assert root is not None
    for name, field in root.fields.items():
        for argument, declared in field.args.items():
            if get_named_type(declared.type).name in {"String", "ID", "JSON"} and argument != "after":
                called = re.compile(rf"\b{name}\([^{{]*\b{argument}: ?\[?\$v")
                asked_for_one = argument == "id" and name in {"dwelling", "event", "household", "organization"}
                assert asked_for_one or any(map(called.search, TEXTS)), f"{name}({argument}:)"


def test_no_text_has_changed_the_graph(crowd: Crowd) -> None:
    """The property above ran on this database; it must still hold what was written into it."""
    held = asked(crowd, "{ persons { totalCount } events { totalCount } dwellings { totalCount } }")
    assert {name: page["totalCount"] for name, page in held.items()} == {
        "persons": len(crowd.people), "events": len(crowd.events), "dwellings": len(crowd.doors),
    }  # fmt: skip


NAMES = ("and", "or", "not", "name", "age", "sex", "phone", "livesIn", "household", "members", "edge", "has", "count")
NAMES += ("ratio", "shares", "self", "eq", "in", "gte", "isNull", "of", "where", "tag", "asOf")
FILTERS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(INJECTIONS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(NAMES),
                st.text(max_size=12),
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=FILTERS)
@example(where={"name": {"eq": float("nan")}})
@example(where={"recordCount": {"gte": float("inf")}})
@example(where={"recordCount": {"gte": 10**30}})
def test_any_filter_gets_an_answer_or_one_of_our_errors(crowd: Crowd, where: Any) -> None:
    inner = """query($v: JSON) {
      persons(filter: { count: [{ of: "household.members", gte: 1, where: $v }] }) { totalCount } }"""
    whole = "query($v: PersonFilter) { persons(filter: $v) { totalCount nodes { id } } }"
    for query in (inner, whole):
        told_well(ask(crowd.app, READER, query, {"v": where}), "\0 nothing to repeat")


def test_half_a_character_is_no_text(client: Any) -> None:
    """JSON can spell a lone surrogate; no database could store it."""
    body = b'{"query": "query($v: String) { household(householdNo: $v) { id } }", "variables": {"v": "\\ud800"}}'
    answer = client.request("POST", "/graphql", content=body, headers={"Content-Type": "application/json"}).json()
    assert answer["errors"][0]["extensions"]["code"] == "WN-AP-002"
