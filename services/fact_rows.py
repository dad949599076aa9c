"""What people state about an entity, as rows of the lake: records, relations and judgements of a source of their own.

A record holds one field, so that its time is that of this statement alone; stated again, it is a new version of the
same record, and the older one stays in the log as superseded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import polars as pl

from core.catalogue import KINDS
from core.catalogue.plausible import refusal
from core.clock import local_now
from core.errors import AccessDenied, ChangeInvalid, ChangeRefused
from core.values import InvalidValue, redact, value_type
from governance.access import AccessContext, Role
from loaders.feeds.sealing import sealed_fields
from loaders.feeds.values import Value
from loaders.lake.schema import TABLES, records_table
from resolution.golden import GRID, by_people
from resolution.judgements import Verdict
from resolution.kinds import EXACT_KEYS
from services.app import App
from services.requests import canonical
from services.resolving import last_run

_TEXT_MENTION: Final = "#text."
_LONGEST_WHY: Final = 200
_LONGEST_SUBJECT: Final = 40

Row = dict[str, Any]


class Source(NamedTuple):
    """Who states a fact, as a feed: grid workers together, applications each for itself."""

    feed: str
    department: str


class Stated(NamedTuple):
    """One statement: who, by which feed, when, under which token, and why."""

    context: AccessContext
    source: Source
    token: str
    at: datetime
    why: str


def source_of(context: AccessContext) -> Source:
    """Raises `AccessDenied` for a role that states no facts."""
    match context.role:
        case Role.GRID_WORKER | Role.DEVELOPMENT:
            return Source(GRID, "网格")
        case Role.APPLICATION:
            name = redact(context.subject)[:_LONGEST_SUBJECT]
            return Source(f"app:{name}", f"应用 {name}")
    raise AccessDenied("只有网格员与登记过的应用可以核实与更正", remedy="请联系数据管理员。")


def parsed(kind: str, field: str, text: str) -> tuple[Value, list[str]]:
    """A value as the lake keeps it, and its quality flags. Raises `ChangeInvalid`, also for what it cannot be."""
    declared = KINDS[kind].field(field)
    try:
        value = value_type(declared.type).parse(text)
        if refused := refusal(declared, value):
            raise refused
    except InvalidValue as error:
        raise ChangeInvalid(f"{field}（{declared.label}）：{error.message}", remedy=error.remedy) from None
    number = float(value.text) if declared.type == "number" else None
    return value.text if number is None else number, [f"{field}:{flag}" for flag in value.flags]


def anchor(app: App, kind: str, records: Sequence[str], *, filed: bool = True) -> str:
    """The record of an entity that what people state is tied to: one of a department's file.

    Without `filed`, where there is none, any other: that is enough for the end of a relation.
    """
    heads = app.lake.current(
        records_table(kind), ["record_id", "feed", "record_key"], where=pl.col("record_id").is_in(list(records))
    )
    own: list[str] = [
        record_id
        for record_id, feed, key in heads.sort("record_id").iter_rows()
        if not by_people(feed) and _TEXT_MENTION not in key
    ]
    if not own and not filed:
        return min(records)
    if not own:
        raise ChangeRefused("这个对象没有部门来源的记录，不能核实", remedy="请先由部门数据登记。")
    return own[0]


def seals_minors(app: App, kind: str, records: Sequence[str]) -> bool:
    """Whether an entity's values rest sealed as those of a child do."""
    columns = [f"{field.name}_sealed" for field in KINDS[kind].fields if field.sealed_for_minors]
    if not columns:
        return False
    rows = app.lake.current(records_table(kind), columns, where=pl.col("record_id").is_in(list(records)))
    return any(rows[name].is_not_null().any() for name in columns)


