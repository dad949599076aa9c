"""A complaint read as a form, submitted as a person confirmed it, followed by its receipt.

Fixture strategy: a village of its own, where the couple of the first door share a phone, taken the whole way once,
with one keeper; each test submits complaints of its own and asserts on those, so that they do not depend on each
other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from api.asgi import create_app
from governance.access import AccessContext, Role
from services.app import App
from services.complaints import submitting
from services.followed import Wanted
from services.following import Follower
from services.intake import change_status
from services.keeping import Keeper
from services.loading import load_feed
from services.pipeline import update
from services.receipts import ALPHABET, new_receipt, read_receipt
from services.requests import once
from tests.api.conftest import Client
from tests.api.village import DOORS, NAMES, OFFICER, citizen_id, door, person, phone, settle

CLERK = AccessContext(subject="zhao", role=Role.INTAKE, purpose="受理诉求")
CURIOUS = AccessContext(subject="qian", role=Role.INTAKE)
APPLICATION = AccessContext(subject="linli", role=Role.APPLICATION, purpose="受理诉求")
ELSEWHERE = AccessContext(subject="wu", role=Role.GRID_WORKER, grids=("880102999999999",), purpose="走访")
ANALYST = AccessContext(subject="sun", role=Role.ANALYST, purpose="分析")
PUBLIC = AccessContext(subject="public", role=Role.APPLICATION, grids=("880102999999999",))

SHARED = "16000009999"
LEAK = "枫桥新村3栋2单元305室卫生间天花板渗水三天了，一直没人管，要求尽快派人维修。"
READ = """
query ($text: String!, $at: DateTime, $caller: CallerInput) { readComplaint(text: $text, at: $at, caller: $caller) {
  spans { label start end }
  category { code name department } categories { code probability } department
  place { text address level node { ... on Dwelling { id } ... on Place { id } }
          path { __typename ... on Dwelling { id } ... on Place { id kind } } }
  time times { start end begin } amounts { value unit } urgency { level reasons } sentiment relation
  demands { kind start end }
  caller { ... on Person { id name } } callerCandidates { ... on Person { id name } }
  parties { index role kind name phone outcome node { ... on Person { id } } probability
            candidates { probability reasons node { ... on Person { id name } } } }
  similar { reasons event { id status outcome } } same { relation confidence reason event { id } } reason
} }"""
SUBMIT = """
mutation ($input: SubmitComplaintInput!) { submitComplaint(input: $input) {
  id receipt linked repeated burden { confirmed corrected typed untouched }
  event { status category address placeText department reportedAt occurredAt urgency urgencyLabel urgencyReasons
          parties { edges { role node { ... on Person { id name } ... on Organization { name } } } }
          locations { nodes { ... on Dwelling { id } ... on Place { id kind } } } }
} }"""
STATUS = """
query ($receipt: String!) { complaintStatus(receipt: $receipt) {
  found message status statusLabel steps { at department action } note } }"""
RENEW = "mutation ($input: RenewReceiptInput!) { renewReceipt(input: $input) { id receipt repeated } }"
BURDEN = """
query ($days: Int!) { complaintBurden(days: $days) {
  submissions overall { fields typedShare } fields { field counts { confirmed corrected typed untouched } }
  weeks { week submissions counts { fields } } } }"""
TABLES = ("events", "records_person", "records_organization", "relations", "form_fields", "corrections", "requests")

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("complaints") / "home"
    with settle(home) as app:
        rows = [f"{one},{NAMES[one]},{citizen_id(one)},{SHARED},{DOORS[0]},{1960 + one}-01-01,," for one in (0, 1)]
        (home / "people.csv").write_text(
            "\n".join(["no,who,id,tel,door,born,since,at", *(f"{row}2024-05-01" for row in rows)]) + "\n",
            encoding="utf-8",
        )
        load_feed(app, OFFICER, "visits", home / "people.csv", mapping=home / "visits.yaml")
        update(app, OFFICER)
        yield app


@pytest.fixture(scope="module")
def keeper(hamlet: App) -> Iterator[Keeper]:
    made = Keeper(hamlet)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def ask(hamlet: App, keeper: Keeper) -> Ask:
    """Asks as a reader: the value of the one root field, or the whole answer where it has errors."""

    def send(query: str, _reader: AccessContext = CLERK, **given: Any) -> dict[str, Any]:
        client = Client(create_app(hamlet, lambda _request: _reader, keeper=keeper))
        wait = {} if "RenewReceipt" in query else {"wait": 30}
        answer = client.ask(query, {"input": {**wait, **given}} if "$input" in query else given)
        return answer if "errors" in answer else next(iter(answer["data"].values()))

    return send


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def stated(app: App) -> dict[str, int]:
    return {table: app.lake.last_seq(table) for table in (*TABLES, "receipts")}


def handled(app: App, keeper: Keeper, event_id: str, status: str, **more: str | None) -> None:
    content = {"id": event_id, "status": status, "department": None, "note": None} | more
    _, number = keeper.change(partial(once, app, CLERK, change_status, content)).result(60)
    assert keeper.shown(number).result(60)


def everything_written(app: App) -> bytes:
    """All bytes of the home that are no database file, and the rows of the lake besides: Parquet is compressed."""
    files = [
        path for path in app.settings.home.rglob("*") if path.is_file() and app.settings.db_dir not in path.parents
    ]
    rows = [repr(app.lake.read(table).rows()).encode() for table in (*TABLES, "receipts") if app.lake.version(table)]
    return b"".join([*map(Path.read_bytes, files), *rows])


# --- reading -------------------------------------------------------------------------------------------------


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


# --- submitting ----------------------------------------------------------------------------------------------


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
    assert (
        ask('{ events(first: 5, orderBy: {by: "urgency"}) { nodes { urgency } } }')["nodes"][0]["urgency"]
        == "emergency"
    )


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


def test_a_like_matter_before_is_shown_with_how_it_ended(ask: Ask, hamlet: App, keeper: Keeper) -> None:
    text = "枫桥新村3栋2单元306室门口一直堆着垃圾，没人清理，味道很大。"
    first = ask(SUBMIT, text=text, form={"category": "0103", "placeId": door(hamlet, 5)})
    handled(hamlet, keeper, first["id"], "closed", note="已清运")
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


# --- receipts ------------------------------------------------------------------------------------------------


def test_a_slip_of_the_pen_is_told_from_a_code_that_nobody_has() -> None:
    code = new_receipt()
    plain = code.replace("-", "")
    assert read_receipt(code.lower().replace("-", " ")) == (plain, False)
    wrong = [plain[:at] + other + plain[at + 1 :] for at in range(18) for other in ALPHABET if other != plain[at]]
    swapped = [
        plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :] for at in range(17) if plain[at] != plain[at + 1]
    ]
    assert all(read_receipt(text) == (None, True) for text in (*wrong, *swapped))
    assert len({new_receipt() for _ in range(1_000)}) == 1_000


def test_a_code_tells_how_far_it_is_and_nothing_else(ask: Ask, hamlet: App, keeper: Keeper) -> None:
    made = ask(SUBMIT, text=LEAK, caller={"id": person(hamlet, "周永福")}, form={"placeId": door(hamlet, 5)})
    handled(hamlet, keeper, made["id"], "processing", department="住建", note="业主周永福电话16000000010")
    told = ask(STATUS, PUBLIC, receipt=made["receipt"].lower())
    assert (told["found"], told["status"], told["statusLabel"], told["note"]) == ("found", "processing", "处理中", None)
    assert [(step["department"], step["action"]) for step in told["steps"]] == [("物业", "已登记"), ("住建", "处理中")]
    words = orjson.dumps(told).decode()
    assert not [hidden for hidden in ("周永福", "1600000", "枫桥", "渗水", made["id"], "zhao") if hidden in words]
    handled(hamlet, keeper, made["id"], "closed", note="已维修，不再渗漏")
    assert ask(STATUS, PUBLIC, receipt=made["receipt"])["note"] == "已维修，不再渗漏"


@pytest.mark.parametrize("note", ["已通知住户王建国停工", "请致电16012340000"])
def test_a_note_about_somebody_is_not_told(ask: Ask, hamlet: App, keeper: Keeper, note: str) -> None:
    made = ask(SUBMIT, text=LEAK)
    handled(hamlet, keeper, made["id"], "closed", note=note)
    assert ask(STATUS, PUBLIC, receipt=made["receipt"])["note"] is None


def test_unknown_and_malformed_codes_get_one_answer(ask: Ask) -> None:
    unknown = ask(STATUS, PUBLIC, receipt=new_receipt())
    assert unknown["found"] == "unknown"
    for text in ("", "12", "ÄÖÜ", "U" * 18, "x' OR 1=1 --", "A" * 900):
        assert ask(STATUS, PUBLIC, receipt=text) == unknown


def test_a_code_is_nowhere_once_it_was_told(ask: Ask, hamlet: App) -> None:
    made = ask(SUBMIT, text=LEAK, requestId="secret-1")
    ask(STATUS, PUBLIC, receipt=made["receipt"])
    written = everything_written(hamlet)
    plain = made["receipt"].replace("-", "")
    assert made["id"].encode() in written
    assert made["receipt"].encode() not in written
    assert plain.encode() not in written


def test_another_code_ends_the_one_before(ask: Ask, hamlet: App) -> None:
    made = ask(SUBMIT, text=LEAK)
    assert codes(ask(RENEW, PUBLIC, id=made["id"])) == ["WN-GR-003"]
    renewed = ask(RENEW, id=made["id"])["receipt"]
    assert ask(STATUS, PUBLIC, receipt=made["receipt"])["found"] == "unknown"
    assert ask(STATUS, PUBLIC, receipt=renewed)["found"] == "found"


def test_codes_are_not_to_be_tried_out(ask: Ask, hamlet: App, keeper: Keeper) -> None:
    guesser = AccessContext(subject="guesser", role=Role.APPLICATION)
    client = Client(create_app(hamlet, lambda _request: guesser, keeper=keeper))
    fields = " ".join(f'a{number}: complaintStatus(receipt: "{new_receipt()}") {{ found }}' for number in range(20))
    answers = [client.ask(f"{{ {fields} }}") for _ in range(3)]
    refused = [code for answer in answers if "errors" in answer for code in codes(answer)]
    assert refused
    assert set(refused) == {"WN-AP-006"}


# --- burden --------------------------------------------------------------------------------------------------


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
