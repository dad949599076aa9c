"""People decide on what a run was in doubt of, and the next run keeps to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import AccessDenied, InvalidSetting
from governance.access import AccessContext, Role
from services.app import App
from services.export import assigned_records
from services.history import entity_history
from services.judging import judge, listed, merge, undo, unmerge
from services.record_values import record_named
from services.resolving import resolve_all
from services.review import queue, side_by_side
from services.state import ages
from tests.end_to_end.residents import OFFICER, entity_of, load_residents, people
from tests.end_to_end.town import Town

pytestmark = pytest.mark.long


def test_judgements_bind_the_next_run_and_give_way_when_undone(resolved: App) -> None:
    def resolve() -> dict[str, Any]:
        return resolve_all(resolved, OFFICER, kinds=["person"])[0]

    one, two = "residents/0a#person", "residents/1a#person"
    first, second = entity_of(resolved, "0a"), entity_of(resolved, "1a")
    assert first != second
    made = judge(resolved, OFFICER, "person", one, two, "positive", "换过号码，同一人")["judgements"][0]
    assert resolve()["merged"] == 1
    merged = entity_of(resolved, "0a")
    assert merged == entity_of(resolved, "1a")
    assert resolve()["skipped"]
    unmerge(resolved, OFFICER, "person", merged, [two, "residents/1b#person"], "弄错了")
    assert resolve()["split"] == 1
    assert entity_of(resolved, "0a") != entity_of(resolved, "1a")
    undo(
        resolved, OFFICER, next(row["judgement_id"] for row in listed(resolved, OFFICER) if row["origin"] == "unmerge")
    )
    resolve()
    assert entity_of(resolved, "0a") == entity_of(resolved, "1a")
    undo(resolved, OFFICER, made)
    resolve()
    assert entity_of(resolved, "0a") != entity_of(resolved, "1a")
    merge(resolved, OFFICER, "person", [entity_of(resolved, "0a"), entity_of(resolved, "1a")], "户籍核实")
    resolve()
    assert entity_of(resolved, "0a") == entity_of(resolved, "1a")


def test_the_queue_asks_what_is_open_until_it_is_answered(resolved: App) -> None:
    asked, total = queue(resolved, OFFICER, "person", limit=100)
    assert total == len(asked) > 0
    values = [question["value"] for question in asked]
    assert values == sorted(values, reverse=True)
    first = asked[0]
    shown = side_by_side(resolved, OFFICER, "person", first["record_a"], first["record_b"])
    assert {row["label"] for row in shown} >= {"姓名"}
    assert not any("1601234" in str(row) for row in shown)
    judge(resolved, OFFICER, "person", first["record_a"], first["record_b"], "unsure", "资料不够")
    again, left = queue(resolved, OFFICER, "person", limit=100)
    assert left == total - 1
    assert first["record_a"] + first["record_b"] not in {one["record_a"] + one["record_b"] for one in again}
    with pytest.raises(AccessDenied):
        queue(resolved, AccessContext(subject="wang", role=Role.ANALYST), "person", limit=1)


def test_a_purpose_opens_the_numbers_to_a_reviewer_who_states_it(resolved: App) -> None:
    person = record_named(resolved, "residents/1a#person")[1], record_named(resolved, "residents/1b#person")[1]

    def phones(purpose: str | None) -> tuple[str, str, bool]:
        context = AccessContext(subject="li", role=Role.DATA_OFFICER, purpose=purpose)
        rows = side_by_side(resolved, context, "person", *person)
        return next((row["a"], row["b"], row["same"]) for row in rows if row["field"] == "phone")

    assert phones(None) == ("160****0001", "160****0001", True)
    assert phones("走访核实") == ("16012340001", "16012340001", True)


def test_a_session_at_the_terminal_keeps_each_answer_as_it_is_given(resolved: App) -> None:
    town = Town(resolved.settings.home)
    asked = town.json("review", "list", "--json")["questions"]
    talk = town.run("review", stdin="3\n资料不够\n")  # the input ends where the second question waits for its answer
    assert asked[0]["name_a"].split("#")[0].split("/")[-1] in talk.stdout
    (kept,) = town.json("review", "judgements", "--json")["judgements"]
    assert {kept["record_a"], kept["record_b"]} == {asked[0]["record_a"], asked[0]["record_b"]}
    assert town.json("review", "list", "--json")["total"] == len(asked) - 1


def test_an_act_has_one_name_and_tells_what_became_of_the_entities(resolved: App) -> None:
    town = Town(resolved.settings.home)
    one, other = entity_of(resolved, "0a"), entity_of(resolved, "1a")
    merged = town.run("merge", one, other, "--why", "户籍核实", "--apply").stdout
    kept = entity_of(resolved, "0a")
    gone = other if kept == one else one
    assert f"合并  {gone} → {kept}" in merged
    parted = town.run("unmerge", kept, "--records", "residents/1a、", "--why", "重名", "--apply").stdout
    (new,) = {entity_of(resolved, "0a"), entity_of(resolved, "1a")} - {kept}
    assert f"拆分  {new} ← {kept}" in parted
    acts = {row["act"] for row in town.json("review", "judgements", "--json")["judgements"]}
    assert len(acts) == 2
    life = town.run("history", kept).stdout
    assert all(act in merged + parted and act in life for act in acts)
    assert "是（合并）" in life
    assert "否（拆出）" in life
    by_unmerge = next(act for act in acts if act in parted)
    assert by_unmerge in town.run("review", "undo", by_unmerge).stdout
    said = town.json("review", "decide", "residents/2a", "residents/3a", "--verdict", "否", "--why", "核实", "--json")
    assert said["verdict"] == "negative"
    refused = town.run("history", kept, "--as-of", "2026-01-31", check=False)
    assert "同用" in refused.stderr


def test_a_kind_that_is_not_compared_has_no_queue(resolved: App) -> None:
    with pytest.raises(InvalidSetting, match="household"):
        queue(resolved, OFFICER, "household", limit=1)


def test_a_merge_taken_back_leaves_every_number_with_its_people(resolved: App, tmp_path: Path) -> None:
    age = ages(resolved, "person")
    eldest, *others = sorted(map(str, range(12)), key=lambda key: age[entity_of(resolved, f"{key}a")])
    # The others have a record more, and still the number of the eldest stays when they are merged.
    third = [row.replace("a,", "c,", 1) for row in people() if row.partition("a,")[0] in others]
    load_residents(resolved, tmp_path, third)
    resolve_all(resolved, OFFICER, kinds=["person"])
    before = assigned_records(resolved, "person").select("record_key", "entity_id")
    first = entity_of(resolved, f"{eldest}a")
    for full, other in ((False, others[0]), (True, others[-1])):
        made = merge(resolved, OFFICER, "person", [first, entity_of(resolved, f"{other}a")], "户籍核实")
        resolve_all(resolved, OFFICER, kinds=["person"])
        assert entity_of(resolved, f"{other}a") == first
        undo(resolved, OFFICER, made["act"])
        resolve_all(resolved, OFFICER, kinds=["person"], full=full)
        assert assigned_records(resolved, "person").select("record_key", "entity_id").equals(before)
        assert entity_history(resolved, OFFICER, first)["living"] == first
