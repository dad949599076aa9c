"""What is there, whether it can be asked, and how far the graph is behind the lake."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
import polars as pl

from core.errors import GraphError, SchemaTooNew
from graph.projection import watermark
from graph.schema.migrations import pending
from loaders.lake.schema import records_table
from resolution.kinds import RESOLVED_KINDS
from services.app import App
from services.linking import next_batch

_LOG: Final = ("graph_nodes", "graph_edges")
_LINKED: Final = (*map(records_table, RESOLVED_KINDS), "relations", "events", "readings")


@dataclass(frozen=True, slots=True)
class Lag:
    """Changes of the log that the graph does not hold: batches, rows, seconds that the oldest has waited."""

    batches: int = 0
    rows: int = 0
    seconds: float = 0.0


def lake_tables(app: App) -> list[dict[str, Any]]:
    """table, version, rows of each lake table that exists."""
    return [
        {"table": name, "version": version, "rows": app.lake.count(name)}
        for name, version in sorted(app.lake.versions().items())
    ]


def readiness(app: App) -> dict[str, Any]:
    """`graph`: the database answers; `schema`: it lacks no migration; `projected`: it holds everything that the lake's
    projection log says; `lag`: if not, by how much; `unlinked`: rows of the lake that no linking run has seen.
    """
    unlinked = sum(unlinked_rows(app).values())
    try:
        lag = projection_lag(app)
        ready = lag is not None and not lag.batches
        told = {"graph": True, "schema": _has_schema(app), "projected": ready, "lag": asdict(lag) if lag else None}
    except GraphError:
        told = {"graph": False, "schema": False, "projected": False, "lag": None}
    return told | {"unlinked": unlinked}


def _has_schema(app: App) -> bool:
    try:
        return not pending(app.store)
    except SchemaTooNew:
        return False


def projection_lag(app: App) -> Lag | None:
    """How far the graph is behind the log; None for one that was never projected, or is being made anew.

    Costs a look at the newest batch number where the graph is not behind.
    """
    mark = watermark(app.store)
    if mark is None or mark.rebuilding:
        return None
    if mark.seq >= next_batch(app) - 1:
        return Lag()
    behind, since, rows = set[int](), time.time(), 0
    for table in _LOG:
        files = app.lake.files(table)
        if not files:
            continue
        waiting = (
            pl.scan_parquet(files, include_file_paths="file", glob=False)
            .filter(pl.col("batch") > mark.seq)
            .group_by("batch", "file")
            .agg(pl.len().alias("rows"))
            .collect(engine="streaming")
        )
        behind |= set(waiting["batch"])
        rows += int(waiting["rows"].sum())
        # A row is as old as the file that it was appended with.
        written = {str(path): path.stat().st_mtime for path in files}
        since = min([since, *(written[name] for name in waiting["file"].unique())])
    return Lag(len(behind), rows, round(time.time() - since, 1))


def unlinked_rows(app: App) -> dict[str, int]:
    """Rows of each lake table that came after the last linking run; read from the tables' logs alone."""
    runs = app.lake.scan("runs").filter(pl.col("kind") == "link").sort("seq").select("report").collect()
    report = orjson.loads(runs["report"][-1]) if runs.height else {}
    covered: dict[str, list[int]] = report.get("covered", {})
    new = {table: app.lake.last_seq(table) - covered.get(table, [0])[0] for table in _LINKED}
    return {table: rows for table, rows in new.items() if rows > 0}
