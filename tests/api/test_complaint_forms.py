"""A complaint read as a form: what its text says, and what of it the graph knows.

Fixture strategy: one village for all complaints (`hamlet.py`), taken the whole way once, with one keeper; each test
submits complaints of its own and asserts on those, so that they do not depend on each other.
"""

from __future__ import annotations

import pytest

from services.app import App
from services.keeping import Keeper
from tests.api.hamlet import (
    ANALYST,
    APPLICATION,
    CURIOUS,
    ELSEWHERE,
    LEAK,
    READ,
    SHARED,
    SUBMIT,
    Ask,
    codes,
    handled,
    stated,
)
from tests.api.village import door, person, phone


def test_a_text_becomes_a_form_and_nothing_is_stored(ask: Ask, hamlet: App) -> None:
    before = stated(hamlet)
    form = ask(READ, text=LEAK, at="2024-06-05T09:30:00+08:00", caller={"phone": phone(8)})
    assert form["category"]["name"] == "渗漏水"
    assert form["department"] == form["category"]["department"]
    assert len(form["categories"]) <= 3
    assert form["caller"] == {"id": person(hamlet, "赵文斌"), "name": "赵文斌"}
    place = form["place"]
    assert place["text"] == "枫桥新村3栋2单元305室"
    assert place["node"] == {"id": door(hamlet, 4)}
    assert [one.get("kind", "dwelling") for one in place["path"]][:3] == ["dwelling", "building", "compound"]
    assert [LEAK[one["start"] : one["end"]] for one in form["times"]] == ["三天了"]
    assert form["time"] == form["times"][0]["begin"] == "2024-06-02T00:00:00+08:00"
    assert form["demands"][0]["kind"] == "repair"
    assert form["sentiment"] == "negative"
    assert all(0 <= one["start"] < one["end"] <= len(LEAK) for one in form["spans"])
    assert stated(hamlet) == before


def test_a_number_in_the_text_comes_masked_without_a_purpose(ask: Ask) -> None:
    text = "被投诉人王建国，电话16000000002，每天半夜在枫桥新村3栋放音响。"
    shown = {party["name"]: party["phone"] for party in ask(READ, text=text)["parties"]}
    assert shown["王建国"] == "16000000002"
    for reader in (CURIOUS, APPLICATION):
        masked = {party["name"]: party["phone"] for party in ask(READ, reader, text=text)["parties"]}
        assert masked["王建国"] == "160****0002"


def test_whom_the_reader_may_not_see_is_no_candidate(ask: Ask, hamlet: App) -> None:
    text = "邻居刘志强在枫桥新村3栋2单元205室门口堆杂物，请清理。"
    known = {one["node"]["id"] for party in ask(READ, text=text)["parties"] for one in party["candidates"]}
    assert person(hamlet, "刘志强") in known
    form = ask(READ, ELSEWHERE, text=text)
    assert all(party["outcome"] == "new" and not party["candidates"] for party in form["parties"])
    assert form["place"]["node"] != {"id": door(hamlet, 2)}
    assert form["similar"] == []


def test_who_takes_in_nothing_reads_nothing(ask: Ask) -> None:
    assert codes(ask(READ, ANALYST, text=LEAK)) == ["WN-AC-001"]
    assert codes(ask(READ, text=LEAK, at="2999-01-01T00:00:00")) == ["WN-AP-002"]
    assert codes(ask(READ, text=LEAK, caller={"id": "per_nobody"})) == ["WN-GR-003"]


@pytest.mark.parametrize(
    "text", ["", "😀" * 200, "'; DROP TABLE events; --", "<b>" * 300, "1" * 900, "MATCH (n) DETACH DELETE n"]
)
def test_any_text_has_a_form(ask: Ask, hamlet: App, text: str) -> None:
    assert ask(READ, text=text)["parties"] == []
    assert hamlet.store.read("MATCH (n:Person) RETURN count(n) AS n")[0]["n"] > 0


def test_a_long_story_is_read_to_its_end(ask: Ask) -> None:
    story = "我们小区的事情说来话长，前后经过如下。" * 300
    form = ask(READ, text=story + LEAK)
    assert form["reason"] is None
    assert form["place"]["text"] == "枫桥新村3栋2单元305室"


def test_a_text_without_end_is_refused(ask: Ask) -> None:
    for query in (READ, SUBMIT):
        assert codes(ask(query, text="漏水" * 30_000)) == ["WN-AP-001"]
        assert codes(ask(query, text="漏水" * 100_000)) == ["WN-AP-005"]


