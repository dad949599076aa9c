"""`weinao graph check`, `status` and `db migrate` as an operator runs them, by their exit codes and words.

Fixture strategy: one home whose lake holds a made-up log, projected into a database of its own; commands run as
processes and share that database. Tests that change the graph change it back.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from core.settings import Settings
from graph.linking.changes import EDGE_CHANGES, NODE_CHANGES
from graph.schema import SCHEMA_VERSION
from services.app import App, open_app
from services.linking import append_changes
from services.projecting import apply_changes
from services.readiness import readiness, unlinked_rows
from tests.contract.log import EDGE_SCHEMA, NODE_SCHEMA, random_log
from tests.forks import forks

LOG = random_log(5, people=20, batches=1)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(Settings(home=Path(tmp_path_factory.mktemp("home")))) as opened:
        rows = ((LOG.node_rows, NODE_SCHEMA, NODE_CHANGES), (LOG.edge_rows, EDGE_SCHEMA, EDGE_CHANGES))
        frames = [pl.DataFrame(given, schema=schema, orient="row") for given, schema, _ in rows]
        hashed = [frame.with_columns(hash=pl.col("id")) for frame in frames]
        append_changes(opened, *(f.select(list(c)) for f, (_, _, c) in zip(hashed, rows, strict=True)))
        apply_changes(opened)
        yield opened


def _weinao(app: App, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WEINAO_HOME": str(app.settings.home)}
    return forks().run(arguments, environment)


def _json(app: App, *arguments: str, code: int = 0) -> Any:
    done = _weinao(app, *arguments, "--json")
    assert done.returncode == code, done.stderr
    return orjson.loads(done.stdout)


def test_a_graph_that_is_right(app: App) -> None:
    told = _json(app, "graph", "check")
    assert told["same"]
    assert told["rows"] == len(LOG.node_state) + len(LOG.edge_state)
    person = next(kind for kind in told["kinds"] if kind["kind"] == "Person")
    assert (person["lake"], person["graph"]) == (20, 20)
    assert person["lake_checksum"] == person["graph_checksum"] != "0" * 16


def test_a_graph_that_is_wrong_says_what_to_do(app: App) -> None:
    app.store.write("CREATE (:Person {id: 'per_x'}), (:Person {id: 'per_y'})")
    try:
        told = _json(app, "graph", "check", "--kind", "Person", "--limit", "1", code=1)
        words = _weinao(app, "graph", "check")
        quick = _weinao(app, "graph", "check", "--counts")
    finally:
        app.store.write("MATCH (p:Person) WHERE p.id IN ['per_x', 'per_y'] DELETE p")
    (person,) = told["kinds"]
    assert (person["extra"], person["missing"], person["differing"]) == (2, 0, 0)
    assert person["differences"] == [{"id": "per_x", "fault": "extra"}]
    assert (words.returncode, quick.returncode) == (1, 1)
    assert "per_y" in words.stdout
    assert "per_y" not in quick.stdout
    assert "weinao project --rebuild" in words.stderr
    assert _weinao(app, "graph", "check").returncode == 0


def test_a_kind_that_does_not_exist_is_named(app: App) -> None:
    done = _weinao(app, "graph", "check", "--kind", "Persons")
    assert done.returncode == 1
    assert "WN-CF-001" in done.stderr
    assert "Persons" in done.stderr


def test_what_linking_has_not_seen_is_counted(app: App) -> None:
    assert unlinked_rows(app) == {}
    row = pl.DataFrame({"event_id": ["evt_1"], "category": ["noise"]})
    app.lake.append("readings", row)
    assert unlinked_rows(app) == {"readings": 1}
    told = _json(app, "status")["graph"]
    assert told == {
        "graph": True,
        "schema": True,
        "projected": True,
        "lag": {"batches": 0, "rows": 0, "seconds": 0.0},
        "unlinked": 1,
    }
    assert readiness(app) == told


def test_a_missing_step_is_told_and_not_taken_by_looking(app: App) -> None:
    app.store.write("MATCH (v:SchemaVersion) SET v.version = 1")
    app.store.run("DROP INDEX person_initials IF EXISTS")
    assert not readiness(app)["schema"]
    stages = {step["number"]: step["stage"] for step in _json(app, "db", "migrate", "--dry-run")["steps"]}
    assert stages[2] == "missing"
    assert not readiness(app)["schema"]
    told = _json(app, "db", "migrate")
    assert 2 in told["done"]
    assert {step["stage"] for step in told["steps"]} == {"taken"}
    assert readiness(app)["schema"]


def test_a_graph_of_a_later_version_is_refused_with_a_way_out(app: App) -> None:
    app.store.write("MATCH (v:SchemaVersion) SET v.version = 99")
    try:
        done = _weinao(app, "db", "migrate")
        assert not readiness(app)["schema"]
    finally:
        app.store.write("MATCH (v:SchemaVersion) SET v.version = $present", present=SCHEMA_VERSION)
    assert done.returncode == 1
    assert "WN-GR-012" in done.stderr
    assert "weinao project --rebuild" in done.stderr
