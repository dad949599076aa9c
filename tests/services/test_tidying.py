"""The lake is tidied beside the work, and nothing that works on it takes that for news.

Fixture strategy: a village taken the whole way once, with its database; tables are grown by what changes append.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import polars as pl
import pytest

from governance.access import AccessContext, Role
from loaders.lake.schema import TABLES
from loaders.lake.store import Lake
from loaders.lake.tidying import MANY
from services import changing
from services.app import App
from services.keeping import Keeper
from services.pipeline import update
from services.requests import once
from services.tidying import tidy_lake
from tests.api.village import OFFICER, person, settle

GRID_WORKER = AccessContext(subject="zhao", role=Role.GRID_WORKER, purpose="走访核实")


@pytest.fixture(scope="module")
def hamlet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with settle(tmp_path_factory.mktemp("hamlet") / "home") as app:
        yield app


def ends(app: App) -> dict[str, int]:
    return {table: app.lake.last_seq(table) for table in TABLES}


def test_a_tidied_lake_is_no_news_to_linking_resolving_and_tagging(hamlet: App) -> None:
    update(hamlet, OFFICER)
    before = ends(hamlet)
    told = tidy_lake(hamlet, OFFICER, many=2)
    assert {"records_person", "relations", "loads"} <= {row["table"] for row in told}
    assert all(row["after"] < row["before"] for row in told)
    done = update(hamlet, OFFICER)
    assert all(run["skipped"] for run in done["runs"])
    assert (done["graph"]["node_changes"], done["graph"]["edge_changes"]) == (0, 0)
    assert ends(hamlet) == before
    assert "lake.tidy" in {entry["action"] for entry in hamlet.audit.entries()}


def test_the_keeper_tidies_after_a_round(hamlet: App) -> None:
    for number in range(MANY):
        hamlet.lake.append("requests", pl.DataFrame([{"request": f"r{number}", "who": "zhao"}]))
    keeper, lake = Keeper(hamlet), Lake(hamlet.settings.lake_dir)
    assert len(lake.files("requests")) >= MANY
    content = {"id": person(hamlet, "张伟"), "tag": "独居关注", "reason": "走访所见", "until": None}
    try:
        _, number = keeper.change(lambda: once(hamlet, GRID_WORKER, changing.set_tag, content, "t-1")).result(60)
        assert keeper.shown(number).result(60)
        deadline = time.monotonic() + 30
        while len(lake.files("requests")) >= MANY and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        keeper.stop()
    assert len(lake.files("requests")) == 1
    assert lake.current("requests", ["request"]).height == MANY + 1
