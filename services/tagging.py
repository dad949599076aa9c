"""Dynamic tags: computed on the graph, logged in the lake, applied like everything else."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.progress import SILENT, Progress
from graph.tags import builtin_rules, evaluate, tag_changes
from services.app import App
from services.projecting import append_changes, graph_state, project_log


def tag_graph(app: App, *, as_of: date | None = None, progress: Progress = SILENT) -> list[dict[str, Any]]:
    """Evaluate every rule on a day (today by default); returns name, label, bearers, gained, ended of each rule."""
    day = as_of or newest_day(app)
    rules = builtin_rules()
    with app.writing(), progress.task("动态标签", total=len(rules), unit="条规则") as task:
        taggings = evaluate(app.store, rules, day)
        task.advance(len(rules))
        nodes, edges = tag_changes(graph_state(app), taggings, rules, day)
        append_changes(app, nodes, edges)
        project_log(app, progress=progress)
    del edges
    return []
