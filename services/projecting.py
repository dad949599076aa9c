"""Bring the graph up to the lake's log of changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from core.progress import SILENT, Progress
from governance.access import AccessContext
from graph.projection import project, watermark
from graph.schema import install
from services.app import App
from services.linking import graph_state, link_lake, next_batch


class LakeChanges:
    """The `graph.projection.ChangeSource` over the lake; a `seq` there is a batch number here."""

    def __init__(self, app: App) -> None:
        self._app = app

    def nodes(self, after: int) -> Iterator[pl.DataFrame]:
        yield from self._changes("graph_nodes", after)

    def edges(self, after: int) -> Iterator[pl.DataFrame]:
        yield from self._changes("graph_edges", after)

    def latest_nodes(self) -> pl.DataFrame:
        return graph_state(self._app).nodes

    def latest_edges(self) -> pl.DataFrame:
        return graph_state(self._app).edges

    def newest(self) -> int:
        return next_batch(self._app) - 1

    def _changes(self, table: str, after: int) -> Iterator[pl.DataFrame]:
        scan = self._app.lake.scan(table).filter(pl.col("batch") > after).sort("batch", "seq", maintain_order=True)
        yield scan.drop("seq", "deleted").rename({"batch": "seq"}).collect()


def link_and_project(
    app: App, context: AccessContext, *, rebuild: bool = False, full: bool = False, progress: Progress = SILENT
) -> dict[str, Any]:
    """Link what is new and apply it; returns counts for a report.

    `full` links everything anew, whatever changed; `rebuild` drops the graph and makes it anew.
    """
    app.audit.record(context, "graph.project", [])
    with app.writing():
        linked = link_lake(app, full=full, progress=progress)
        applied = apply_log(app, rebuild=rebuild, progress=progress)
    return linked | applied


def apply_log(app: App, *, rebuild: bool = False, progress: Progress = SILENT) -> dict[str, Any]:
    """Apply the changes that the graph has not seen."""
    install(app.store)
    return project(app.store, LakeChanges(app), rebuild=rebuild, batch=2_000, progress=progress).as_dict()


def projected(app: App) -> bool:
    """Whether the graph holds everything that the log says. Raises `GraphError`s."""
    applied = watermark(app.store)
    return applied is not None and applied.seq >= next_batch(app) - 1
