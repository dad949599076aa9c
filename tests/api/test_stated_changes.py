"""What people state is looked at before it is written: implausible values, complainants by id, values that go back.

Fixture strategy: a village of its own, taken the whole way once, with one keeper; each test changes people of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from api.asgi import create_app
from core.clock import local_today
from governance.access import AccessContext, Role
from services.app import App
from services.keeping import Keeper
from tests.api.conftest import Client
from tests.api.village import DOORS, door, person, phone, settle

GRID_WORKER = AccessContext(subject="zhao", role=Role.GRID_WORKER, purpose="走访核实")
ELSEWHERE = AccessContext(subject="wu", role=Role.GRID_WORKER, grids=("880102999999999",), purpose="走访核实")
REPORT = """
mutation ($input: ReportEventInput!) { reportEvent(input: $input) {
  id linked repeated event { parties { nodes { ... on Person { id } } edges { role sources } } }
} }"""
CORRECT = """
mutation ($input: CorrectFactInput!) { correctFact(input: $input) {
  repeated changed { field before after } claims { feed value status }
} }"""

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with settle(tmp_path_factory.mktemp("hamlet") / "home") as app:
        yield app


@pytest.fixture(scope="module")
def ask(hamlet: App) -> Iterator[Ask]:
    keeper = Keeper(hamlet)

    def send(query: str, _reader: AccessContext = GRID_WORKER, **given: Any) -> dict[str, Any]:
        client = Client(create_app(hamlet, lambda _request: _reader, keeper=keeper))
        return client.ask(query, {"input": {"wait": 30, **given}})

    yield send
    keeper.stop()


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def stated(app: App) -> dict[str, int]:
    told = ("events", "records_person", "records_dwelling", "relations", "judgements", "requests")
    return {table: app.lake.last_seq(table) for table in told}


# --- values that cannot be -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("birthDate", "1850-01-01", "岁"),
        ("birthDate", (local_today() + timedelta(days=2)).isoformat(), "将来"),
        ("name", "", "空"),
        ("name", "张*", "打了码"),
        ("employer", "  ", "空"),
        ("phone", "1234", "位"),
        ("phone", "13800138000", "占位"),
        ("phone", "160****5678", "打了码"),
        ("citizenId", "880102199001011230", "校验"),
    ],
)
def test_what_a_person_cannot_be_is_refused_and_the_field_named(
    ask: Ask, hamlet: App, field: str, value: str, said: str
) -> None:
    before = stated(hamlet)
    answer = ask(CORRECT, id=person(hamlet, "张伟"), field=field, value=value, why="核实")
    assert codes(answer) == ["WN-CH-001"]
    assert said in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["remedy"]
    assert stated(hamlet) == before


def test_a_home_is_not_smaller_than_nothing(ask: Ask, hamlet: App) -> None:
    refused = ask(CORRECT, id=door(hamlet), field="area", value="-5", why="核实")
    assert codes(refused) == ["WN-CH-001"]
    assert "area（建筑面积）" in refused["errors"][0]["message"]
    made = ask(CORRECT, id=door(hamlet), field="area", value="88.5", why="核实")
    assert made["data"]["correctFact"]["changed"]["after"] == "88.5"


# --- whose complaint it is -----------------------------------------------------------------------------------


def complaint(**more: Any) -> dict[str, Any]:
    return {"kind": "COMPLAINT", "text": "楼上漏水三天了，物业不管", "place": DOORS[4]} | more


def test_a_complainant_is_named_by_id_and_linked_at_once(ask: Ask, hamlet: App) -> None:
    owner = person(hamlet, "赵文斌")
    records = hamlet.lake.last_seq("records_person")
    made = ask(REPORT, **complaint(complainantId=owner, requestId="c-1"))["data"]["reportEvent"]
    assert made["linked"]
    assert made["event"]["parties"] == {
        "nodes": [{"id": owner}],
        "edges": [{"role": "complainant", "sources": ["app_intake"]}],
    }
    assert hamlet.lake.last_seq("records_person") == records  # no name to resolve
    again = ask(REPORT, **complaint(complainantId=owner, requestId="c-1"))["data"]["reportEvent"]
    assert again == made | {"repeated": True}
    stated_once = hamlet.lake.scan("relations").filter(pl.col("to_id") == made["id"]).collect()
    assert stated_once.height == 1


@pytest.mark.parametrize(
    ("reader", "given", "code"),
    [
        (GRID_WORKER, {"complainantId": "per_nobody"}, "WN-GR-003"),
        (ELSEWHERE, {}, "WN-GR-003"),
        (GRID_WORKER, {"complainantName": "赵文斌"}, "WN-CH-001"),
        (GRID_WORKER, {"complainantId": "dwelling"}, "WN-CH-001"),
    ],
)
def test_a_complainant_who_cannot_be_is_refused_and_nothing_written(
    ask: Ask, hamlet: App, reader: AccessContext, given: dict[str, Any], code: str
) -> None:
    before = stated(hamlet)
    asked = {"complainantId": person(hamlet, "赵文斌")} | given
    if asked["complainantId"] == "dwelling":
        asked["complainantId"] = door(hamlet)
    assert codes(ask(REPORT, reader, **complaint(**asked))) == [code]
    assert stated(hamlet) == before


# --- there and back ------------------------------------------------------------------------------------------


def test_a_value_that_goes_back_to_what_it_was_is_told_as_a_change(ask: Ask, hamlet: App) -> None:
    told = {"id": person(hamlet, "刘志强"), "field": "phone", "why": "上门核实"}
    away = ask(CORRECT, **told, value="16011112222", requestId="b-1")["data"]["correctFact"]
    assert away["changed"] == {"field": "phone", "before": phone(4), "after": "16011112222"}
    back = ask(CORRECT, **told, value=phone(4), requestId="b-2")["data"]["correctFact"]
    assert back["changed"] == {"field": "phone", "before": "16011112222", "after": phone(4)}
    same = ask(CORRECT, **told, value=phone(4))["data"]["correctFact"]
    assert same["changed"] is None


def test_a_change_sent_again_later_is_told_as_it_was_then(ask: Ask, hamlet: App) -> None:
    told = {"id": person(hamlet, "杨思远"), "field": "phone", "why": "上门核实"}
    away = ask(CORRECT, **told, value="16011112222", requestId="t-1")["data"]["correctFact"]
    ask(CORRECT, **told, value=phone(6), requestId="t-2")
    again = ask(CORRECT, **told, value="16011112222", requestId="t-1")["data"]["correctFact"]
    assert again["repeated"]
    assert again["changed"] == away["changed"] == {"field": "phone", "before": phone(6), "after": "16011112222"}
    assert {claim["value"] for claim in again["claims"] if claim["status"] == "chosen"} == {phone(6)}
