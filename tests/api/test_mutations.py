"""Mutations through the whole ASGI application, on a small home that is taken the whole way once (`village`).

The tests share that home and its one keeper; each changes people of its own, so that they do not depend on each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from filelock import FileLock

from api.asgi import create_app
from api.ask import ask as ask_in_process
from governance.access import AccessContext, Role
from services.app import App
from services.keeping import Keeper
from services.requests import Answer
from services.resolving import resolve_all
from tests.api.conftest import Client
from tests.api.village import DOORS, OFFICER, door, person, phone

GRID_WORKER = AccessContext(subject="zhao", role=Role.GRID_WORKER, purpose="走访核实")
CURIOUS = AccessContext(subject="qian", role=Role.GRID_WORKER)
ANALYST = AccessContext(subject="sun", role=Role.ANALYST, purpose="分析")
ELSEWHERE = AccessContext(subject="wu", role=Role.GRID_WORKER, grids=("880102999999999",), purpose="走访核实")
APPLICATION = AccessContext(subject="linli", role=Role.APPLICATION)

REPORT = """
mutation ($input: ReportEventInput!) { reportEvent(input: $input) {
  id linked repeated requestId
  event { id status title address text parties { nodes { ... on Person { name phone } } edges { role } }
          locations { nodes { ... on Dwelling { id } } } handledBy { nodes { name } } }
  reading { category categoryName place urgency parties { kind role surface } }
} }"""
STATUS = """
mutation ($input: ChangeEventStatusInput!) { changeEventStatus(input: $input) {
  event { status department outcome closedAt handledBy { edges { action } } }
  steps { step status department from to note who }
} }"""
TAG = """
mutation ($input: TagInput!) { tag(input: $input) { tag node { ... on Person { tags { nodes { label } } } } } }"""
END = (
    "mutation ($input: EndTagInput!) { endTag(input: $input) { node { ... on Person { tags { nodes { label } } } } } }"
)
FACT = """{ linked repeated changed { field before after }
  node { ... on Person { phone livesIn { nodes { id } edges { sources } } } }
  claims { feed value status by } }"""
CORRECT = f"mutation ($input: CorrectFactInput!) {{ correctFact(input: $input) {FACT} }}"
CONFIRM = f"mutation ($input: ConfirmFactInput!) {{ confirmFact(input: $input) {FACT} }}"
JUDGE = "mutation ($input: JudgeInput!) { judge(input: $input) { judgementIds a { id } b { id } } }"
SAVE = "mutation ($input: SaveTagRuleInput!) { saveTagRule(input: $input) { linked rule { version enabled by } } }"
DISABLE = "mutation ($input: DisableTagRuleInput!) { disableTagRule(input: $input) { rule { enabled } } }"

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(village: App, keeper: Keeper) -> Ask:
    """Asks as a reader: the JSON of the answer."""

    def send(query: str, _reader: AccessContext = GRID_WORKER, **given: Any) -> dict[str, Any]:
        client = Client(create_app(village, lambda _request: _reader, keeper=keeper))
        return client.ask(query, {"input": {"wait": 30, **given}} if "$input" in query else given)

    return send


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def complaint(**more: Any) -> dict[str, Any]:
    return {"kind": "COMPLAINT", "text": "楼上漏水三天了，物业不管，请尽快处理", "place": DOORS[4]} | more


def stated(app: App) -> dict[str, int]:
    """How far the tables go that people write; what follows a change in the background is left out."""
    told = ("events", "records_person", "relations", "judgements", "hand_tags", "rules", "requests")
    return {table: app.lake.last_seq(table) for table in told}


def reported(ask: Ask, **more: Any) -> str:
    answer = ask(REPORT, **complaint(**more))
    return str(answer["data"]["reportEvent"]["id"])


# --- events --------------------------------------------------------------------------------------------------


def test_a_reported_event_is_in_the_graph_with_its_place_and_complainant(ask: Ask, village: App) -> None:
    told = ask(
        REPORT, **complaint(title="漏水", complainantName="赵文斌", complainantPhone=phone(8), department="城管")
    )
    made = told["data"]["reportEvent"]
    assert made["linked"]
    assert not made["repeated"]
    event = made["event"]
    assert (event["status"], event["title"]) == ("open", "漏水")
    assert event["parties"] == {"nodes": [{"name": "赵文斌", "phone": phone(8)}], "edges": [{"role": "complainant"}]}
    assert event["locations"]["nodes"] == [{"id": door(village, 4)}]
    assert event["handledBy"]["nodes"] == [{"name": "城管"}]
    assert made["reading"]["categoryName"] == "渗漏水"


def test_what_is_reported_rests_sealed(ask: Ask, village: App) -> None:
    secret = "报案人电话16000007777，家住三楼"
    event_id = reported(ask, text=secret, complainantName="钱多多", complainantPhone="16000007777")
    event = village.lake.current("events", where=pl.col("event_id") == event_id).row(0, named=True)
    assert "16000007777" not in event["text"]
    assert event["text_sealed"]
    caller = village.lake.current("records_person").filter(pl.col("feed") == "app_intake", pl.col("name") == "钱多多")
    assert caller["phone"].to_list() == ["160****7777"]
    lines = "".join(path.read_text(encoding="utf-8") for path in village.settings.audit_dir.iterdir())
    assert event_id in lines
    assert "event.report" in lines
    assert "钱多多" not in lines
    assert "16000007777" not in lines


def test_a_request_sent_again_changes_nothing(ask: Ask, village: App) -> None:
    first = ask(REPORT, **complaint(requestId="r-1"))["data"]["reportEvent"]
    before = stated(village)
    second = ask(REPORT, **complaint(requestId="r-1"))["data"]["reportEvent"]
    assert second == first | {"repeated": True}
    assert stated(village) == before
    answer = ask(REPORT, **complaint(requestId="r-1", text="另一件事"))
    assert codes(answer) == ["WN-CH-003"]
    assert answer["data"] == {"reportEvent": None}
    assert ask(REPORT, OFFICER, **complaint(requestId="r-1"))["data"]["reportEvent"]["id"] != first["id"]


def test_every_bad_field_is_named_and_nothing_is_written(ask: Ask, village: App) -> None:
    before = stated(village)
    answer = ask(REPORT, **complaint(text=" ", complainantPhone="12"))
    assert codes(answer) == ["WN-CH-001"]
    message = answer["errors"][0]["message"]
    assert "complainantPhone" in message
    assert "text" in message
    assert codes(ask(REPORT, ANALYST, **complaint())) == ["WN-AC-001"]
    assert stated(village) == before


def test_an_event_goes_from_state_to_state(ask: Ask) -> None:
    event_id = reported(ask, department="城管")
    ask(STATUS, id=event_id, status="PROCESSING", department="住建", note="转办，联系电话16000001234")
    refused = ask(STATUS, id=event_id, status="OPEN")
    assert codes(refused) == ["WN-CH-002"]
    assert refused["errors"][0]["extensions"]["remedy"] == "可以改为：已办结、处理中、已退回。"
    closed = ask(STATUS, id=event_id, status="CLOSED", note="已修好")["data"]["changeEventStatus"]
    event = closed["event"]
    assert (event["status"], event["department"], event["outcome"]) == ("closed", "住建", "已修好")
    assert event["closedAt"]
    assert [edge["action"] for edge in event["handledBy"]["edges"]] == ["已办结"]
    assert closed["steps"] == [
        {"step": 1, "status": "processing", "department": "住建", "from": "城管", "to": "住建",
         "note": "转办，联系电话160****1234", "who": "zhao"},
        {"step": 2, "status": "closed", "department": "住建", "from": None, "to": None,
         "note": "已修好", "who": "zhao"},
    ]  # fmt: skip


# --- facts ---------------------------------------------------------------------------------------------------


def test_a_corrected_value_is_the_one_that_counts(ask: Ask, village: App) -> None:
    told = {"id": person(village, "王建国"), "field": "phone", "why": "上门核实"}
    made = ask(CORRECT, **told, value="160 1111 2222", requestId="f-1")["data"]["correctFact"]
    assert made["linked"]
    assert made["node"]["phone"] == "16011112222"
    assert made["changed"] == {"field": "phone", "before": phone(2), "after": "16011112222"}
    statuses = {(claim["feed"], claim["status"]) for claim in made["claims"]}
    assert statuses == {("grid", "chosen"), ("households", "contradicted"), ("visits", "contradicted")}
    again = ask(CORRECT, **told, value="160 1111 2222", requestId="f-1")["data"]["correctFact"]
    assert again == made | {"repeated": True}
    newer = ask(CORRECT, **told, value="16033334444")["data"]["correctFact"]
    assert newer["node"]["phone"] == "16033334444"
    assert [c["status"] for c in newer["claims"] if c["feed"] == "grid"] == ["chosen", "superseded"]


def test_a_fact_stays_with_its_person_through_a_whole_resolution(ask: Ask, village: App, keeper: Keeper) -> None:
    owner = person(village, "李秀英")
    ask(CORRECT, id=owner, field="phone", value="16022223333", why="上门核实")

    def whole() -> Answer:
        resolve_all(village, OFFICER, kinds=["person"], full=True)
        return Answer({})

    keeper.change(whole).result(60)
    facts = village.lake.current("records_person").filter(pl.col("record_key").str.starts_with(f"{owner}/phone"))
    homes = village.lake.current("assignments", where=pl.col("record_id").is_in(facts["record_id"].to_list()))
    assert homes["entity_id"].to_list() == [owner]


def test_a_confirmed_value_outweighs_what_departments_say_otherwise(ask: Ask, village: App) -> None:
    owner = person(village, "刘志强")
    application = ask(CORRECT, _reader=GRID_WORKER, id=owner, field="employer", value="清泉物业", why="上门核实")
    assert application["data"]["correctFact"]["changed"]["after"] == "清泉物业"
    confirmed = ask(CONFIRM, APPLICATION, id=owner, field="employer", why="本人在应用中确认")["data"]["confirmFact"]
    assert confirmed["changed"] is None
    assert {claim["feed"] for claim in confirmed["claims"]} == {"grid", "app:linli"}


def address_of(app: App, label: str, node_id: str) -> str:
    rows = app.store.read(f"MATCH (n:{label} {{id: $id}}) RETURN n.address AS address", id=node_id)
    return str(rows[0]["address"])


def test_somebody_moves_from_one_door_to_another(ask: Ask, village: App) -> None:
    mover, old, new = person(village, "陈海燕"), door(village, 2), door(village, 5)
    left = ask(CORRECT, id=mover, link="livesIn", other=old, why="邻居说已搬走")["data"]["correctFact"]
    assert left["node"]["livesIn"]["nodes"] == []
    came = ask(CONFIRM, id=new, link="residents", other=mover, why="上门核实")
    assert came["data"]["confirmFact"]["linked"]
    query = "query ($id: ID!) { person(id: $id) { livesIn { nodes { id } edges { sources } } } }"
    told = ask_in_process(village, GRID_WORKER, query, {"id": mover})["data"]["person"]["livesIn"]
    assert told == {"nodes": [{"id": new}], "edges": [{"sources": ["grid"]}]}
    assert address_of(village, "Person", mover) == address_of(village, "Dwelling", new)
    assert codes(ask(CORRECT, id=mover, link="livesIn", other=old, why="再说一次")) == ["WN-CH-002"]


def test_a_corrected_address_is_a_move_too(ask: Ask, village: App) -> None:
    mover = person(village, "杨思远")
    query = "query ($id: ID!) { person(id: $id) { address livesIn { nodes { id } } } }"
    told = ask_in_process(village, GRID_WORKER, query, {"id": mover})["data"]["person"]
    home, before = told["address"], told["livesIn"]["nodes"][0]["id"]
    shown = address_of(village, "Dwelling", door(village, 5))
    made = ask(CORRECT, id=mover, field="address", value=DOORS[5], why="上门核实")["data"]["correctFact"]
    assert made["node"]["livesIn"]["nodes"] == [{"id": door(village, 5)}]
    back = ask(CORRECT, id=mover, field="address", value=home, why="又搬回来了")["data"]["correctFact"]
    assert back["node"]["livesIn"]["nodes"] == [{"id": before}]
    assert address_of(village, "Dwelling", door(village, 5)) == shown


def test_a_number_of_somebody_else_is_refused(ask: Ask, village: App) -> None:
    one, other = person(village, "杨思远"), person(village, "黄晓梅")
    query = "query ($id: ID!) { person(id: $id) { citizenId } }"
    number = ask_in_process(village, GRID_WORKER, query, {"id": other})["data"]["person"]["citizenId"]
    assert codes(ask(CORRECT, id=one, field="citizenId", value=number, why="核实")) == ["WN-CH-002"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"field": "phone", "value": "12"}, "WN-CH-001"),
        ({"field": "colour", "value": "12"}, "WN-CH-001"),
        ({"field": "phone"}, "WN-AP-002"),
        ({"link": "livesIn"}, "WN-AP-002"),
        ({"link": "events", "other": "per_x"}, "WN-CH-001"),
        ({"field": "phone", "value": "16012341234", "why": " "}, "WN-CH-001"),
        ({"field": "phone", "value": "16012341234", "wait": 31}, "WN-AP-002"),
        ({"field": "phone", "value": "16012341234", "requestId": "x" * 101}, "WN-CH-001"),
        ({"field": "phone", "value": "16012341234", "id": "per_nobody"}, "WN-GR-003"),
    ],
)
def test_a_fact_that_cannot_be_is_a_coded_error(ask: Ask, village: App, given: dict[str, Any], code: str) -> None:
    before = stated(village)
    assert codes(ask(CORRECT, **({"id": person(village, "张伟"), "why": "核实"} | given))) == [code]
    assert stated(village) == before


# --- tags, rules, judgements ---------------------------------------------------------------------------------


def test_a_tag_is_given_and_ended(ask: Ask, village: App) -> None:
    told = {"id": person(village, "黄晓梅"), "tag": "独居关注", "reason": "走访所见"}
    given = ask(TAG, **told)["data"]["tag"]
    assert {"label": "独居关注"} in given["node"]["tags"]["nodes"]
    assert {"label": "独居关注"} not in ask(END, **told)["data"]["endTag"]["node"]["tags"]["nodes"]
    assert codes(ask(END, **told)) == ["WN-GR-011"]
    query = "query ($id: ID!) { tagHistory(id: $id) { taggings { label author reason endedBy } } }"
    taggings = ask_in_process(village, GRID_WORKER, query, {"id": told["id"]})["data"]["tagHistory"]["taggings"]
    given_by_hand = {"label": "独居关注", "author": "zhao", "reason": "走访所见", "endedBy": "zhao"}
    assert [one for one in taggings if one["author"]] == [given_by_hand]
    assert codes(ask(TAG, APPLICATION, **told)) == ["WN-AC-001"]


def test_a_saved_rule_gives_its_tag_and_a_disabled_one_takes_it(ask: Ask, village: App) -> None:
    rule = {"name": "born_1969", "label": "一九六九年生", "appliesTo": "Person"}
    rule |= {"filter": {"birthDate": {"gte": "1969-01-01", "lt": "1970-01-01"}}}
    preview = "query ($rule: SaveTagRuleInput!) { tagRulePreview(rule: $rule) { bearers gaining losing } }"
    tried = ask_in_process(village, ANALYST, preview, {"rule": rule})["data"]["tagRulePreview"]
    assert tried == {"bearers": 1, "gaining": 1, "losing": 0}
    assert ask(SAVE, ANALYST, **rule)["data"]["saveTagRule"]["rule"] == {"version": 1, "enabled": True, "by": "sun"}
    borne = '{ persons(filter: {has: {tag: "born_1969"}}) { nodes { id } } }'
    bearer = {"id": person(village, "吴雨桐")}
    assert ask_in_process(village, ANALYST, borne)["data"]["persons"]["nodes"] == [bearer]
    assert ask(DISABLE, ANALYST, name="born_1969")["data"]["disableTagRule"]["rule"] == {"enabled": False}
    assert ask_in_process(village, ANALYST, borne)["data"]["persons"]["nodes"] == []
    rules = ask_in_process(village, ANALYST, "{ tagRules { name enabled origin } }")["data"]["tagRules"]
    assert {"name": "born_1969", "enabled": False, "origin": "saved"} in rules
    assert codes(ask(SAVE, GRID_WORKER, **rule)) == ["WN-AC-001"]
    assert codes(ask(SAVE, ANALYST, **(rule | {"filter": {"colour": {"eq": "1"}}}))) == ["WN-GR-006"]


def test_a_rule_on_a_tag_that_nobody_knows_is_refused(ask: Ask, village: App) -> None:
    rule = {"name": "about_others", "label": "看别的标签", "appliesTo": "Person"}
    preview = "query ($rule: SaveTagRuleInput!) { tagRulePreview(rule: $rule) { bearers } }"
    for tag, meant in (("独居老年人", "独居老人"), ("看别的标签", ""), ("zzzzzz", "")):
        asked = rule | {"filter": {"has": {"tag": tag}}}
        for answer in (ask(SAVE, ANALYST, **asked), ask_in_process(village, ANALYST, preview, {"rule": asked})):
            assert codes(answer) == ["WN-GR-006"]
            assert meant in answer["errors"][0]["extensions"]["remedy"]
    told = {"id": person(village, "黄晓梅"), "tag": "只由人加", "reason": "走访所见"}
    assert "errors" not in ask(TAG, **told)
    known = rule | {"filter": {"has": {"tag": "只由人加"}}}
    tried = ask_in_process(village, ANALYST, preview, {"rule": known})["data"]["tagRulePreview"]
    assert tried == {"bearers": 1}


def test_two_people_are_judged_one_and_then_two(ask: Ask, village: App) -> None:
    a, b = person(village, "周永福"), person(village, "徐慧颖")
    told = {"a": a, "b": b, "why": "电话核实"}
    assert codes(ask(JUDGE, GRID_WORKER, judgement="SAME", **told)) == ["WN-AC-001"]
    one = ask(JUDGE, OFFICER, judgement="SAME", **told)["data"]["judge"]
    assert one["a"] == one["b"]
    key = "10#person"
    apart = ask(JUDGE, OFFICER, a=f"households/{key}", b="households/11#person", judgement="DIFFERENT", why="弄错了")
    assert apart["data"]["judge"]["a"] != apart["data"]["judge"]["b"]
    assert codes(ask(JUDGE, OFFICER, judgement="SAME", **(told | {"why": " "}))) == ["WN-ER-005"]


# --- who may, how much, in which order -----------------------------------------------------------------------


def test_who_may_not_see_may_not_change(ask: Ask, village: App) -> None:
    owner, event_id = person(village, "张伟"), reported(ask)
    before = stated(village)
    told = {"id": owner, "field": "phone", "value": "16055556666", "why": "核实"}
    assert codes(ask(CORRECT, ELSEWHERE, **told)) == ["WN-GR-003"]
    assert codes(ask(CORRECT, CURIOUS, **told)) == ["WN-AC-003"]
    assert codes(ask(CORRECT, ANALYST, **told)) == ["WN-AC-001"]
    assert codes(ask(TAG, ELSEWHERE, id=owner, tag="重点关注", reason="核实")) == ["WN-GR-003"]
    assert codes(ask(STATUS, ELSEWHERE, id=event_id, status="CLOSED")) == ["WN-GR-003"]
    assert stated(village) == before


def test_the_changes_of_a_request_run_in_order_and_one_that_fails_leaves_the_others(ask: Ask, village: App) -> None:
    owner = person(village, "李娜")
    query = """mutation ($id: ID!) {
      one: tag(input: {id: $id, tag: "先", reason: "一"}) { node { ... on Person { tags { nodes { label } } } } }
      two: endTag(input: {id: $id, tag: "没有", reason: "二"}) { tag }
      three: endTag(input: {id: $id, tag: "先", reason: "三"}) { node { ... on Person { tags { nodes { label } } } } }
    }"""
    answer = ask(query, id=owner)
    assert {"label": "先"} in answer["data"]["one"]["node"]["tags"]["nodes"]
    assert answer["data"]["two"] is None
    assert {"label": "先"} not in answer["data"]["three"]["node"]["tags"]["nodes"]
    assert [(error["extensions"]["code"], error["path"]) for error in answer["errors"]] == [("WN-GR-011", ["two"])]


def test_six_changes_are_too_many_for_one_request(ask: Ask, village: App) -> None:
    before = stated(village)
    fields = " ".join(f'a{n}: endTag(input: {{id: "per_x", tag: "x", reason: "x"}}) {{ tag }}' for n in range(6))
    assert codes(ask(f"mutation {{ {fields} }}")) == ["WN-AP-001"]
    assert stated(village) == before


def test_a_change_waits_while_another_process_writes(ask: Ask, village: App) -> None:
    other = FileLock(village.settings.home / ".writing.lock")
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with other:
            held.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    threading.Timer(0.3, release.set).start()
    made = ask(REPORT, **complaint(text="路灯不亮"))
    holder.join()
    assert made["data"]["reportEvent"]["linked"]


def test_a_change_that_does_not_wait_is_in_the_graph_a_little_later(ask: Ask, village: App, keeper: Keeper) -> None:
    made = ask(REPORT, **complaint(text="井盖坏了", wait=0))["data"]["reportEvent"]
    assert made["linked"] is False
    ask(REPORT, **complaint(text="又一件"))
    found = ask_in_process(village, GRID_WORKER, "query ($id: ID!) { event(id: $id) { id } }", {"id": made["id"]})
    assert found["data"]["event"] == {"id": made["id"]}
