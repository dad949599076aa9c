"""A run that could not finish, or lost what it left: the next one tells everything once and makes it anew."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from core.errors import EvidenceMissing, HomeNotWritable, ModelInvalid, StateMissing
from core.settings import Settings
from loaders.lake.store import Lake
from resolution.model.model import shipped_model
from services.app import App, open_app
from services.export import assigned_records
from services.history import changes_since, past_assignments
from services.judging import merge, undo
from services.resolving import resolve_all
from services.review import queue
from tests.end_to_end.residents import OFFICER, entity_of, load_residents

pytestmark = pytest.mark.long


def resolve(app: App, *, full: bool = False) -> dict[str, object]:
    (report,) = resolve_all(app, OFFICER, kinds=["person"], full=full)
    return report


def fail_to_resolve(app: App) -> None:
    """A run whose assignments are logged and whose state cannot be kept."""
    folder = app.settings.home / "index"
    shutil.rmtree(folder)
    folder.touch()
    with pytest.raises(HomeNotWritable):
        resolve(app)
    folder.unlink()


def runs(app: App) -> list[tuple[str, str]]:
    logged = app.lake.read("runs").filter(pl.col("kind") == "person").sort("seq")
    return [(run, orjson.loads(report)["mode"]) for run, report in logged.select("run_id", "report").iter_rows()]


def assert_told_once(app: App) -> None:
    """The feed, played from its beginning, begins nobody who lives, ends nobody who does not, and leaves the living."""
    living: set[str] = set()
    for row in changes_since(app, OFFICER, kind="person"):
        begins = row["name"] in {"entity.created", "entity.split"}
        assert (row["entity_id"] in living) is not begins, row
        living ^= {row["entity_id"]}
    assert living == set(assigned_records(app, "person")["entity_id"])


def test_a_run_that_failed_is_taken_up_under_its_name(resolved: App, tmp_path: Path) -> None:
    load_residents(resolved, tmp_path, ["30a,钱学文,,16012349901,"])
    fail_to_resolve(resolved)
    (orphan,) = set(resolved.lake.read("assignments")["run_id"]) - {run for run, _ in runs(resolved)}
    assert not resolve(resolved)["skipped"]
    assert runs(resolved)[-1] == (orphan, "full")
    assert resolve(resolved)["skipped"]
    assert_told_once(resolved)


def test_a_run_that_failed_before_another_load_stays_in_the_history(resolved: App, tmp_path: Path) -> None:
    load_residents(resolved, tmp_path, ["30a,钱学文,,16012349901,"])
    fail_to_resolve(resolved)
    newcomer = entity_of(resolved, "30a")
    load_residents(resolved, tmp_path, ["31a,何晓东,,16012349902,"])
    resolve(resolved)
    assert [mode for _, mode in runs(resolved)] == ["full", "interrupted", "full"]
    (first, _), (interrupted, _), (last, _) = runs(resolved)
    owners = [
        set(past_assignments(resolved, OFFICER, kind="person", run_id=run)["assignments"]["entity_id"])
        for run in (first, interrupted, last)
    ]
    assert owners[1] - owners[0] == {newcomer}
    assert owners[2] - owners[1] == {entity_of(resolved, "31a")}
    assert_told_once(resolved)


class Killed(BaseException):
    """Stands for SIGKILL at one certain point."""


@pytest.mark.parametrize("point", ["feed", "assignments"])
@pytest.mark.parametrize("again", [True, False])
def test_a_merge_killed_at_any_point_and_taken_back_is_as_if_it_had_not_been(
    resolved: App, monkeypatch: pytest.MonkeyPatch, point: str, *, again: bool
) -> None:
    before = assigned_records(resolved, "person")
    entities = [entity_of(resolved, key) for key in ("0a", "1a")]
    made = merge(resolved, OFFICER, "person", entities, "户籍核实")
    appended, wanted = Lake.append, {"feed": "assignments", "assignments": "runs"}[point]

    def append(lake: Lake, table: str, frame: pl.DataFrame, **options: Any) -> int:
        if table == wanted:
            raise Killed
        return appended(lake, table, frame, **options)

    def save(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "append", append)
        if point == "assignments":
            patch.setattr("services.resolving.save_state", save)
        with pytest.raises(Killed):
            resolve(resolved)
    if again:
        resolve(resolved)
        assert entity_of(resolved, "0a") == entity_of(resolved, "1a")
        assert_told_once(resolved)
    undo(resolved, OFFICER, made["act"])
    resolve(resolved)
    assert (
        assigned_records(resolved, "person")
        .select("record_id", "entity_id")
        .equals(before.select("record_id", "entity_id"))
    )
    assert_told_once(resolved)
    merge(resolved, OFFICER, "person", entities, "还是同一人")
    assert resolve(resolved)["merged"] == 1
    assert_told_once(resolved)


def test_an_entity_that_lost_its_records_is_retired_once_and_may_come_back(resolved: App) -> None:
    gone = entity_of(resolved, "2a")
    records = resolved.lake.current("records_person")
    ids = assigned_records(resolved, "person").filter(pl.col("entity_id") == gone)["record_id"].to_list()
    lost = records.filter(pl.col("record_id").is_in(ids)).drop("seq")
    for _ in range(2):
        resolved.lake.append("records_person", lost.with_columns(deleted=pl.lit(value=True)))
        assert resolve(resolved)["retired"] == 1
        assert resolve(resolved, full=True)["retired"] == 0
        assert_told_once(resolved)
        resolved.lake.append("records_person", lost.with_columns(deleted=pl.lit(value=False)))
        resolve(resolved, full=True)
        assert_told_once(resolved)


def test_what_a_run_left_is_made_anew_when_it_is_lost(resolved: App) -> None:
    before = assigned_records(resolved, "person")
    shutil.rmtree(resolved.settings.home / "index")
    with pytest.raises(StateMissing):
        queue(resolved, OFFICER, "person", limit=1)
    assert resolve(resolved)["mode"] == "full"
    assert queue(resolved, OFFICER, "person", limit=1)[1]
    assert assigned_records(resolved, "person").equals(before)
    assert resolve(resolved)["skipped"]


def test_a_kind_without_evidence_holds_up_no_other(tmp_path: Path) -> None:
    with open_app(Settings(home=tmp_path / "home")) as app:
        load_residents(app, tmp_path, ["1,钱学文,,,", "2,何晓东,,,"])
        with pytest.raises(EvidenceMissing):
            resolve_all(app, OFFICER)
        assert set(app.lake.read("runs")["kind"]) == {"organization", "dwelling", "household"}


def test_a_model_of_another_kind_is_refused_before_anything_is_written(resolved: App) -> None:
    before = runs(resolved)
    models = resolved.settings.home / "models"
    models.mkdir(exist_ok=True)
    shipped_model("dwelling").save(models / "person.json")
    with pytest.raises(ModelInvalid, match="dwelling"):
        resolve(resolved)
    assert runs(resolved) == before
