"""From what the lake knows to the log of changes that the graph applies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import orjson
import polars as pl

from core.progress import SILENT, Progress
from core.values.dates import local_now
from graph.linking.changes import diff
from graph.linking.inputs import GraphState, LinkInputs
from graph.linking.link import link
from loaders.feeds.opening import open_events, open_records
from loaders.lake.schema import TABLES, records_table
from nlp.tables import taxonomy
from resolution.golden import golden
from services.app import App
from services.kinds import RESOLVED_KINDS

LINK_VERSION: Final = "link-2"
"""Part of what a linking run is known by; raised when linking comes to another graph from the same lake."""

_HEADS: Final = (
    "record_id", "feed", "department", "record_key", "observed_at",
    "citizen_id_index", "phone_index", "name_index", "plate_index", "uscc", "grid_code",
)  # fmt: skip
_INPUT_TABLES: Final = (*map(records_table, RESOLVED_KINDS), "assignments", "relations", "events", "readings")


def link_lake(app: App, *, progress: Progress = SILENT) -> dict[str, int]:
    """Log what must change for the graph to say what the lake says; returns node and edge changes.

    Skipped when nothing that linking reads has changed since the last run.
    """
    source = "/".join([LINK_VERSION, *(f"{name}:{app.lake.version(name)}" for name in _INPUT_TABLES)])
    last = app.lake.read("runs").filter(pl.col("kind") == "link")
    if not last.is_empty() and orjson.loads(last["report"][-1])["source"] == source:
        return {"node_changes": 0, "edge_changes": 0}
    with app.writing():
        before = graph_state(app)
        nodes, edges = diff(before, link(_inputs(app, before), progress), next_batch(app))
        append_changes(app, nodes, edges)
        counts = {"node_changes": nodes.height, "edge_changes": edges.height}
        app.lake.append("runs", _run(app, source, last.height + 1, counts))
    return counts


def graph_state(app: App) -> GraphState:
    """The nodes and edges that the log says are there now."""
    return GraphState(
        app.lake.current("graph_nodes", ["label", "id", "props", "hash"]),
        app.lake.current("graph_edges", ["type", "id", "from_label", "from_id", "to_label", "to_id", "props", "hash"]),
    )


def next_batch(app: App) -> int:
    """The number of the next batch of changes."""
    return 1 + max(_highest(app, "graph_nodes"), _highest(app, "graph_edges"))


def append_changes(app: App, nodes: pl.DataFrame, edges: pl.DataFrame) -> None:
    """Append the changes of one batch (`seq` of the frames is its number). Nodes go first: an edge needs its ends."""
    for table, frame in (("graph_nodes", nodes), ("graph_edges", edges)):
        if frame.height:
            app.lake.append(table, frame.rename({"seq": "batch"}))


def newest_day(app: App) -> date:
    """The day up to which the lake knows: that of the newest observation, at most today."""
    newest = [
        value
        for table in (*map(records_table, RESOLVED_KINDS), "events")
        if isinstance(value := app.lake.scan(table).select(pl.col("observed_at").max()).collect().item(), datetime)
    ]
    today = date.today()  # noqa: DTZ011 - validity is counted in local calendar days
    return min(max(newest).date(), today) if newest else today


def _highest(app: App, table: str) -> int:
    value = app.lake.scan(table).select(pl.col("batch").max()).collect().item()
    return value or 0


def _inputs(app: App, previous: GraphState) -> LinkInputs:
    assignments = app.lake.current("assignments", ["kind", "record_id", "entity_id", "probability", "run_id"])
    golden_by_kind = {
        kind: golden(
            kind,
            open_records(app.lake, kind, app.vault),
            assignments.filter(pl.col("kind") == kind).select("record_id", "entity_id"),
        )
        for kind in RESOLVED_KINDS
    }
    return LinkInputs(
        vault=app.vault,
        golden=golden_by_kind,
        assignments=assignments,
        records=pl.concat([_heads(app, kind) for kind in RESOLVED_KINDS], how="diagonal"),
        relations=app.lake.current(
            "relations", ["type", "from_id", "to_id", "valid_from", "valid_to", "observed_at", "feed", "props"]
        ),
        events=open_events(app.lake, app.vault),
        readings=_readings(app),
        changes=app.lake.read("entity_changes", ["change", "kind", "entity_id", "other_id"]),
        previous=previous,
    )


def _readings(app: App) -> pl.DataFrame:
    """Readings with the label of their category, the word that feeds with categories of their own use."""
    labels = {code: entry.name for code, entry in taxonomy().items()}
    return app.lake.current("readings").with_columns(pl.col("category").replace_strict(labels, default=None))


def _heads(app: App, kind: str) -> pl.DataFrame:
    table = records_table(kind)
    columns = [name for name in _HEADS if name in TABLES[table].columns]
    return app.lake.current(table, columns).with_columns(kind=pl.lit(kind))


def _run(app: App, source: str, number: int, counts: dict[str, int]) -> pl.DataFrame:
    report: dict[str, Any] = {"source": source, "number": number, **counts}
    return pl.DataFrame(
        {
            "run_id": ["run_" + app.vault.token("link", source, str(number))],
            "kind": ["link"],
            "report": [orjson.dumps(report).decode()],
            "at": [local_now()],
        }
    )
