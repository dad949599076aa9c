"""Errors carry our codes, say what to do, and repeat nothing that could name a person."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from api.ask import ask
from api.limits import Limits
from core.errors import GraphUnreachable
from governance.access import AccessContext, Role
from services import lookup

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)
SECRETS = ("880102199001011230", "16012345678", "张三丰")
MISTAKES = {
    "field": '{person(citizenId: "%s"){nmae}}',
    "argument": '{person(citizenIdd: "%s"){name}}',
    "unquoted": "{person(citizenId: %s){name}}",
    "unterminated": '{person(citizenId: "%s){name}}',
    "date": '{person(id: "x", asOf: "%s"){name}}',
    "object": '{person(citizenId: {v: "%s"}){name}}',
    "list": '{person(citizenId: ["%s"]){name}}',
    "number": '{person(id: "x"){livesIn(first: "%s"){totalCount}}}',
    "cursor": '{persons(after: 1, filter: {phone: "%s"}){totalCount}}',
    "filter": '{persons(filter: {name: {eqq: "%s"}}){totalCount}}',
    "order": '{persons(orderBy: {by: name, direction: "%s"}){totalCount}}',
    "name": "{person(id: 1){x%s}}",
    "alias": "{person(id: 1){x%s: nmae}}",
    "variable": "query($x%s: Foo){person(id: 1){id}}",
    "fragment": "{...F%s}",
    "directive": '{person(id: 1) @find(id: "%s"){id}}',
    "default": 'query($n: Int! = "%s"){person(id: 1){livesIn(first: $n){totalCount}}}',
    "comment": "# %s\n{person",
    "mutation": 'mutation{forget(id: "%s")}',
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("query", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_never_repeats_a_value(
    client: Any, caplog: pytest.LogCaptureFixture, query: str, secret: str
) -> None:
    caplog.set_level(logging.DEBUG)
    response = client.request("POST", "/graphql", json={"query": query % secret})
    assert secret not in response.text.replace(f'"x{secret}"', "")  # a response key is the client's own alias
    assert secret not in caplog.text
    (error, *_) = response.json()["errors"]
    assert error["extensions"]["code"] == "WN-AP-002"
    assert error["extensions"]["title"]
    assert error["extensions"]["remedy"]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_wrong_variable_never_repeats_its_value(client: Any, secret: str) -> None:
    for kind in ("Date", "Int", "Boolean"):
        answer = client.ask(f"query($v: {kind}!){{__typename @skip(if: $v)}}", {"v": secret})
        assert secret not in str(answer)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"WN-AP-002"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ag": {"gte": 1}}, "变量 f 的值不合要求：没有 ag 这一项，是否指 age"),
        ({"and": [{"age": {"gtee": 1}}]}, "and[0].age 没有 gtee 这一项，是否指 gte"),
        ({"age": {"gte": SECRETS[2]}}, "age.gte 应为整数"),
        ({"birthDate": {"lt": SECRETS[0]}}, "birthDate.lt 应为日期，写成 YYYY-MM-DD"),
        ({"name": SECRETS[2]}, "name 应为对象 {…}"),
        ({"livesIn": {SECRETS[1]: {SECRETS[2]: f"x' at .age: {SECRETS[0]}"}}}, "livesIn 没有 … 这一项"),
    ],
)
def test_what_is_wrong_in_a_variable_is_told_by_its_place(client: Any, given: dict[str, Any], told: str) -> None:
    query = "query($f: PersonFilter!){persons(filter: $f){totalCount}}"
    answer = client.ask(query, {"f": given})
    assert told in answer["errors"][0]["message"]
    assert not any(secret in str(answer) for secret in SECRETS)


def test_a_mistyped_field_is_named_and_the_right_one_suggested(client: Any) -> None:
    (error,) = client.ask('{person(id: "x"){nmae}}')["errors"]
    assert "nmae" in error["message"]
    assert "name" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 18}]


@pytest.mark.parametrize("query", ["{person{id}}", '{person(id: "a", phone: "16012345678"){id}}', "{dwelling{id}}"])
def test_one_condition_is_asked_for(client: Any, query: str) -> None:
    (error,) = client.ask(query)["errors"]
    assert error["extensions"]["code"] == "WN-AP-002"


def test_an_unexpected_failure_tells_a_reference_and_nothing_else(
    client: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("driver text about 16012345678")

    monkeypatch.setattr(lookup, "find", fail)
    (error,) = client.ask('{person(id: "per_x"){id}}')["errors"]
    assert error["extensions"]["code"] == "WN-AP-004"
    assert "driver" not in str(error)
    reference = error["message"].split()[-1]
    assert reference in caplog.text
    assert "RuntimeError" in caplog.text
    assert "16012345678" not in caplog.text


def test_an_installations_trouble_hides_its_addresses(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise GraphUnreachable("bolt://10.1.2.3:7687 没有应答", remedy="ssh 10.1.2.3")

    monkeypatch.setattr(lookup, "find", fail)
    (error,) = client.ask('{person(id: "per_x"){id}}')["errors"]
    assert error["extensions"]["code"] == "WN-GR-001"
    assert "10.1.2.3" not in str(error)


def test_a_slow_query_is_given_up(closed_office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "find", lambda *_, **__: time.sleep(0.5))
    answer = ask(closed_office, READER, '{person(id: "per_x"){id}}', limits=Limits(seconds=0.1))
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["WN-AP-003"]


def test_only_queries_are_served(client: Any) -> None:
    for query in ("subscription{a}", "mutation{a}", "", None):
        (error,) = client.ask(query)["errors"]
        assert error["extensions"]["code"] == "WN-AP-002"
