"""From what the lake knows to the log of changes that the graph applies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

import orjson
import polars as pl

from core.clock import local_now, local_today
from core.progress import SILENT, Progress
from graph.linking.changes import diff
from graph.linking.inputs import EDGE_COLUMNS, NODE_COLUMNS, GraphState, LinkInputs
from graph.linking.link import link
from graph.linking.scope import desired_within
from loaders.feeds.opening import open_events, open_records
from loaders.lake.schema import records_table
from nlp.tables import taxonomy
from resolution.golden import golden
from resolution.kinds import RESOLVED_KINDS
from services.app import App
from services.link_scope import ASSIGNMENT, RELATION, Since, heads, previous_within, scoped_inputs, since, unfinished
from services.matters import MATTER, update_matters

LINK_VERSION: Final = "link-6"
"""Part of what a linking run is known by; raised when linking comes to another graph from the same lake."""

_INPUT_TABLES: Final = (
    *map(records_table, RESOLVED_KINDS),
    "assignments",
    "relations",
    "events",
    "readings",
    "matters",
)
_COVERED: Final = (*_INPUT_TABLES, "entity_changes")
# From this share of changed records on, finding out what they reach costs more than making everything anew.
_SMALL_SHARE: Final = 0.1


def link_lake(app: App, *, full: bool = False, progress: Progress = SILENT) -> dict[str, int]:
    """Log what must change for the graph to say what the lake says; returns node and edge changes.

    Skipped when nothing that linking reads has changed since the last run. When little has, only what that can reach is
    made anew, with the same result; `full` makes everything anew.
    """
    update_matters(app)
    source = "/".join([LINK_VERSION, *(f"{name}:{app.lake.state(name)}" for name in _INPUT_TABLES)])
    last = app.lake.read("runs").filter(pl.col("kind") == "link")
    report = {} if last.is_empty() else orjson.loads(last["report"][-1])
    if report.get("source") == source and not full:
        return {"node_changes": 0, "edge_changes": 0}
    with app.writing():
        covered = {table: [app.lake.last_seq(table), app.lake.count(table)] for table in _COVERED}
        day = newest_day(app).replace(month=1, day=1)
        new = None if full else _little(app, report, covered, day)
        nodes, edges = _whole(app, day, progress) if new is None else _scoped(app, new, day, progress)
        append_changes(app, nodes, edges)
        counts = {"node_changes": nodes.height, "edge_changes": edges.height}
        told = {"covered": covered, "day": day.isoformat(), "batch": next_batch(app) - 1, "scoped": new is not None}
        app.lake.append("runs", _run(app, source, last.height + 1, counts | told))
    return counts


def _little(app: App, report: dict[str, Any], covered: dict[str, list[int]], day: date) -> Since | None:
    """What is new since the run of `report`; None where everything has to be made anew."""
    if not report.get("source", "").startswith(f"{LINK_VERSION}/") or report.get("day") != day.isoformat():
        return None
    before: dict[str, list[int]] = report.get("covered", {})
    # Rows that came must be all there is beside those seen then: erasure takes rows out of the log itself.
    if any(_gap(now) != _gap(before.get(table)) for table, now in covered.items()):
        return None
    new = since(app, {table: seq for table, (seq, _) in before.items()})
    known = sum(before[records_table(kind)][1] for kind in RESOLVED_KINDS) + before["events"][1]
    return None if new.size > _SMALL_SHARE * known or unfinished(app, report["batch"]) else new


def _gap(seen: list[int] | None) -> int | None:
    """How many rows of a table are gone from its log: the highest `seq` less the rows there are."""
    return None if seen is None else seen[0] - seen[1]


def _whole(app: App, day: date, progress: Progress) -> tuple[pl.DataFrame, pl.DataFrame]:
    before = graph_state(app)
    return diff(before, link(_inputs(app, before, day), progress), next_batch(app))


def _scoped(app: App, new: Since, day: date, progress: Progress) -> tuple[pl.DataFrame, pl.DataFrame]:
    inputs, scope, ground = scoped_inputs(app, new)
    readings = _readings(app, pl.col("event_id").is_in(list(scope.events)))
    matters = app.lake.current("matters", MATTER, where=pl.col("event_id").is_in(list(scope.events)))
    changes = _entity_changes(app).filter(pl.col("entity_id").is_in(list(scope.nodes)))
    desired = link(replace(inputs, day=day, readings=readings, matters=matters, changes=changes), progress)
    scope, before = previous_within(app, scope, ground, desired)
    return diff(before, desired_within(desired, scope), next_batch(app))


def graph_state(app: App) -> GraphState:
    """The nodes and edges that the log says are there now."""
    return GraphState(
        app.lake.current("graph_nodes", NODE_COLUMNS),
        app.lake.current("graph_edges", EDGE_COLUMNS),
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
    today = local_today()
    return min(max(newest).date(), today) if newest else today


def _highest(app: App, table: str) -> int:
    value = app.lake.scan(table).select(pl.col("batch").max()).collect().item()
    return value or 0


def _inputs(app: App, previous: GraphState, day: date) -> LinkInputs:
    assignments = app.lake.current("assignments", ASSIGNMENT)
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
        records=pl.concat([heads(app, kind) for kind in RESOLVED_KINDS], how="diagonal"),
        relations=app.lake.current("relations", RELATION),
        events=open_events(app.lake, app.vault),
        readings=_readings(app),
        matters=app.lake.current("matters", MATTER),
        changes=_entity_changes(app),
        previous=previous,
        day=day,
    )


def _entity_changes(app: App) -> pl.DataFrame:
    return app.lake.read("entity_changes", ["change", "kind", "entity_id", "other_id"])


def _readings(app: App, where: pl.Expr | None = None) -> pl.DataFrame:
    """Readings with the label of their category, the word that feeds with categories of their own use."""
    labels = {code: entry.name for code, entry in taxonomy().items()}
    return app.lake.current("readings", where=where).with_columns(
        pl.col("category").replace_strict(labels, default=None)
    )


def _run(app: App, source: str, number: int, told: dict[str, Any]) -> pl.DataFrame:
    report: dict[str, Any] = {"source": source, "number": number, **told}
    return pl.DataFrame(
        {
            "run_id": ["run_" + app.vault.token("link", source, str(number))],
            "kind": ["link"],
            "report": [orjson.dumps(report).decode()],
            "at": [local_now()],
        }
    )
