"""A run that could not finish, or lost what it left: the next one tells everything once and makes it anew."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import orjson
import polars as pl
import pytest

from core.errors import EvidenceMissing, HomeNotWritable, ModelInvalid, StateMissing
from core.settings import Settings
from resolution.model.model import shipped_model
from services.app import App, open_app
from services.export import assigned_records
from services.history import changes_since, past_assignments
from services.resolving import resolve_all
from services.review import queue
from tests.end_to_end.residents import OFFICER, entity_of, load_residents


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
    """Every living entity is in the feed as created or split off, once; no other is still living."""
    changes = changes_since(app, OFFICER, kind="person")
    begun = Counter(row["entity_id"] for row in changes if row["name"] in {"entity.created", "entity.split"})
    ended = {row["entity_id"] for row in changes if row["name"] in {"entity.merged", "entity.retired"}}
    assert set(begun.values()) == {1}
    assert begun.keys() - ended == set(assigned_records(app, "person")["entity_id"])


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


def test_an_entity_that_lost_its_records_is_retired_once(resolved: App) -> None:
    gone = entity_of(resolved, "2a")
    ids = assigned_records(resolved, "person").filter(pl.col("entity_id") == gone)["record_id"]
    lost = pl.DataFrame({"record_id": ids, "feed": "residents", "deleted": True})
    resolved.lake.append("records_person", lost)
    assert resolve(resolved)["retired"] == 1
    assert resolve(resolved, full=True)["mode"] == "full"
    told = [row["entity_id"] for row in changes_since(resolved, OFFICER) if row["name"] == "entity.retired"]
    assert told == [gone]
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
