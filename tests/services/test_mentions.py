# Fixtures: the village of tests/api/village.py, a real home with twelve people at six doors of one unit, to which calls
# of a hotline are loaded; made once for the module, copied by the test that changes it.
"""Who is spoken of in a complaint becomes a party where it is sure, a candidate where it is not, and never a guess."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from cli.main import app as weinao
from core.errors import EntityUnknown
from core.settings import Settings
from core.values import StandardAddress
from governance.access import AccessContext, Role
from services.app import App, open_app
from services.complaint_form import read_complaint
from services.complaints import submitting
from services.linked_mentions import Mention, mentions_of, parties_confirmed
from services.loading import load_feed
from services.mentions import find_caller
from services.pipeline import update
from services.place_finding import find_place
from services.projecting import link_and_project
from services.reading import read_events, read_from_home
from services.receipts import new_receipt
from services.text_links import link_texts
from tests.api import village
from tests.made_once import made_once

ELSEWHERE = AccessContext(subject="wang", role=Role.GRID_WORKER, grids=("880102001009-01",))
HOME = "枫桥新村3栋2单元105室"
CALLS = {
    "RX-1": f"我住在{HOME}，楼上的王建国天天半夜敲墙，孩子睡不着，希望有人管管。",
    "RX-2": f"我是{HOME}的住户，205室的刘师傅把鞋柜和纸箱堆在过道里，请物业清走。",
    "RX-3": f"我家在{HOME}，同单元的王某养的狗半夜乱叫，请社区劝一劝。",
    "RX-4": f"我住{HOME}，邻居欧阳兴德在楼道里烧纸，熏得人睁不开眼睛。",
    "RX-5": "我家楼上的刘师傅天天半夜拖桌子，孩子睡不着，希望有人管管。",
}


def make(home: Path) -> None:
    app = village.settle(home)
    with app:
        call(app, home)
        update(app, village.OFFICER)


def call(app: App, home: Path) -> None:
    rows = [
        {
            "workOrderNo": number,
            "callTime": f"2026-03-0{day} 20:10:00",
            "channel": "电话",
            "callerName": "李娜",
            "callerPhone": village.phone(1),
            "content": text,
            "area": "梧桐街道",
            "status": "办理中",
            "handler": "梧桐街道办事处",
            "flow": [],
        }
        for day, (number, text) in enumerate(CALLS.items(), 1)
    ]
    file = home / "hotline_complaints.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(row) for row in rows) + b"\n")
    load_feed(app, village.OFFICER, "hotline_complaints", file)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "village-with-calls", make)


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[App]:
    with open_app(Settings(home=home)) as opened:
        yield opened


def event(app: App, number: str) -> str:
    return "evt_" + app.vault.token("hotline_complaints", number)


def spoken_of(app: App, number: str, context: AccessContext = village.OFFICER) -> Mention:
    """Whom the call complains about."""
    [found] = [one for one in mentions_of(app, context, event(app, number)) if one.role == "respondent"]
    return found


def parties(app: App, number: str) -> set[str]:
    rows = app.store.read(
        "MATCH (p)-[r:PARTY_TO {role: 'respondent'}]->(e:Event {id: $id}) RETURN p.id AS id", id=event(app, number)
    )
    return {row["id"] for row in rows}


def test_a_neighbour_of_that_name_is_linked_and_becomes_a_party(app: App) -> None:
    found = spoken_of(app, "RX-1")
    assert (found.outcome, found.node and found.node.id) == ("linked", village.person(app, "王建国"))
    assert found.candidates[0].reasons[:2] == ("姓名一致", "住在同一单元")
    assert parties(app, "RX-1") == {village.person(app, "王建国")}


def test_a_surname_at_a_named_door_is_linked(app: App) -> None:
    found = spoken_of(app, "RX-2")
    assert (found.outcome, found.node and found.node.id) == ("linked", village.person(app, "刘志强"))
    assert "住在所说的这一户" in found.candidates[0].reasons


def test_a_surname_alone_stays_a_question_with_its_candidates(app: App) -> None:
    found = spoken_of(app, "RX-3")
    assert (found.outcome, found.node) == ("ambiguous", None)
    assert [one.node.id for one in found.candidates] == [village.person(app, "王建国")]
    assert parties(app, "RX-3") == set()


def test_whom_no_register_knows_is_new(app: App) -> None:
    found = spoken_of(app, "RX-4")
    assert (found.outcome, found.candidates) == ("new", ())


def test_a_call_without_an_address_is_read_from_the_home_of_its_caller(app: App) -> None:
    found = spoken_of(app, "RX-5")
    assert (found.outcome, found.node and found.node.id) == ("linked", village.person(app, "刘志强"))
    rows = app.store.read(
        "MATCH (e:Event {id: $id})-[:OCCURRED_AT]->(d:Dwelling) RETURN d.address AS address", id=event(app, "RX-5")
    )
    assert [row["address"].endswith("205室") for row in rows] == [True]


def test_nothing_is_read_from_home_twice(app: App) -> None:
    assert read_from_home(app, village.OFFICER) == 0
    assert read_events(app, village.OFFICER)["read"] == 0


@pytest.mark.parametrize(
    ("below", "label"), [("3栋2单元", "Building"), ("3栋2单元9902室", "Building"), ("88栋", "Compound")]
)
def test_what_the_graph_does_not_know_is_led_to_what_it_lies_in(app: App, below: str, label: str) -> None:
    found = find_place(app, StandardAddress.parse(f"枫桥新村{below}"))
    assert found is not None
    assert (found.label, found.exact) == (label, False)
    known = find_place(app, StandardAddress.parse(HOME))
    assert known is not None
    assert (known.label, known.exact) == ("Dwelling", True)


def test_a_reader_that_comes_back_links_as_before_though_each_run_is_cut_off(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    with open_app(Settings(home=copy)) as app:
        first = app.lake.current("readings", where=pl.col("event_id") == event(app, "RX-1")).drop("seq", "deleted")
        other = first.with_columns(parties=pl.lit("[]"), reader=pl.lit("another"))
        for reading, meant in ((other, set()), (first, {village.person(app, "王建国")})):
            app.lake.append("readings", reading)
            with monkeypatch.context() as cut:
                cut.setattr(app.lake, "append", cut_off_before("text_links", app.lake.append))
                with pytest.raises(CutOffError):
                    link_texts(app, village.OFFICER)
            link_texts(app, village.OFFICER)
            link_and_project(app, village.OFFICER)
            assert parties(app, "RX-1") == meant
            assert [
                one.node and one.node.id
                for one in mentions_of(app, village.OFFICER, event(app, "RX-1"))
                if one.role == "respondent"
            ] == sorted(meant)


class CutOffError(Exception):
    """Stands for the end of the process."""


def cut_off_before(table: str, append: Callable[..., int]) -> Callable[..., int]:
    def appending(name: str, *args: object, **options: object) -> int:
        if name == table:
            raise CutOffError
        return append(name, *args, **options)

    return appending


def test_the_words_of_who_was_linked_are_no_longer_told_as_unlinked(app: App) -> None:
    rows = app.store.read("MATCH (e:Event {kind: 'complaint'}) RETURN e.id AS id, e.parties_text AS words")
    words = {row["id"]: row["words"] or [] for row in rows}
    assert not any("王建国" in one for one in words[event(app, "RX-1")])
    assert any("王某" in one for one in words[event(app, "RX-3")])


def test_a_reader_of_another_grid_learns_nothing(app: App) -> None:
    with pytest.raises(EntityUnknown):
        mentions_of(app, ELSEWHERE, event(app, "RX-1"))


def test_a_complaint_that_is_not_there_is_told_from_one_without_parties(app: App) -> None:
    for number in ("evt_0000000000000000", "", "per_1"):
        with pytest.raises(EntityUnknown):
            mentions_of(app, village.OFFICER, number)


def test_who_was_confirmed_by_a_person_is_told_so(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    with open_app(Settings(home=copy)) as app:
        content = {"text": CALLS["RX-1"], "at": None, "caller": None, "channel": "phone", "form": {"parties": []}}
        made = submitting(new_receipt())(app, village.OFFICER, "confirmed", content)
        assert parties_confirmed(app, village.OFFICER, made["event"])
        assert not parties_confirmed(app, village.OFFICER, event(app, "RX-1"))
    monkeypatch.setenv("WEINAO_HOME", str(copy))
    told = CliRunner().invoke(weinao, ["nlp", "links", made["event"]])
    assert "由人确认" in told.stderr + told.stdout
    assert CliRunner().invoke(weinao, ["nlp", "links", "evt_nobody"]).exit_code != 0


def test_linking_again_changes_nothing(app: App) -> None:
    before = {table: app.lake.state(table) for table in ("relations", "text_links", "graph_edges")}
    assert link_texts(app, village.OFFICER, again=True)["complaints"] == 0
    assert {table: app.lake.state(table) for table in before} == before


def test_a_caller_is_known_by_phone_and_lives_where_the_graph_says(app: App) -> None:
    caller, address = find_caller(app, village.OFFICER, phone=village.phone(1))
    assert caller.entity_id == village.person(app, "李娜")
    assert address is not None
    assert address.room == "105"


def test_a_form_offers_whom_the_text_may_mean(app: App) -> None:
    form = read_complaint(app, village.OFFICER, CALLS["RX-3"], None, {"phone": village.phone(1)})
    [party] = [one for one in form.parties if one.role == "respondent"]
    assert [one.node.id for one in party.candidates] == [village.person(app, "王建国")]


def test_who_becomes_known_later_is_linked_then(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    with open_app(Settings(home=copy)) as app:
        number = f"{village.citizen_id(12)},{village.phone(12)}"
        row = f"12,欧阳兴德,{number},{village.DOORS[3]},1972-01-01,2021-03-01,2024-07-01"
        head = "no,who,id,tel,door,born,since,at"
        (copy / "people.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
        load_feed(app, village.OFFICER, "visits", copy / "people.csv", mapping=copy / "visits.yaml")
        counts = update(app, village.OFFICER)["links"]
        assert counts["linked"] >= 1
        [found] = [one for one in mentions_of(app, village.OFFICER, event(app, "RX-4")) if one.role == "respondent"]
        known = app.store.read("MATCH (p:Person {name_key: '欧阳兴德'}) RETURN p.id AS id")
        assert found.node is not None
        assert found.node.id == known[0]["id"]
        sealed = app.lake.current("text_links", ["links"])["links"]
        assert not sealed.str.contains(village.phone(0)).any()
        assert app.lake.current("relations", ["type"]).filter(pl.col("type") == "PARTY_TO").height >= 3


def test_an_office_or_a_visit_says_that_home_is_elsewhere(app: App) -> None:
    for text in ("王建国医生误诊，害我多花了钱", "205室来串门的刘志强半夜大吵大闹"):
        form = read_complaint(app, village.OFFICER, f"我住{HOME}，{text}", None, {"phone": village.phone(1)})
        assert all(one.outcome != "linked" for one in form.parties if one.role != "complainant")
