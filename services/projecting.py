"""Bring the graph up to the lake's log of changes."""

from __future__ import annotations

from typing import Any, Final

from core.progress import SILENT, Progress
from governance.access import AccessContext
from graph.projection import project, watermark
from graph.schema import install
from graph.schema.migrations import start_anew
from services.app import App
from services.indexing import update_search
from services.lake_changes import LakeChanges
from services.linking import link_lake, next_batch

# Rows of a transaction. Twice as many are no faster, and both databases hold a transaction in memory.
_BATCH: Final = 2_000


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
    """Apply the changes that the graph and the search index have not seen; returns counts for a report."""
    report = apply_changes(app, rebuild=rebuild, progress=progress)
    update_search(app, rebuild=rebuild, progress=progress)
    return report


def apply_changes(app: App, *, rebuild: bool = False, progress: Progress = SILENT) -> dict[str, Any]:
    """Apply the changes that the graph has not seen; returns counts for a report.

    Raises `SchemaTooNew` for a graph of a later version, unless `rebuild` drops it.
    """
    if rebuild:
        start_anew(app.store)
    install(app.store, rebuilds=app.may_rebuild)
    return project(app.store, LakeChanges(app), rebuild=rebuild, batch=_BATCH, progress=progress).as_dict()


def projected(app: App) -> bool:
    """Whether the graph holds everything that the log says. Raises `GraphError`s."""
    applied = watermark(app.store)
    return applied is not None and applied.seq >= next_batch(app) - 1
