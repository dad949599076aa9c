"""Resolve the records of the lake, and log what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from core.catalogue import KINDS
from core.progress import SILENT, Progress
from governance.access import AccessContext
from loaders.feeds.opening import open_records
from loaders.lake.schema import records_table
from resolution.run import Resolution, resolve
from services.app import App
from services.judging import current
from services.kinds import RESOLVED_KINDS, checked_kind
from services.training import model_of, with_context


def resolve_all(
    app: App, context: AccessContext, *, kinds: Sequence[str] | None = None, progress: Progress = SILENT
) -> list[dict[str, Any]]:
    """Resolve each kind; one whose records and judgements have not changed since its last run is skipped.

    Returns a row for each kind: label, records, entities, created, merged, split, seconds, skipped, report.
    """
    app.audit.record(context, "records.resolve", [])
    with app.writing():
        return [_resolve_kind(app, checked_kind(kind), progress) for kind in kinds or RESOLVED_KINDS]


def last_run(app: App, kind: str) -> dict[str, Any] | None:
    """The report of the newest run of a kind."""
    runs = app.lake.read("runs").filter(pl.col("kind") == kind).sort("seq")
    return None if runs.is_empty() else orjson.loads(runs["report"][-1])


def input_tables(kind: str) -> list[str]:
    """The lake tables that a run of `kind` reads: a person's door may stand in the dwelling of the same row."""
    return [records_table(name) for name in (("person", "dwelling") if kind == "person" else (kind,))]


def _source(app: App, kind: str) -> str:
    """What a run depends on: equal sources give equal results."""
    model = model_of(app, kind)
    versions = [f"{table}:{app.lake.version(table)}" for table in (*input_tables(kind), "judgements")]
    return "/".join([model.digest if model else "exact", *versions])


def _resolve_kind(app: App, kind: str, progress: Progress) -> dict[str, Any]:
    source = _source(app, kind)
    previous_run = last_run(app, kind)
    if previous_run and previous_run["source"] == source:
        return {**previous_run, "skipped": True, "created": 0, "merged": 0, "split": 0, "seconds": 0.0}
    started = time.monotonic()
    number = previous_run["number"] + 1 if previous_run else 1
    run_id = "run_" + app.vault.token(kind, source, str(number))
    before = app.lake.current("assignments", where=pl.col("kind") == kind)
    result = _full(app, kind, run_id, before, progress)
    log_assignments(app, kind, run_id, number, before, result)
    told = dict(result.changes.group_by("change").len().iter_rows())
    report = {
        "number": number,
        "kind": kind,
        "label": KINDS[kind].label,
        "source": source,
        "records": result.assignments.height,
        "entities": result.assignments["entity_id"].n_unique(),
        "created": told.get("created", 0),
        "merged": told.get("merged", 0),
        "split": told.get("split", 0),
        "seconds": round(time.monotonic() - started, 2),
        "skipped": False,
        "report": result.report.as_dict(),
    }
    run = pl.DataFrame(
        {"run_id": [run_id], "kind": [kind], "report": [orjson.dumps(report).decode()], "at": [datetime.now()]}  # noqa: DTZ005
    )
    app.lake.append("runs", run, transaction=(f"runs:{kind}", number))
    return report


def _full(app: App, kind: str, run_id: str, before: pl.DataFrame, progress: Progress) -> Resolution:
    return resolve(
        kind,
        with_context(app, kind, open_records(app.lake, kind, app.vault)),
        previous=before.select("record_id", "entity_id", "seq"),
        judgements=current(app, kind),
        token=app.vault.token,
        model=model_of(app, kind),
        run_id=run_id,
        progress=progress,
    )


def log_assignments(app: App, kind: str, run_id: str, number: int, before: pl.DataFrame, result: Resolution) -> None:
    """Append what changed. The feed of changes goes first: once assignments are in, a repeat would see nothing new."""
    # A home may hold no record of a kind; its empty columns then have no type of their own.
    ids = pl.col("record_id", "entity_id").cast(pl.String)
    after = result.assignments.with_columns(ids, kind=pl.lit(kind), run_id=pl.lit(run_id))
    changed = after.join(before, on=["record_id", "entity_id"], how="anti")
    changes = result.changes.with_columns(pl.all().cast(pl.String), kind=pl.lit(kind), run_id=pl.lit(run_id))
    app.lake.append("entity_changes", changes, transaction=(f"entity_changes:{kind}", number))
    app.lake.append("assignments", changed, transaction=(f"assignments:{kind}", number))