def test_a_phone_of_several_people_offers_each_of_them_and_their_home(ask: Ask, hamlet: App) -> None:
    form = ask(READ, text="我家楼上半夜拖桌子，吵得睡不着。", caller={"phone": SHARED})
    couple = {person(hamlet, "张伟"), person(hamlet, "李娜")}
    assert form["caller"] is None
    assert {one["id"] for one in form["callerCandidates"]} == couple
    assert any("枫桥新村3栋2单元" in (one["address"] or "") for one in [form["place"]])
    named = ask(READ, text="我家楼上半夜拖桌子。", caller={"phone": SHARED, "name": "李娜"})
    assert (named["caller"]["name"], named["callerCandidates"]) == ("李娜", [])
    hidden = ask(READ, ELSEWHERE, text="我家楼上半夜拖桌子。", caller={"phone": SHARED})
    assert (hidden["callerCandidates"], hidden["caller"]) == ([], None)


def test_a_like_matter_before_is_shown_with_how_it_ended(ask: Ask, hamlet: App, hamlet_keeper: Keeper) -> None:
    text = "枫桥新村3栋2单元306室门口一直堆着垃圾，没人清理，味道很大。"
    first = ask(SUBMIT, text=text, form={"category": "0103", "placeId": door(hamlet, 5)})
    handled(hamlet, hamlet_keeper, first["id"], "closed", note="已清运")
    found = {one["event"]["id"]: one for one in ask(READ, text=text)["similar"]}
    assert found[first["id"]]["event"] == {"id": first["id"], "status": "closed", "outcome": "已清运"}
    assert "同一房屋" in found[first["id"]]["reasons"]


def test_a_call_about_the_same_again_is_told_before_it_is_stored(ask: Ask) -> None:
    text = "枫桥新村3栋2单元的电梯按键失灵，停在一楼上不来，老人出不了门，请尽快派人检修。"
    assert ask(READ, text=text)["same"] is None
    first = ask(SUBMIT, text=text, caller={"name": "钱多多", "phone": "16000007777"})
    same = ask(READ, text="再次反映：" + text, caller={"name": "钱多多", "phone": "16000007777"})["same"]
    assert same["event"]["id"] == first["id"]
    assert same["relation"] in {"DUPLICATE_OF", "FOLLOWS"}
    assert same["confidence"] > 0.7
    assert same["reason"]


def test_each_place_of_the_text_leads_to_what_the_graph_has(ask: Ask, hamlet: App) -> None:
    text = "枫桥新村3栋2单元305室往枫桥新村3栋楼下扔垃圾，枫桥新村9栋101室也一样。"
    places = {one["text"]: (one["node"], one["exact"]) for one in ask(READ, text=text)["places"]}
    assert places["枫桥新村3栋2单元305室"] == ({"id": door(hamlet, 4)}, True)
    [(building, exact)] = [found for words, found in places.items() if words.startswith("枫桥新村3栋楼下")]
    assert (building["kind"], exact) == ("building", True)
    compound, exact = places["枫桥新村9栋101室"]
    assert (compound["kind"], exact) == ("compound", False)


def test_a_hidden_door_looks_like_one_that_is_not_there(ask: Ask, hamlet: App) -> None:
    text = "枫桥新村3栋2单元305室往枫桥新村3栋2单元999室门口扔垃圾。"
    hidden, nowhere = ask(READ, ELSEWHERE, text=text)["places"]
    assert (hidden["node"], hidden["exact"]) == (nowhere["node"], nowhere["exact"])
    assert hidden["node"]["kind"] == "building"


@pytest.mark.parametrize(
    "at",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00", "1948-12-31T23:00:00+08:00"],
)
def test_nobody_called_before_there_were_phones_or_in_times_to_come(ask: Ask, at: str) -> None:
    for query in (READ, SUBMIT):
        answer = ask(query, text=LEAK, at=at)
        assert codes(answer) == ["WN-AP-002"]
        assert answer["errors"][0]["message"].startswith("at ")


def test_a_year_of_old_is_not_when_it_happened(ask: Ask) -> None:
    text = "枫桥新村3栋是1935年5月1日建的老楼，楼道里堆满杂物，没法走路。"
    assert ask(READ, text=text)["time"] is None
    assert ask(SUBMIT, text=text)["event"]["occurredAt"] is None
