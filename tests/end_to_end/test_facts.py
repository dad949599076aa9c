"""Facts and reports on a town: written once however often they are sent, killed wherever, and caught up by `update`.

All tests change people of their own in one copy of the finished town; nothing of its graph is there at the beginning.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import polars as pl
import pytest

from core.errors import PurposeRequired
from core.settings import Settings
from governance.access import AccessContext, Role
from loaders.feeds.catalogue import builtin_mappings
from loaders.feeds.loading import load_file
from services.app import App, open_app
from services.claims import claims_of
from services.facts import state_field, state_link
from services.identity import reader
from services.intake import change_status, history, report_event
from services.pipeline import update
from services.projecting import link_and_project
from services.requests import Act, Answer, once
from tests.end_to_end.town import Town

pytestmark = pytest.mark.long

WORKER = AccessContext(subject="zhao", role=Role.GRID_WORKER, purpose="走访核实")
TABLES = ("events", "records_person", "records_dwelling", "relations", "judgements", "assignments", "requests")


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture(scope="module")
def town(finished: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("facts") / "home"
    shutil.copytree(finished.settings.home, home, ignore=shutil.ignore_patterns("db", "log", "*.lock"))
    with open_app(Settings(home=home)) as app:
        link_and_project(app, reader(app.settings))
        yield app


@pytest.fixture(scope="module")
def residents(town: App) -> list[dict[str, Any]]:
    """People whom the police and another department know, by id, with their home: one for each test."""
    return town.store.read(
        "MATCH (p:Person)-[r:LIVES_IN]->(d:Dwelling) WHERE r.valid_to IS NULL AND p.phone IS NOT NULL "
        "AND p.name_sealed IS NULL RETURN p.id AS id, d.id AS home ORDER BY p.id LIMIT 20"
    )


def make(app: App, act: Act, request: str, **content: Any) -> Answer:
    return once(app, WORKER, act, content, request)


def killed_at(app: App, append: int, act: Act, request: str, **content: Any) -> bool:
    """Whether a process that dies just before its append of that number died at all."""
    made = open_app(app.settings)
    whole, done = made.lake.append, 0

    def dying(*arguments: Any, **options: Any) -> int:
        nonlocal done
        done += 1
        if done == append:
            raise Killed
        return whole(*arguments, **options)

    made.lake.append = dying  # type: ignore[method-assign]
    try:
        make(made, act, request, **content)
    except Killed:
        return True
    finally:
        made.keep_database = True
        made.close()
    return False


def rows(app: App) -> int:
    return sum(app.lake.count(table) for table in TABLES)


def phone_of(app: App, person: str) -> list[tuple[str, str]]:
    return [(claim.feed, claim.value) for claim in claims_of(app, WORKER, person, fields=["phone"]) if claim.chosen]


@pytest.mark.parametrize("act", ["value", "move", "report"])
def test_a_change_killed_anywhere_and_sent_again_is_there_once(
    town: App, residents: list[dict[str, Any]], act: str
) -> None:
    person, other = residents[0]["id"], next(one for one in residents if one["home"] != residents[0]["home"])
    door = town.store.read("MATCH (d:Dwelling {id: $id}) RETURN d.address AS text", id=other["home"])[0]["text"]
    asked: dict[str, tuple[Act, dict[str, Any]]] = {
        "value": (state_field, {"id": person, "field": "phone", "value": "16011112222", "why": "上门核实"}),
        "move": (state_field, {"id": person, "field": "address", "value": door, "why": "上门核实"}),
        "report": (
            report_event,
            {"kind": "complaint", "text": "路灯不亮", "complainant_name": "孙小圣", "complainant_phone": "16011112222"},
        ),
    }
    function, content = asked[act]
    before, append = rows(town), 1
    while killed_at(town, append, function, act, **content):
        append += 1
    assert append > 3
    after = rows(town)
    # Each append is one row; a report's rows that are there already are not even tried again.
    assert after - before == (4 if act == "report" else append - 1)
    assert make(town, function, act, **content).repeated
    assert rows(town) == after


def test_what_the_graph_has_not_seen_is_caught_up_by_update(town: App, residents: list[dict[str, Any]]) -> None:
    person, mover = residents[3]["id"], residents[4]
    make(town, state_field, "late-1", id=person, field="phone", value="16022223333", why="上门核实")
    make(
        town,
        state_link,
        "late-2",
        id=mover["id"],
        link="livesIn",
        other=mover["home"],
        holds=False,
        day=None,
        why="搬走",
    )
    event = make(town, report_event, "late-3", kind="complaint", text="井盖坏了", title=None).told["event"]
    make(town, change_status, "late-4", id=event, status="closed", department="城管", note="已修好")
    command = Town(town.settings.home)
    command.run("update")
    query = """query ($a: ID!, $b: ID!, $e: ID!) {
      a: person(id: $a) { phone } b: person(id: $b) { livesIn { nodes { id } } } e: event(id: $e) { status outcome }
    }"""
    asked = {"a": person, "b": mover["id"], "e": event}
    told = command.json("ask", "-", "--purpose", "核实", "--variables", orjson.dumps(asked).decode(), stdin=query)[
        "data"
    ]
    assert told["a"] == {"phone": "16022223333"}
    assert mover["home"] not in [home["id"] for home in told["b"]["livesIn"]["nodes"]]
    assert told["e"] == {"status": "closed", "outcome": "已修好"}


def test_a_fact_holds_through_whole_runs_until_a_department_says_something_newer(
    town: App, residents: list[dict[str, Any]]
) -> None:
    person = residents[6]["id"]
    make(town, state_field, "hold", id=person, field="phone", value="16044445555", why="上门核实")
    assert phone_of(town, person) == [("grid", "16044445555")]
    update(town, reader(town.settings))
    owners = town.lake.current("assignments").filter(pl.col("entity_id") == person)["record_id"]
    facts = town.lake.current("records_person").filter(pl.col("record_id").is_in(owners.to_list()))
    assert f"{person}/phone#person" in facts["record_key"].to_list()


def test_what_is_stated_of_a_child_rests_sealed_and_wants_a_purpose(town: App) -> None:
    child = town.store.read("MATCH (p:Person) WHERE p.name_sealed IS NOT NULL RETURN min(p.id) AS id")[0]["id"]
    content = {"id": child, "field": "name", "value": "孙小圣", "why": "上门核实"}
    with pytest.raises(PurposeRequired):
        once(town, replace(WORKER, purpose=None), state_field, content)
    record = make(town, state_field, "child", **content).told["record"]
    kept = town.lake.current("records_person", where=pl.col("record_id") == record).row(0, named=True)
    assert kept["name"] == "孙**"
    assert town.vault.open(kept["name_sealed"], field="name", owner=record) == "孙小圣"


def test_a_department_that_delivers_the_same_row_again_does_not_undo_a_step(town: App) -> None:
    file = next(town.settings.town_dir.glob("hotline_complaints*"))
    taken = town.lake.current("events").filter(pl.col("feed") == "hotline_complaints", pl.col("status") == "closed")
    event = str(taken["event_id"].sort()[0])
    make(town, change_status, "step", id=event, status="processing", department="城管", note="重办")
    mapping = builtin_mappings()["hotline_complaints"]
    with town.writing():
        load_file(file, mapping, lake=town.lake, vault=town.vault, again=True, workers=1)
    now = town.lake.current("events", where=pl.col("event_id") == event).row(0, named=True)
    assert (now["status"], now["department"], now["closed_at"]) == ("processing", "城管", None)
    assert [step.note for step in history(town, WORKER, event) if step.who] == ["重办"]
