"""The lake's log in slices says what it says as a whole, whatever the size of a slice.

Fixture strategy: a made-up log of people and dwellings is written into a real lake; no database, no resolution.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from core.settings import Settings
from graph.linking.changes import EDGE_CHANGES, NODE_CHANGES
from graph.projection.source import PHASES, WRITE_EDGES, WRITE_NODES
from services.app import App, open_app
from services.lake_changes import LakeChanges
from services.linking import append_changes, graph_state
from tests.contract.log import EDGE_SCHEMA, NODE_SCHEMA, random_log

LOG = random_log(11, people=200, batches=3)
WHOLE = 1_000_000


def opaque(key: str) -> str:
    """An id such as ours: a short prefix, then nothing that means anything."""
    return f"{key[:3].lower()}_{sha256(key.encode()).hexdigest()[:24]}"


def spread(frame: pl.DataFrame, *ids: str) -> pl.DataFrame:
    opened = frame.with_columns(pl.col(name).map_elements(opaque, return_dtype=pl.String) for name in ids)
    return opened.with_columns(hash=pl.col("id"))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(Settings(home=Path(tmp_path_factory.mktemp("home"))), start_database=False) as opened:
        nodes = spread(pl.DataFrame(LOG.node_rows, schema=NODE_SCHEMA, orient="row"), "id")
        edges = spread(pl.DataFrame(LOG.edge_rows, schema=EDGE_SCHEMA, orient="row"), "id", "from_id", "to_id")
        for seq in range(1, LOG.newest() + 1):
            chosen = (frame.filter(pl.col("seq") == seq) for frame in (nodes, edges))
            append_changes(
                opened, *(f.select(list(s)) for f, s in zip(chosen, (NODE_CHANGES, EDGE_CHANGES), strict=True))
            )
        yield opened


@pytest.mark.parametrize("size", [1, 50, 333, WHOLE])
def test_the_latest_state_in_slices_is_the_latest_state(app: App, size: int) -> None:
    state = graph_state(app)
    for phase, expected in ((WRITE_NODES, state.nodes), (WRITE_EDGES, state.edges)):
        found = pl.concat(LakeChanges(app, size).latest(phase).frames)
        assert found.drop("op").equals(expected.sort(phase.order))
        assert set(found["op"]) == {"create"}


@pytest.mark.parametrize("size", [1, 50, WHOLE])
def test_the_changes_of_a_batch_in_slices_are_in_one_order(app: App, size: int) -> None:
    source = LakeChanges(app, size)
    assert source.seqs(0) == [1, 2, 3]
    assert source.seqs(2) == [3]
    assert source.newest() == 3
    ops = []
    for phase in PHASES:
        part = source.changes(3, phase)
        found = pl.concat([*part.frames, pl.DataFrame(schema={"op": pl.String})], how="diagonal")
        rows = LOG.edge_rows if phase.edges else LOG.node_rows
        wanted = [row for row in rows if row[0] == 3 and (row[1] == "delete") is phase.deletes]
        assert found.height == len(wanted) == sum(part.counts.values())
        assert found.equals(found.sort("op", *phase.order))
        assert set(found["id"]) == {opaque(row[3]) for row in wanted}
        ops += found["op"].unique().to_list()
    assert set(ops) == {"create", "update", "delete"}


def test_slices_are_small(app: App) -> None:
    for phase, rows in ((WRITE_NODES, graph_state(app).nodes.height), (WRITE_EDGES, graph_state(app).edges.height)):
        sizes = [frame.height for frame in LakeChanges(app, 150).latest(phase).frames]
        assert max(sizes) <= 150
        assert len(sizes) >= rows // 150


def test_an_empty_lake_has_no_changes(tmp_path: Path) -> None:
    with open_app(Settings(home=tmp_path), start_database=False) as empty:
        source = LakeChanges(empty)
        assert source.newest() == 0
        assert source.seqs(0) == []
        for phase in PHASES:
            assert sum(frame.height for frame in source.latest(phase).frames) == 0
            assert sum(frame.height for frame in source.changes(1, phase).frames) == 0
