"""Few records on a base: only what they reach is linked anew, to the same graph that linking everything gives."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson
import polars as pl
import pytest
from deltalake import DeltaTable

from core.settings import Settings
from governance.access import AccessContext, Role
from services.app import App, open_app
from services.demo import prepare_town
from services.identity import reader
from services.judging import merge
from services.linking import graph_state, link_lake
from services.loading import load_town
from services.pipeline import update
from services.projecting import link_and_project
from services.resolving import resolve_all
from tests.end_to_end.test_killed import kill_after
from tests.end_to_end.town import Town, copy_of

pytestmark = pytest.mark.long

OFFICER = AccessContext(subject="li", role=Role.DATA_OFFICER)
ENCODING = {"police_population.csv": "gb18030", "market_businesses.csv": "gb18030"}
HELD_BACK = 4  # rows at the end of each file that come later
ADDRESS = {"police_population.csv": (",", 15), "health_records.csv": (",", 9), "housing_register.csv": (";", 2)}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All but some rows of the town the whole way: its last deliveries are still to come, its first to be corrected."""
    folder = tmp_path_factory.mktemp("base")
    with open_app(Settings(home=folder / "home")) as app:
        prepare_town(app, reader(app.settings), people=300, seed=7)
        earlier = folder / "earlier"
        shutil.copytree(app.settings.town_dir, earlier, ignore=shutil.ignore_patterns("truth"))
        for file in earlier.iterdir():
            if file.suffix in {".csv", ".jsonl"}:
                _made_earlier(file)
        load_town(app, reader(app.settings), earlier)
        update(app, reader(app.settings))
    return folder / "home"


def _made_earlier(file: Path) -> None:
    encoding = ENCODING.get(file.name, "utf-8-sig" if file.suffix == ".csv" else "utf-8")
    lines = file.read_bytes().decode(encoding).splitlines()
    kept = lines[:-HELD_BACK]
    if file.name in ADDRESS:  # three people and doors are elsewhere yet
        separator, column = ADDRESS[file.name]
        cells = [line.split(separator) for line in kept]
        for near, far in ((5, 40), (9, 41), (13, 42)):
            cells[near][column] = cells[far][column]
        kept = [separator.join(row) for row in cells]
    if file.name == "grid_mediations.jsonl":  # a party that the later delivery no longer names
        first, second = orjson.loads(kept[0]), orjson.loads(kept[1])
        first["parties"] += second["parties"][:1]
        kept[0] = orjson.dumps(first).decode()
    file.write_bytes("\r\n".join([*kept, ""]).encode(encoding))


@pytest.fixture
def copied(base: Path, tmp_path: Path) -> Iterator[Town]:
    with copy_of(base, tmp_path / "home") as town:
        yield town


def last_link(app: App) -> dict[str, object]:
    return orjson.loads(app.lake.read("runs").filter(pl.col("kind") == "link")["report"][-1])


def assert_as_if_linked_whole(app: App) -> None:
    report = link_and_project(app, reader(app.settings), full=True)
    assert (report["node_changes"], report["edge_changes"]) == (0, 0)
    state = graph_state(app)
    nodes = app.store.read("MATCH (n) WHERE n.id IS NOT NULL RETURN count(n) AS nodes")[0]["nodes"]
    edges = app.store.read("MATCH ()-[r]->() RETURN count(r) AS edges")[0]["edges"]
    assert (nodes, edges) == (state.nodes.height, state.edges.height)


def test_small_updates_come_to_the_graph_of_a_whole_run(copied: Town) -> None:
    with open_app(copied.settings) as app:
        context = reader(app.settings)
        reports = load_town(app, context, app.settings.town_dir)
        assert sum(report["superseded"] for report in reports)
        graph = update(app, context)["graph"]
        assert graph["node_changes"]
        assert last_link(app)["scoped"]
        assert_as_if_linked_whole(app)

        people = app.lake.current("assignments", where=pl.col("kind") == "person")["entity_id"].unique().sort()
        merge(app, OFFICER, "person", people.to_list()[:2], "同一人")
        assert update(app, context)["graph"]["edge_changes"]
        assert last_link(app)["scoped"]
        assert_as_if_linked_whole(app)


def test_rows_erased_from_the_log_are_not_overlooked(copied: Town) -> None:
    with open_app(copied.settings) as app:
        gone = app.lake.current("records_person", ["record_id"])["record_id"][3]
        DeltaTable(str(app.settings.lake_dir / "records_person")).delete(f"record_id = '{gone}'")
    with open_app(copied.settings) as app:
        assert link_lake(app)["node_changes"]
        assert not last_link(app)["scoped"]


@pytest.mark.parametrize("commits", [1, 2])
def test_a_small_run_killed_between_its_commits_is_made_good(copied: Town, commits: int) -> None:
    """Linking appends nodes, then edges, then its run."""
    with open_app(copied.settings) as app:
        load_town(app, reader(app.settings), app.settings.town_dir)
        resolve_all(app, reader(app.settings))
    kill_after(copied.start("project"), copied.home / "lake", commits)
    with open_app(copied.settings) as app:
        link_lake(app)
        assert link_lake(app, full=True) == {"node_changes": 0, "edge_changes": 0}