def state_values(
    app: App, stated: Stated, kind: str, entity_id: str, field: str, values: Mapping[str, Value],
    flags: Sequence[str], *, tied_to: str | None, minor: bool, part: str = "",
) -> str:  # fmt: skip
    """Append a record of an entity, tied to another of its records; returns its id.

    The judgement goes first: without its record it says nothing, and the record without it could become somebody else.
    """
    key = f"{entity_id}/{field}{part}#{kind}"
    feed, department = stated.source
    record_id = f"rec_{app.vault.token(feed, key)}"
    if tied_to is not None and kind not in EXACT_KEYS:
        _tie(app, stated, kind, record_id, tied_to)
    row: Row = {
        "record_id": record_id,
        "row_id": "row_" + app.vault.token("row", feed, key),
        "feed": feed,
        "department": department,
        "record_key": key,
        "observed_at": stated.at,
        "content_hash": app.vault.token("content", canonical([kind, dict(values), list(flags)])),
        "load_id": f"fact_{stated.token}",
        "flags": list(flags),
        **sealed_fields(app.vault, KINDS[kind], dict(values), record_id, minor=minor),
    }
    _append(app, stated, records_table(kind), row, record_id)
    if tied_to is not None:
        _assign(app, stated, kind, record_id, entity_id)
    return record_id


def state_relation(
    app: App, stated: Stated, kind: str, ends: tuple[str, str], records: tuple[str, str],
    valid_from: date | None, valid_to: date | None,
) -> None:  # fmt: skip
    """Append a relation between two entities (`ends`), stated of one record of each."""
    feed = stated.source.feed
    days = [day.isoformat() if day else None for day in (valid_from, valid_to)]
    row: Row = {
        "relation_id": "rel_" + app.vault.token(feed, kind, *ends),
        "row_id": "row_" + app.vault.token("row", feed, kind, *ends),
        "type": kind,
        "from_id": records[0],
        "to_id": records[1],
        "valid_from": days[0],
        "valid_to": days[1],
        "observed_at": stated.at,
        "feed": feed,
        "props": "{}",
        "content_hash": app.vault.token("content", canonical([kind, records, days])),
        "load_id": f"fact_{stated.token}",
    }
    _append(app, stated, "relations", row, row["relation_id"])


def stated_before(app: App, stated: Stated, kind: str, ends: tuple[str, str]) -> bool:
    """Whether the source has stated a relation between two entities."""
    own = "rel_" + app.vault.token(stated.source.feed, kind, *ends)
    return app.lake.current("relations", ["relation_id"], where=pl.col("relation_id") == own).height > 0


def stated_now(context: AccessContext, token: str, why: str) -> Stated:
    """Raises `AccessDenied`, and `ChangeInvalid` where no reason is given."""
    words = redact("".join(character for character in why if character.isprintable()).strip())[:_LONGEST_WHY]
    if not words:
        raise ChangeInvalid("why（理由）：没有写", remedy="请写明依据，例如“上门核实”。")
    return Stated(context, source_of(context), token, local_now(), words)


def _tie(app: App, stated: Stated, kind: str, record_id: str, tied_to: str) -> None:
    a, b = sorted((record_id, tied_to))
    row: Row = {
        "judgement_id": "jud_" + app.vault.token(kind, a, b, stated.token),
        "kind": kind,
        "record_a": a,
        "record_b": b,
        "verdict": Verdict.POSITIVE.value,
        "who": stated.context.subject,
        "why": stated.why,
        "at": stated.at,
        "origin": "fact",
    }
    _append(app, stated, "judgements", row, record_id)


def _assign(app: App, stated: Stated, kind: str, record_id: str, entity_id: str) -> None:
    """Put the record where the judgement will keep it, so that the graph need not wait for the next run.

    It goes under the last run: one that is not in the log counts as a run that was killed half-way.
    """
    run = last_run(app, kind)
    if run is not None:
        row: Row = {"kind": kind, "record_id": record_id, "entity_id": entity_id, "probability": 1.0}
        _append(app, stated, "assignments", row | {"run_id": run["run_id"]}, record_id)


def _append(app: App, stated: Stated, table: str, row: Row, name: str) -> None:
    """Append a row, once for each statement."""
    schema = {column: dtype for column, dtype in TABLES[table].columns.items() if column in row}
    app.lake.append(table, pl.DataFrame([row], schema=schema), transaction=(f"fact:{stated.token}:{name}", 1))
