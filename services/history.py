"""What was: an entity's life, the assignments of any past run, and the feed of changes.

All of it is read from the append-only tables `assignments`, `entity_changes`, `judgements` and `runs`; a row counts
from the time of its run in `runs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

import orjson
import polars as pl

from core.catalogue import KINDS
from core.errors import EntityUnknown, InvalidSetting, RunUnknown
from core.values import shown_id
from governance.access import AccessContext
from loaders.lake.schema import records_table
from resolution.kinds import RESOLVED_KINDS
from services.app import App
from services.judging import with_act
from services.kinds import checked_kind
from services.record_values import entity_named

CHANGES: Final = {name: f"entity.{name}" for name in ("created", "merged", "split", "retired")}
_CHANGE_COLUMNS: Final = ("change", "kind", "entity_id", "other_id", "run_id")


def assignments_as_of(app: App, kind: str, moment: datetime) -> pl.DataFrame:
    """record_id, entity_id, probability as the newest run by `moment` (local time) left them, by record_id.

    A record that was deleted later still counts; one that was gone by that run does not, as far as the run tells how
    much of the records it covered. Raises `RunUnknown` when there was no run by then.
    """
    runs = app.lake.read("runs").filter(pl.col("kind") == checked_kind(kind), pl.col("at") <= moment)
    if runs.is_empty():
        days = app.lake.read("runs", ["kind", "at"]).filter(pl.col("kind") == kind)["at"].dt.date().sort()
        known = f"最早的一次在 {days[0]}，请写这一天或以后的日期。" if days.len() else "请先运行 weinao resolve。"
        raise RunUnknown(f"到 {moment:%Y-%m-%d %H:%M} 还没有{KINDS[kind].label}的归一", remedy=known)
    rows = app.lake.scan("assignments").filter(pl.col("kind") == kind).collect()
    newest = (
        rows.join(runs.select("run_id").unique(), on="run_id", how="semi")
        .sort("seq")
        .unique("record_id", keep="last", maintain_order=True)
        .filter(~pl.col("deleted").fill_null(value=False))
    )
    gone = _gone(app, kind, orjson.loads(runs["report"][-1]))
    return (
        newest.join(gone, on="record_id", how="anti").select("record_id", "entity_id", "probability").sort("record_id")
    )


def moment_of_run(app: App, run_id: str) -> tuple[str, datetime]:
    """(kind, time) of a run. Raises `RunUnknown`."""
    run = app.lake.read("runs", ["run_id", "kind", "at"]).filter(
        pl.col("run_id") == run_id, pl.col("kind").is_in(RESOLVED_KINDS)
    )
    if run.is_empty():
        raise RunUnknown("没有这个编号的归一")
    return run["kind"][0], run["at"][0]


def past_assignments(
    app: App, context: AccessContext, *, kind: str, run_id: str | None = None, day: str | None = None
) -> dict[str, Any]:
    """The assignments of a run, or at the end of a day (`2026-01-31`): kind, at, entities, records, assignments (a
    frame). Raises `RunUnknown`, `InvalidSetting`.
    """
    if (run_id is None) == (day is None):
        raise InvalidSetting("请在 --run 与 --as-of 中给出一个")
    moment = datetime.combine(_day(day), time.max) if day else None
    if moment is None:
        kind, moment = moment_of_run(app, run_id or "")
    frame = assignments_as_of(app, kind, moment)
    app.audit.record(context, "history.assignments", [])
    return {
        "kind": kind,
        "at": moment.isoformat(timespec="seconds"),
        "records": frame.height,
        "entities": frame["entity_id"].n_unique(),
        "assignments": frame,
    }


def changes_since(
    app: App, context: AccessContext, *, since: str | None = None, kind: str | None = None
) -> list[dict[str, Any]]:
    """The feed of changes, oldest first: name (`CHANGES`), kind, entity_id, other_id, run_id, at.

    `since` is a run (what came after it) or a day (from its beginning). merged: `entity_id` went into `other_id`;
    split: `entity_id` was split off `other_id`. Raises `RunUnknown`, `InvalidSetting`.
    """
    feed = _changes(app)
    if kind is not None:
        feed = feed.filter(pl.col("kind") == checked_kind(kind))
    if since is not None and since.startswith("run_"):
        feed = feed.filter(pl.col("at") > moment_of_run(app, since)[1])
    elif since is not None:
        feed = feed.filter(pl.col("at") >= datetime.combine(_day(since), time.min))
    app.audit.record(context, "history.changes", [])
    return feed.to_dicts()


def changes_of_last_run(app: App, context: AccessContext, kind: str) -> list[dict[str, Any]]:
    """The changes that the newest run of a kind made, as `changes_since` gives them."""
    runs = app.lake.read("runs", ["run_id", "kind"]).filter(pl.col("kind") == kind)
    newest = None if runs.is_empty() else runs["run_id"][-1]
    app.audit.record(context, "history.changes", [])
    return _changes(app).filter(pl.col("run_id") == newest).to_dicts()


def entity_history(app: App, context: AccessContext, entity_id: str) -> dict[str, Any]:
    """The life of one entity. Raises `EntityUnknown`.

    entity_id, kind, living (the id that it goes by today, None when it has no record left), changes (of this id),
    records (record_id, feed, record_key, since, since_run, until, until_run, moved_to, present), judgements (with
    `in_force`).
    """
    kind = _kind_of(entity_id)
    log = app.lake.scan("assignments").filter(pl.col("kind") == kind).sort("seq").collect()
    ever = log.filter(pl.col("entity_id") == entity_id)["record_id"].unique().to_list()
    feed = _changes(app).filter((pl.col("entity_id") == entity_id) | (pl.col("other_id") == entity_id))
    if not ever and feed.is_empty():
        raise EntityUnknown(f"没有实体 {shown_id(entity_id)}")
    moments = dict(app.lake.read("runs", ["run_id", "at"]).iter_rows())
    heads = app.lake.scan(records_table(kind)).filter(pl.col("record_id").is_in(ever)).sort("seq")
    columns = ["record_id", "feed", "record_key", "deleted"]
    told = {row["record_id"]: row for row in heads.select(columns).collect().iter_rows(named=True)}
    records = [
        stay
        | {name: told.get(stay["record_id"], {}).get(name) for name in ("feed", "record_key")}
        | {"present": not told.get(stay["record_id"], {"deleted": True})["deleted"]}
        for stay in _stays(log.filter(pl.col("record_id").is_in(ever)), entity_id, moments)
    ]
    app.audit.record(context, "history.entity", [entity_id])
    return {
        "entity_id": entity_id,
        "kind": kind,
        "living": _living(app, entity_id),
        "changes": feed.to_dicts(),
        "records": records,
        "judgements": _judgements(app, kind, ever),
    }


def _living(app: App, entity_id: str) -> str | None:
    try:
        return entity_named(app, entity_id)[1]
    except EntityUnknown:
        return None


def _kind_of(entity_id: str) -> str:
    """The kind that an entity id names by its prefix. Raises `EntityUnknown`."""
    prefix = entity_id.partition("_")[0]
    for kind in RESOLVED_KINDS:
        if KINDS[kind].id_prefix == prefix:
            return kind
    raise EntityUnknown(f"{shown_id(entity_id)} 不是实体编号", remedy="实体编号形如 per_…、org_…、dwe_…。")


def _stays(log: pl.DataFrame, entity_id: str, moments: Mapping[str, datetime]) -> list[dict[str, Any]]:
    """From when until when each record was of the entity, oldest first."""
    stays: list[dict[str, Any]] = []
    open_stay: dict[str, dict[str, Any]] = {}
    for record, entity, run, deleted in log.select("record_id", "entity_id", "run_id", "deleted").iter_rows():
        here = entity == entity_id and not deleted
        stay = open_stay.get(record)
        if here and stay is None:
            stay = {"record_id": record, "since": moments.get(run), "since_run": run}
            stay |= {"until": None, "until_run": None, "moved_to": None}
            open_stay[record] = stay
            stays.append(stay)
        elif stay is not None and not here:
            stay |= {"until": moments.get(run), "until_run": run, "moved_to": None if deleted else entity}
            del open_stay[record]
    return stays


def _judgements(app: App, kind: str, records: list[str]) -> list[dict[str, Any]]:
    touching = pl.col("record_a").is_in(records) | pl.col("record_b").is_in(records)
    made = app.lake.read("judgements").filter((pl.col("kind") == kind) & ~pl.col("deleted"))
    force = set(app.lake.current("judgements", ["judgement_id"])["judgement_id"])
    return [
        row | {"in_force": row["judgement_id"] in force}
        for row in with_act(made).filter(touching).drop("seq", "deleted", "kind").iter_rows(named=True)
    ]


def _changes(app: App) -> pl.DataFrame:
    """name, kind, entity_id, other_id, run_id, at in the order of the log."""
    runs = app.lake.read("runs", ["run_id", "at"]).unique("run_id", keep="first", maintain_order=True)
    return (
        app.lake.read("entity_changes", _CHANGE_COLUMNS)
        .join(runs, on="run_id", how="inner", maintain_order="left")
        .with_columns(pl.col("change").replace_strict(CHANGES, return_dtype=pl.String).alias("name"))
        .select("name", "kind", "entity_id", "other_id", "run_id", "at")
    )


def _gone(app: App, kind: str, report: Mapping[str, Any]) -> pl.DataFrame:
    """The records that were deleted among the rows which the run of `report` covered."""
    table = records_table(kind)
    covered = report.get("covered", {}).get(table)
    if covered is None:
        return pl.DataFrame(schema={"record_id": pl.String})
    seen = app.lake.scan(table).filter(pl.col("seq") <= covered).select("seq", "record_id", "deleted").sort("seq")
    latest = seen.group_by("record_id").agg(pl.col("deleted").last())
    return latest.filter(pl.col("deleted")).select("record_id").collect()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidSetting("日期看不懂", remedy="日期写成 2026-01-31；归一编号形如 run_…。") from None
