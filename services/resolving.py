"""Resolve the records of the lake, and log what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import orjson
import polars as pl

from core.catalogue import KINDS
from core.clock import local_now
from core.errors import EvidenceMissing, KeyUnusable, StateMissing
from core.progress import SILENT, Progress
from core.settings import ResolutionEngine
from governance.access import AccessContext
from loaders.feeds.opening import open_records
from resolution.index.update import update
from resolution.kinds import EXACT_KEYS, RESOLVED_KINDS
from resolution.run import Comparison, by_comparison, resolve
from resolution.state import State
from services.app import App
from services.changed import changed_ids, covered_now, input_state, input_tables
from services.judging import current, version
from services.kinds import checked_kind
from services.state import ages, homes, kept_run, load_state, save_state
from services.training import model_of, with_context

# Beyond this share of changed records, parameters, frequencies and threshold are learned anew; below so few never.
_SMALL_SHARE: Final = 0.05
_FEW: Final = 20
_TAKEN_BACK: Final = {"created": "retired", "retired": "created", "merged": "split", "split": "merged"}


def resolve_all(
    app: App,
    context: AccessContext,
    *,
    kinds: Sequence[str] | None = None,
    full: bool = False,
    progress: Progress = SILENT,
) -> list[dict[str, Any]]:
    """Resolve each kind; one whose records, judgements and model have not changed since its last run is skipped.

    A few changed records touch only the clusters that they can reach, by the parameters of the last full run; `full`
    learns from all records anew. Returns a row for each kind: label, mode (full, incremental), records, entities,
    created, merged, split, retired, seconds, skipped, report. Raises `EvidenceMissing` of one kind after the others.
    """
    wanted = [checked_kind(kind) for kind in kinds or RESOLVED_KINDS]
    app.audit.record(context, "records.resolve", [])
    reports, missing = [], None
    with app.writing():
        for kind in wanted:
            try:
                reports.append(_resolve_kind(app, kind, progress, full=full))
            except EvidenceMissing as error:
                missing = missing or error
    if missing:
        raise missing
    return reports


def last_run(app: App, kind: str) -> dict[str, Any] | None:
    """The report of the newest run of a kind, with its `run_id`."""
    runs = app.lake.read("runs").filter(pl.col("kind") == kind).sort("seq")
    return None if runs.is_empty() else {**orjson.loads(runs["report"][-1]), "run_id": runs["run_id"][-1]}


def _source(app: App, kind: str) -> str:
    """What a run depends on: equal sources give equal results."""
    model = model_of(app, kind)
    versions = [f"{table}:{input_state(app, table)}" for table in input_tables(kind)]
    return "/".join([model.digest if model else "exact", f"judgements:{version(app, kind)}", *versions])


def _resolve_kind(app: App, kind: str, progress: Progress, *, full: bool) -> dict[str, Any]:
    source = _source(app, kind)
    previous_run = last_run(app, kind)
    orphans = _orphans(app, kind)
    if previous_run and previous_run["source"] == source and not (full or orphans) and _kept(app, kind, previous_run):
        return {**previous_run, "skipped": True, "created": 0, "merged": 0, "split": 0, "seconds": 0.0}
    started = time.monotonic()
    begun = app.lake.applied("entity_changes", f"entity_changes:{kind}") or 0
    number = max(begun, previous_run["number"] if previous_run else 0)
    placed = app.lake.applied("assignments", f"assignments:{kind}") == number
    # A run that was killed half-way is taken up under its number if it read the same; others are closed.
    run_id = _run_id(app, kind, source, number, full=full)
    resumed = run_id in orphans
    for orphan in sorted(orphans - {run_id}):
        _close(app, kind, orphan, number, placed=placed)
    if not resumed:
        number += 1
        run_id = _run_id(app, kind, source, number, full=full)
    # Only the state of the run that placed the records in the lake tells where they are.
    placing = previous_run["run_id"] if previous_run else None
    if orphans and placed:
        placing = run_id if resumed else None
    done = None if full else _small(app, kind, run_id, placing)
    mode = "full" if done is None else "incremental"
    done = done or _full(app, kind, run_id, progress)
    _log(app, kind, run_id, number, done)
    if done.state is not None:
        save_state(app, done.state)
    counted = dict(done.changes.group_by("change").len().iter_rows())
    report = {
        "number": number,
        "kind": kind,
        "label": KINDS[kind].label,
        "mode": mode,
        "source": source,
        "covered": covered_now(app, kind),
        "records": done.records,
        "entities": done.entities,
        **{change: counted.get(change, 0) for change in ("created", "merged", "split", "retired")},
        "seconds": round(time.monotonic() - started, 2),
        "skipped": False,
        "report": done.report,
    }
    _log_run(app, kind, run_id, report)
    return report


def _log_run(app: App, kind: str, run_id: str, report: dict[str, Any]) -> None:
    run = {"run_id": [run_id], "kind": [kind], "report": [orjson.dumps(report).decode()], "at": [local_now()]}
    app.lake.append("runs", pl.DataFrame(run))


def _close(app: App, kind: str, orphan: str, number: int, *, placed: bool) -> None:
    """Log a run that was killed half-way and will not be taken up; what it told but did not do is taken back."""
    if not placed:
        told = app.lake.scan("entity_changes").filter((pl.col("kind") == kind) & (pl.col("run_id") == orphan))
        back = told.collect().sort("seq", descending=True).drop("seq", "deleted")
        back = back.with_columns(pl.col("change").replace_strict(_TAKEN_BACK, return_dtype=pl.String))
        app.lake.append("entity_changes", back, transaction=(f"entity_changes:{kind}:back", number))
    _log_run(app, kind, orphan, {"number": number, "kind": kind, "mode": "interrupted", "source": ""})


def _run_id(app: App, kind: str, source: str, number: int, *, full: bool) -> str:
    return "run_" + app.vault.token(kind, source, str(number), "full" if full else "")


def _orphans(app: App, kind: str) -> set[str]:
    """Runs that left changes or assignments and were killed before they were logged."""
    runs = app.lake.scan("runs").filter(pl.col("kind") == kind).select("run_id").collect()["run_id"]
    return {
        run_id
        for table in ("entity_changes", "assignments")
        for run_id in app.lake.scan(table).filter(pl.col("kind") == kind).select("run_id").unique().collect()["run_id"]
    } - set(runs)


def _kept(app: App, kind: str, run: dict[str, Any]) -> bool:
    """Whether what the run left for explanation and review is there."""
    return kind in EXACT_KEYS or kept_run(app, kind) == run["run_id"]


@dataclass(frozen=True, slots=True)
class _Done:
    """What a run leaves. `assignments` holds at least the records whose entity changed."""

    assignments: pl.DataFrame
    changes: pl.DataFrame
    state: State | None
    records: int
    entities: int
    report: dict[str, Any]


def _full(app: App, kind: str, run_id: str, progress: Progress) -> _Done:
    before = app.lake.current("assignments", ["record_id", "entity_id", "seq"], where=pl.col("kind") == kind)
    before = before.join(_ended(app, kind), on="entity_id", how="anti")
    covered = covered_now(app, kind)
    records = with_context(app, kind, open_records(app.lake, kind, app.vault))
    with _comparing(app) as compare:
        result = resolve(
            kind,
            records,
            previous=before,
            homes=homes(app, kind),
            judgements=current(app, kind),
            token=app.vault.token,
            model=model_of(app, kind),
            run_id=run_id,
            compare=compare,
            progress=progress,
        )
    after = result.assignments.with_columns(pl.col("record_id", "entity_id").cast(pl.String))
    changed = after.join(before, on=["record_id", "entity_id"], how="anti")
    state = result.state and replace(result.state, covered=covered)
    report = result.report.as_dict()
    return _Done(changed, result.changes, state, after.height, after["entity_id"].n_unique(), report)


def _small(app: App, kind: str, run_id: str, placing: str | None) -> _Done | None:
    """A run over what has changed, by the parameters of the last full one; None where a full run is called for.

    What is kept must come from the run `placing`: the one whose assignments are the last in the lake.
    """
    model = model_of(app, kind)
    if model is None or model.declaration.adopt:
        return None
    try:
        state = load_state(app, kind)
    except (StateMissing, KeyUnusable):
        return None
    ids = changed_ids(app, kind, state.covered)
    if state.run_id != placing or state.base != model.digest:
        return None
    if len(ids) > max(_FEW, _SMALL_SHARE * state.members.height):
        return None
    covered = covered_now(app, kind)
    records = open_records(app.lake, kind, app.vault, where=pl.col("record_id").is_in(list(ids)))
    result = update(
        state,
        with_context(app, kind, records),
        ids - set(records["record_id"]),
        current(app, kind),
        token=app.vault.token,
        ages=ages(app, kind),
        homes=dict(homes(app, kind).iter_rows()),
        run_id=run_id,
        covered=covered,
    )
    members = result.state.members
    entities = members["entity_id"].n_unique()
    return _Done(result.assignments, result.changes, result.state, members.height, entities, result.state.report)


@contextmanager
def _comparing(app: App) -> Iterator[Comparison]:
    """Where records are compared: in this process, or on Spark where the settings say so."""
    if app.settings.resolution_engine is ResolutionEngine.DUCKDB:
        yield by_comparison
        return
    from resolution.spark.run import by_comparison as on_spark
    from resolution.spark.session import open_session

    with open_session(app.settings.spark_master) as session:
        yield partial(on_spark, session)


def _ended(app: App, kind: str) -> pl.DataFrame:
    """entity_id of the entities whose end has been told: their last records stay assigned, but are gone."""
    feed = app.lake.scan("entity_changes").filter((pl.col("kind") == kind) & (pl.col("change") != "merged"))
    last = feed.select("entity_id", "change", "seq").collect().sort("seq").unique("entity_id", keep="last")
    return last.filter(pl.col("change") == "retired").select("entity_id")


def _log(app: App, kind: str, run_id: str, number: int, done: _Done) -> None:
    """Append what changed. The feed goes first: once assignments are in, a repeat would see nothing new."""
    # A home may hold no record of a kind; its empty columns then have no type of their own.
    changes = done.changes.with_columns(pl.all().cast(pl.String), kind=pl.lit(kind), run_id=pl.lit(run_id))
    app.lake.append("entity_changes", changes, transaction=(f"entity_changes:{kind}", number))
    assigned = done.assignments.with_columns(
        pl.col("record_id", "entity_id").cast(pl.String), kind=pl.lit(kind), run_id=pl.lit(run_id)
    )
    app.lake.append("assignments", assigned, transaction=(f"assignments:{kind}", number))
