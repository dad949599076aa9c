"""A complaint submitted as a person confirmed it, and what its form cost him.

Fixture strategy: one village for all complaints (`hamlet.py`), taken the whole way once, with one keeper; each test
submits complaints of its own and asserts on those, so that they do not depend on each other.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from api.asgi import create_app
from services.app import App
from services.complaints import submitting
from services.followed import Wanted
from services.following import Follower
from services.keeping import Keeper
from services.receipts import new_receipt
from tests.api.conftest import Client
from tests.api.hamlet import (
    ANALYST,
    BURDEN,
    CLERK,
    ELSEWHERE,
    LEAK,
    PUBLIC,
    READ,
    REPORT,
    STATUS,
    SUBMIT,
    Ask,
    codes,
    stated,
)
from tests.api.village import door, person


def test_the_form_as_confirmed_is_what_the_graph_says(ask: Ask, hamlet: App) -> None:
    caller, wrong = person(hamlet, "赵文斌"), person(hamlet, "吴雨桐")
    made = ask(
        SUBMIT,
        text=LEAK,
        at="2024-06-05T09:30:00+08:00",
        channel="PHONE",
        caller={"id": caller},
        form={
            "category": "0203",
            "placeId": door(hamlet, 5),
            "time": "2024-06-02T08:00:00+08:00",
            "urgency": "URGENT",
            "department": "住建",
            "parties": [
                {"role": "RESPONDENT", "id": wrong},
                {"role": "WITNESS", "name": "孙晓梅", "phone": "16055554444"},
                {"role": "RESPONDENT", "kind": "ORGANIZATION", "name": "清泉物业管理有限公司"},
            ],
        },
    )
    assert made["linked"]
    event = made["event"]
    assert (event["status"], event["category"], event["department"]) == ("open", "房屋质量", "住建")
    assert event["reportedAt"] == "2024-06-05T09:30:00+08:00"
    assert event["occurredAt"] == "2024-06-02T08:00:00+08:00"
    assert event["locations"]["nodes"] == [{"id": door(hamlet, 5)}]
    told = {(edge["role"], edge["node"].get("id", "")) for edge in event["parties"]["edges"]}
    assert {("complainant", caller), ("respondent", wrong)} <= told
    names = {edge["node"]["name"] for edge in event["parties"]["edges"]}
    assert names == {"赵文斌", "吴雨桐", "孙晓梅", "清泉物业管理有限公司"}
    assert hamlet.lake.current("events", where=pl.col("event_id") == made["id"])["props"].str.contains("urgent").item()


def test_what_was_confirmed_stays_when_it_is_read_again(ask: Ask, hamlet: App) -> None:
    """The reader would find 305; a person said that it is the whole building, and that nobody is to blame."""
    building = ask(READ, text=LEAK)["place"]["path"][1]["id"]
    made = ask(SUBMIT, text="刘志强家" + LEAK, form={"category": "0301", "placeId": building, "parties": []})
    assert made["event"]["locations"]["nodes"] == [{"id": building, "kind": "building"}]
    assert made["event"]["parties"]["edges"] == []


def test_a_party_given_by_its_number_is_the_one_that_was_read(ask: Ask, hamlet: App) -> None:
    text = "邻居刘志强在枫桥新村3栋2单元205室门口堆杂物，请清理。"
    form = ask(READ, text=text)
    [index] = [party["index"] for party in form["parties"] if party["name"] == "刘志强"]
    made = ask(SUBMIT, text=text, form={"parties": [{"role": "RESPONDENT", "index": index}]})
    assert [edge["node"]["name"] for edge in made["event"]["parties"]["edges"]] == ["刘志强"]
    assert made["burden"]["confirmed"] == 1


def test_a_party_that_was_read_needs_its_number_and_nothing_else(ask: Ask) -> None:
    text = "清泉物业管理有限公司不清运枫桥新村3栋门口的垃圾，邻居刘志强也在205室门口堆杂物，请清理。"
    read = [party for party in ask(READ, text=text)["parties"] if party["name"] and party["role"] != "agency"]
    made = ask(SUBMIT, text=text, form={"parties": [{"index": party["index"]} for party in read]})
    edges = made["event"]["parties"]["edges"]
    assert {edge["node"]["name"] for edge in edges} == {party["name"] for party in read} >= {"刘志强"}
    assert sorted(edge["role"] for edge in edges) == sorted(party["role"] for party in read)
    assert (made["burden"]["confirmed"], made["burden"]["corrected"]) == (len(read), 0)
    assert codes(ask(SUBMIT, text=text, form={"parties": [{"name": "刘志强"}]})) == ["WN-CH-001"]


def test_what_nobody_filled_in_is_filled_by_the_reader(ask: Ask) -> None:
    text = "昨天下午三点枫桥新村3栋楼道里又堆满杂物，没法走路。"
    form = ask(READ, text=text, at="2024-06-05T09:30:00+08:00")
    event = ask(SUBMIT, text=text, at="2024-06-05T09:30:00+08:00")["event"]
    assert event["occurredAt"] == form["time"] == "2024-06-04T15:00:00+08:00"
    assert event["department"] == form["category"]["department"]
    told = {"category": "0301", "time": "2024-06-03T08:00:00+08:00"}
    event = ask(SUBMIT, text=text, at="2024-06-05T09:30:00+08:00", form=told)["event"]
    assert event["occurredAt"] == told["time"]
    assert event["department"] == ask(READ, text=LEAK)["department"]


def test_what_is_still_to_come_has_not_happened(ask: Ask) -> None:
    text = "枫桥新村3栋楼道里堆满杂物，后天上午领导要来检查，请尽快清理。"
    assert ask(READ, text=text, at="2024-06-05T09:30:00+08:00")["time"] is None
    assert ask(SUBMIT, text=text, at="2024-06-05T09:30:00+08:00")["event"]["occurredAt"] is None


def test_how_urgent_it_is_stays_with_the_event(ask: Ask) -> None:
    text = "枫桥新村3栋2单元楼道里有很浓的煤气味，怕爆炸，请马上来人。"
    read = ask(READ, text=text)["urgency"]
    assert read["level"] != "normal"
    made = ask(SUBMIT, text=text)
    assert (made["event"]["urgency"], made["event"]["urgencyReasons"]) == (read["level"], read["reasons"])
    other = ask(SUBMIT, text="枫桥新村3栋门口的路灯不亮。", form={"urgency": "EMERGENCY"})
    assert (other["event"]["urgencyLabel"], other["event"]["urgencyReasons"]) == ("特急", None)
    found = ask('{ events(first: 100, filter: {urgency: {eq: "emergency"}}) { nodes { id urgency } } }')["nodes"]
    assert other["id"] in {one["id"] for one in found}
    assert {one["urgency"] for one in found} == {"emergency"}


def test_events_go_by_how_urgent_they_are(ask: Ask) -> None:
    for level in ("NORMAL", "EMERGENCY", "URGENT"):
        ask(SUBMIT, text="枫桥新村3栋门口的路灯不亮。", form={"urgency": level})
    query = """query ($way: Direction!, $after: String) {
      events(first: 2, after: $after, orderBy: {by: "urgency", direction: $way}) {
        nodes { urgency } pageInfo { hasNextPage endCursor } } }"""
    gravity = ["normal", "urgent", "emergency"]
    for way, order in (("ASC", gravity), ("DESC", gravity[::-1])):
        found, after, more = [], None, True
        while more:
            page = ask(query, way=way, after=after)
            found += [one["urgency"] for one in page["nodes"] if one["urgency"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert set(found) == set(gravity)
        assert found == sorted(found, key=order.index)


def test_a_place_that_was_read_is_confirmed_however_much_of_it_is_written(ask: Ask) -> None:
    text = "枫桥新村3栋楼道里堆满杂物。"
    building = ask(READ, text=text)["place"]["node"]["id"]
    for told in ({"placeId": building}, {"place": "枫桥新村3栋"}, {"place": "梧桐街道枫桥新村3幢"}):
        assert ask(SUBMIT, text=text, form=told)["burden"]["confirmed"] == 1, told
    for told in ({"place": "枫桥新村4栋"}, {"place": "枫桥新村"}, {"place": "枫桥新村3栋2单元"}):
        assert ask(SUBMIT, text=text, form=told)["burden"]["corrected"] == 1, told
    assert ask(SUBMIT, text=text, form={"placeId": building})["event"]["placeText"].count("枫桥新村") == 1


def test_a_request_sent_again_stores_nothing_and_tells_no_code(ask: Ask, hamlet: App) -> None:
    given = {"text": LEAK, "requestId": "s-1", "form": {"category": "0301"}}
    first = ask(SUBMIT, **given)
    before = stated(hamlet)
    again = ask(SUBMIT, **given)
    assert again == first | {"repeated": True, "receipt": None}
    assert stated(hamlet) == before
    assert codes(ask(SUBMIT, **(given | {"form": {"category": "0103"}}))) == ["WN-CH-003"]
    assert ask(STATUS, PUBLIC, receipt=first["receipt"])["found"] == "found"


def test_a_change_killed_before_its_end_is_made_once(hamlet: App) -> None:
    content = {
        "text": LEAK,
        "at": None,
        "caller": {"id": person(hamlet, "李秀英")},
        "channel": "phone",
        "form": {"category": "0103"},
    }
    lost, shown = new_receipt(), new_receipt()
    first = submitting(lost)(hamlet, CLERK, "killed", content)  # nobody was told, and nothing noted as answered
    before = stated(hamlet)
    again = submitting(shown)(hamlet, CLERK, "killed", content)
    after = stated(hamlet)
    assert again["event"] == first["event"]
    assert after.pop("receipts") == before.pop("receipts") + 1
    assert after == before


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"caller": {"id": "per_nobody"}}, "WN-GR-003"),
        ({"form": {"placeId": "bld_nowhere"}}, "WN-GR-003"),
        ({"form": {"placeId": "per_nobody"}}, "WN-GR-003"),
        ({"form": {"placeId": "dwe_1", "place": "枫桥新村"}}, "WN-CH-001"),
        ({"form": {"category": "9999"}}, "WN-CH-001"),
        ({"form": {"parties": [{"role": "RESPONDENT"}]}}, "WN-CH-001"),
        ({"form": {"parties": [{"role": "RESPONDENT", "index": 99}]}}, "WN-CH-001"),
        ({"form": {"parties": [{"role": "RESPONDENT", "id": "org_none"}]}}, "WN-GR-003"),
        ({"form": {"parties": [{"role": "RESPONDENT", "name": "张伟", "phone": "12"}]}}, "WN-CH-001"),
        ({"text": " "}, "WN-CH-001"),
        ({"at": "2999-01-01T00:00:00"}, "WN-AP-002"),
        ({"form": {"time": "0001-01-01T00:00:00+14:00"}}, "WN-CH-001"),
        ({"form": {"time": "9999-12-31T23:59:59-12:00"}}, "WN-CH-001"),
        ({"form": {"time": "1948-12-31T23:00:00+08:00"}}, "WN-CH-001"),
        ({"form": {"time": "2999-01-01T00:00:00"}}, "WN-CH-001"),
        ({"at": "2024-06-05T09:30:00+08:00", "form": {"time": "2024-06-06T10:00:00+08:00"}}, "WN-CH-001"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(ask: Ask, hamlet: App, given: dict[str, Any], code: str) -> None:
    before = stated(hamlet)
    assert codes(ask(SUBMIT, **({"text": LEAK} | given))) == [code]
    assert stated(hamlet) == before


def test_nobody_names_whom_he_may_not_see(ask: Ask, hamlet: App) -> None:
    before = stated(hamlet)
    respondent = {"parties": [{"role": "RESPONDENT", "id": person(hamlet, "吴雨桐")}]}
    assert codes(ask(SUBMIT, ELSEWHERE, text=LEAK, form=respondent)) == ["WN-GR-003"]
    assert codes(ask(SUBMIT, ELSEWHERE, text=LEAK, form={"placeId": door(hamlet, 4)})) == ["WN-GR-003"]
    assert codes(ask(SUBMIT, ELSEWHERE, text=LEAK, caller={"id": person(hamlet, "吴雨桐")})) == ["WN-GR-003"]
    assert codes(ask(SUBMIT, ANALYST, text=LEAK)) == ["WN-AC-001"]
    home = {"parties": [{"role": "RESPONDENT", "id": door(hamlet, 4)}]}
    assert codes(ask(SUBMIT, text=LEAK, form=home)) == ["WN-CH-001"]
    assert stated(hamlet) == before


def test_whoever_follows_events_is_told(ask: Ask, hamlet: App) -> None:
    follower = Follower(hamlet, poll=0.05)
    following = follower.follow(Wanted(labels=frozenset({"Event"})), lambda: None)
    try:
        made = ask(SUBMIT, text=LEAK)
        seen: set[str] = set()
        for _ in range(200):
            seen |= {change.id for change in following.take(100)}
            if made["id"] in seen:
                break
            follower._stopped.wait(0.05)
        assert made["id"] in seen
    finally:
        follower.leave(following)
        follower.stop()


def test_a_form_is_weighed_field_by_field(ask: Ask, hamlet: App) -> None:
    form = ask(READ, text=LEAK)
    confirmed = {
        "category": form["category"]["code"],
        "placeId": form["place"]["node"]["id"],
        "urgency": "EMERGENCY",
        "department": form["department"],
    }
    made = ask(SUBMIT, text=LEAK, channel="WEB", form=confirmed)
    rows = hamlet.lake.current("form_fields", where=pl.col("event_id") == made["id"])
    told = {row["field"]: row["outcome"] for row in rows.iter_rows(named=True) if row["field"] != "party"}
    assert told == {
        "category": "confirmed",
        "place": "confirmed",
        "time": "untouched",
        "urgency": "corrected",
        "department": "confirmed",
    }
    assert set(rows["channel"]) == {"web"}
    blank = ask(SUBMIT, text="请尽快处理一下。", form={"place": "枫桥新村3栋2单元105室", "department": "城管"})
    assert blank["burden"]["typed"] == 2


def test_analysts_see_what_forms_cost_by_field_and_week(ask: Ask) -> None:
    before = ask(BURDEN, ANALYST, days=7)
    ask(SUBMIT, text=LEAK, form={"urgency": "NORMAL"})
    after = ask(BURDEN, ANALYST, days=7)
    assert after["submissions"] == before["submissions"] + 1
    assert sum(week["counts"]["fields"] for week in after["weeks"]) == after["overall"]["fields"]
    assert {one["field"] for one in after["fields"]} == {"category", "place", "time", "urgency", "department", "party"}
    assert codes(ask(BURDEN, CLERK, days=7)) == ["WN-AC-001"]
    assert codes(ask(BURDEN, PUBLIC, days=7)) == ["WN-AC-001"]
    assert codes(ask(BURDEN, ANALYST, days=0)) == ["WN-AP-002"]


# --- reports -------------------------------------------------------------------------------------------------


def test_a_report_without_a_department_goes_to_that_of_its_category(ask: Ask) -> None:
    form = ask(READ, text=LEAK)
    assert ask(REPORT, kind="COMPLAINT", text=LEAK)["event"]["department"] == form["category"]["department"]
    assert ask(REPORT, kind="COMPLAINT", text=LEAK, department="城管")["event"]["department"] == "城管"
    unclear = "请尽快处理一下。"
    assert ask(READ, text=unclear)["category"] is None
    assert ask(REPORT, kind="COMPLAINT", text=unclear)["event"]["department"] is None


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1948-12-31T23:00:00", "2999-01-01T00:00:00"]
)
def test_a_report_tells_no_time_that_cannot_be(ask: Ask, hamlet: App, time: str) -> None:
    before = stated(hamlet)
    answer = ask(REPORT, kind="COMPLAINT", text=LEAK, time=time)
    assert codes(answer) == ["WN-CH-001"]
    assert answer["errors"][0]["message"].startswith("time：")
    assert stated(hamlet) == before


def test_a_server_that_ends_takes_no_more(hamlet: App) -> None:
    keeper = Keeper(hamlet)
    keeper.stop()
    before = stated(hamlet)
    client = Client(create_app(hamlet, lambda _request: CLERK, keeper=keeper))
    answer = client.ask(SUBMIT, {"input": {"text": LEAK}})
    assert codes(answer) == ["WN-AP-011"]
    assert stated(hamlet) == before
