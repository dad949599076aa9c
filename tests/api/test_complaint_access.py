"""Who may read, submit, report and follow complaints, and what he is told of the graph while he does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from governance.access import AccessContext, Role
from services.app import App
from tests.api.hamlet import (
    ANALYST,
    APPLICATION,
    BURDEN,
    CLERK,
    CURIOUS,
    ELSEWHERE,
    LEAK,
    READ,
    RENEW,
    REPORT,
    STATUS,
    SUBMIT,
    Ask,
    codes,
)
from tests.api.village import DOORS, door, person, phone

HERE = AccessContext(subject="he", role=Role.GRID_WORKER, grids=("H1",), purpose="走访")
OFFICER = AccessContext(subject="li", role=Role.DATA_OFFICER)
TAKES_IN = (CLERK, CURIOUS, APPLICATION, ELSEWHERE, OFFICER)
READERS = (*TAKES_IN, ANALYST)
NEIGHBOUR = "邻居刘志强在枫桥新村3栋2单元205室门口堆杂物，请清理。"


@pytest.fixture(scope="module")
def complaint(ask: Ask) -> dict[str, Any]:
    return ask(SUBMIT, text=LEAK)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: f"{reader.role}, {reader.subject}")
def test_each_role_may_do_what_is_its_own(ask: Ask, complaint: dict[str, Any], reader: AccessContext) -> None:
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "readComplaint": (READ, {"text": LEAK}),
        "submitComplaint": (SUBMIT, {"text": LEAK}),
        "reportEvent": (REPORT, {"kind": "COMPLAINT", "text": LEAK}),
        "complaintStatus": (STATUS, {"receipt": complaint["receipt"]}),
        "complaintBurden": (BURDEN, {"days": 7}),
        "renewReceipt": (RENEW, {"id": complaint["id"]}),
    }
    refused = {}
    for name, (query, given) in asked.items():
        if name == "renewReceipt" and reader in TAKES_IN and not reader.grids:
            continue  # it would end the code of the others
        answer = ask(query, reader, **given)
        if "errors" in answer:
            [refused[name]] = codes(answer)
    taking = dict.fromkeys(("readComplaint", "submitComplaint", "reportEvent", "renewReceipt"), "WN-AC-001")
    burden = {"complaintBurden": "WN-AC-001"}
    hidden = {"renewReceipt": "WN-GR-003"} if reader.grids else {}
    expected = taking if reader is ANALYST else {} if reader is OFFICER else burden | hidden
    assert refused == expected


def test_an_analyst_of_one_grid_sees_no_burden(ask: Ask) -> None:
    bound = AccessContext(subject="sun", role=Role.ANALYST, grids=("H1",))
    assert codes(ask(BURDEN, bound, days=7)) == ["WN-AC-001"]


def test_what_a_form_showed_is_in_the_audit_log(ask: Ask, hamlet: App) -> None:
    before = len(list(hamlet.audit.entries()))
    form = ask(READ, text=NEIGHBOUR, caller={"phone": phone(8)})
    [line] = [one for one in list(hamlet.audit.entries())[before:] if one["action"] == "complaint.read"]
    shown = {form["caller"]["id"], form["place"]["node"]["id"]}
    shown |= {one["node"]["id"] for one in form["places"] if one["node"]}
    shown |= {option["node"]["id"] for party in form["parties"] for option in party["candidates"]}
    shown |= {one["event"]["id"] for one in form["similar"]}
    assert isinstance(line["ids"], list)
    assert shown <= set(line["ids"])
    assert "刘志强" not in orjson.dumps(line).decode()


@pytest.fixture
def landlord(hamlet: App) -> Iterator[str]:
    """Somebody who lets a home in the grid H1 and lives outside of it."""
    made = [
        "CREATE (:Grid {id: 'grd_h1', code: 'H1', name: '一网格'})",
        "CREATE (:Building {id: 'bld_h1', name: '枫桥新村8栋'})",
        "CREATE (:Dwelling {id: 'dwe_h1', address: '青枫区梧桐街道枫桥社区枫桥新村8栋1单元101室'})",
        "CREATE (:Person {id: 'per_h1', name: '房东', name_key: '房东'})",
        "MATCH (a {id: 'bld_h1'}), (b {id: 'grd_h1'}) CREATE (a)-[:PART_OF {id: 'h1'}]->(b)",
        "MATCH (a {id: 'dwe_h1'}), (b {id: 'bld_h1'}) CREATE (a)-[:PART_OF {id: 'h2'}]->(b)",
        "MATCH (a {id: 'per_h1'}), (b {id: 'dwe_h1'}) CREATE (a)-[:OWNS {id: 'h3'}]->(b)",
        "MATCH (a {id: 'per_h1'}), (b {id: $lives}) CREATE (a)-[:LIVES_IN {id: 'h4'}]->(b)",
    ]
    for statement in made:
        hamlet.store.write(statement, lives=door(hamlet, 2))
    yield "per_h1"
    ids = ["grd_h1", "bld_h1", "dwe_h1", "per_h1"]
    hamlet.store.write("UNWIND $ids AS id MATCH (n {id: id}) DETACH DELETE n", ids=ids)


def test_where_a_caller_lives_is_not_told_to_whom_his_home_is_hidden(ask: Ask, landlord: str) -> None:
    text = "我家楼上半夜拖桌子，吵得睡不着。"
    everywhere = ask(READ, text=text, caller={"id": landlord})
    assert DOORS[2].removesuffix("205室") in everywhere["place"]["address"]
    here = ask(READ, HERE, text=text, caller={"id": landlord})
    assert here["caller"]["id"] == landlord
    assert "枫桥" not in orjson.dumps(here).decode()


def test_of_people_and_events_elsewhere_nothing_is_told(ask: Ask, hamlet: App) -> None:
    ask(SUBMIT, text=NEIGHBOUR, form={"placeId": door(hamlet, 2)})
    form = ask(READ, text=NEIGHBOUR, caller={"phone": phone(8)})
    assert form["caller"]["id"] == person(hamlet, "赵文斌")
    assert form["similar"]
    hidden = ask(READ, ELSEWHERE, text=NEIGHBOUR, caller={"phone": phone(8)})
    assert (hidden["caller"], hidden["callerCandidates"], hidden["similar"], hidden["same"]) == (None, [], [], None)
    assert {(party["outcome"], party["node"], party["probability"]) for party in hidden["parties"]} == {
        ("new", None, 0.0)
    }
    made = ask(SUBMIT, ELSEWHERE, text=NEIGHBOUR)
    assert made["event"] is None
