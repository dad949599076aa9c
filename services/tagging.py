"""Dynamic tags: computed on the graph, logged in the lake, applied like everything else."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import polars as pl

from core.progress import SILENT, Progress
from governance.access import AccessContext
from graph.linking.changes import RULE_LABELS, RULE_TYPES
from graph.linking.inputs import EDGE_COLUMNS, NODE_COLUMNS, GraphState
from graph.tags.changes import tag_changes
from graph.tags.evaluate import evaluate
from graph.tags.rules import builtin_rules
from services.app import App
from services.linking import append_changes, newest_day, next_batch
from services.projecting import apply_log


def tag_graph(
    app: App, context: AccessContext, *, as_of: date | None = None, progress: Progress = SILENT
) -> list[dict[str, Any]]:
    """Evaluate every rule on a day (by default the newest that the lake knows).

    Returns name, label, bearers, gained, ended of each rule.
    """
    app.audit.record(context, "graph.tag", [])
    day = as_of or newest_day(app)
    rules = builtin_rules()
    with app.writing():
        taggings = evaluate(app.store, rules, day, progress)
        before = _tags(app)
        nodes, edges = tag_changes(before, taggings, rules, as_of=day, seq=next_batch(app))
        append_changes(app, nodes, edges)
        apply_log(app, progress=progress)
    bearers = dict(taggings.group_by("rule").len().iter_rows())
    changes = _count_changes(edges)
    return [
        {
            "name": rule.name,
            "label": rule.label,
            "bearers": bearers.get(rule.name, 0),
            "gained": changes.get((rule.name, False), 0),
            "ended": changes.get((rule.name, True), 0),
        }
        for rule in rules
    ]


def _tags(app: App) -> GraphState:
    """The part of the graph that rules make."""
    return GraphState(
        app.lake.current("graph_nodes", NODE_COLUMNS, where=pl.col("label").is_in(RULE_LABELS)),
        app.lake.current("graph_edges", EDGE_COLUMNS, where=pl.col("type").is_in(RULE_TYPES)),
    )


def _count_changes(edges: pl.DataFrame) -> dict[tuple[str, bool], int]:
    """(rule, ended) → number of taggings that began or ended."""
    counts: dict[tuple[str, bool], int] = {}
    for op, text in edges.select("op", "props").iter_rows():
        props = orjson.loads(text)
        ended = props.get("valid_to") is not None
        if op == "create" or ended:
            key = (props["rule"], ended)
            counts[key] = counts.get(key, 0) + 1
    return counts
