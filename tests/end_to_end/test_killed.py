"""Killed anywhere after loading, the next run finishes: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from pathlib import Path

import polars as pl
import psutil
import pytest

from services.app import App, open_app
from services.linking import graph_state
from tests.end_to_end.town import Town

pytestmark = pytest.mark.long

DERIVED = ("readings", "assignments", "entity_changes", "runs", "graph_nodes", "graph_edges")


def commits(lake: Path) -> int:
    return sum(1 for _ in lake.glob("*/_delta_log/*.json"))


def kill_after(process: subprocess.Popen[str], lake: Path, number: int) -> bool:
    """SIGKILL once the lake has `number` commits more; False when the process ends before."""
    start = commits(lake)
    while process.poll() is None:
        if commits(lake) >= start + number:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
        time.sleep(0.01)
    process.communicate()
    return False


def test_an_update_killed_again_and_again_comes_to_the_same_graph(finished: App, copied: Town) -> None:
    lake = copied.home / "lake"
    for table in DERIVED:
        shutil.rmtree(lake / table)
    kills = sum(kill_after(copied.start("update"), lake, commits) for commits in (1, 4))
    assert kills
    copied.run("update")
    with open_app(copied.settings) as app:
        assert_same(finished, app)
        stored = app.store.read("MATCH (n) WHERE n.id IS NOT NULL RETURN count(n) AS nodes")[0]["nodes"]
        edges = app.store.read("MATCH ()-[r]->() RETURN count(r) AS edges")[0]["edges"]
        state = graph_state(app)
        assert (stored, edges) == (state.nodes.height, state.edges.height)


def test_a_database_killed_under_the_projection_is_taken_up_again(finished: App, copied: Town) -> None:
    process = copied.start("project", "--rebuild")
    database = await_database(copied, process)
    database.kill()
    process.wait(timeout=120)
    process.communicate()
    copied.run("project")
    with open_app(copied.settings) as app:
        state = graph_state(finished)
        edges = app.store.read("MATCH ()-[r]->() RETURN count(r) AS edges")[0]["edges"]
        assert edges == state.edges.height


def await_database(town: Town, process: subprocess.Popen[str]) -> psutil.Process:
    """The database process, once it has written something."""
    while process.poll() is None:
        for child in psutil.process_iter(["cmdline", "cwd"]):
            with contextlib.suppress(psutil.Error):
                if "java" in " ".join(child.info["cmdline"] or []) and str(town.home) in str(child.info["cwd"]):
                    data = town.home / "db"
                    if sum(file.stat().st_size for file in data.rglob("*") if file.is_file()) > 2_000_000:
                        return child
        time.sleep(0.05)
    pytest.fail("the projection ended before its database was seen")


def assert_same(expected: App, found: App) -> None:
    for table, key in (("assignments", ["record_id", "entity_id"]), ("readings", ["event_id", "text_hash"])):
        a, b = (app.lake.current(table, key).sort(key) for app in (expected, found))
        assert a.equals(b), table
    before, after = graph_state(expected), graph_state(found)
    for a, b in ((before.nodes, after.nodes), (before.edges, after.edges)):
        columns = ["id", "hash"]
        assert a.select(columns).sort(columns).equals(b.select(columns).sort(columns))
    assert found.lake.read("entity_changes").filter(pl.col("change") == "created").height == (
        expected.lake.read("entity_changes").filter(pl.col("change") == "created").height
    )
