"""Events that come over the interface: reported, read at once, and taken through the states of their handling.

A report takes the way of a loaded row: `loaders/mappings/intake/app_intake.yaml` names its fields, their value types
read and refuse them, and the sealer makes them rest as they do in every other feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson
import polars as pl

from core.catalogue import KINDS
from core.clock import local_now
from core.codes import table
from core.errors import AccessDenied, ChangeInvalid, ChangeRefused, EntityUnknown
from core.values import redact, shown_id
from governance.access import AccessContext, Role
from loaders.feeds.catalogue import BUILTIN, load_mapping
from loaders.feeds.commit import Committer
from loaders.feeds.mapping import Mapping as Feed
from loaders.feeds.parsing import Chunk, ChunkParser, FileContext
from loaders.feeds.reading import RowReader
from loaders.feeds.report import LoadCounts
from loaders.feeds.values import Fault, RowRefused
from nlp.reading import Reading as ReadText
from nlp.reading import read_text
from services.app import App
from services.fact_rows import anchor
from services.gazetteer import build_gazetteer
from services.requests import RESOLVES, Content, canonical
from services.subjects import Subject, subject_of
from services.visibility import allowed

FEED: Final = "app_intake"
LONGEST_NOTE: Final = 500
TRANSITIONS: Final[Mapping[str, frozenset[str]]] = {
    "open": frozenset({"processing", "returned", "closed"}),
    "processing": frozenset({"processing", "returned", "closed"}),
    "returned": frozenset({"open", "processing"}),
    "closed": frozenset({"processing"}),
}
"""Status → those that may follow. Processing again hands an event on; what was closed is taken up again."""

_REPORT: Final = frozenset({Role.GRID_WORKER, Role.INTAKE, Role.APPLICATION, Role.DATA_OFFICER, Role.DEVELOPMENT})
_COMPLAIN: Final = frozenset({"person", "organization"})
_COLUMNS: Final = {
    "kind": "kind",
    "text": "text",
    "title": "title",
    "place": "place",
    "occurred_at": "occurredAt",
    "complainant_name": "complainantName",
    "complainant_phone": "complainantPhone",
    "department": "department",
}
_STEP: Final = ("step", "at", "department", "action", "from", "to", "status", "note", "who")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an event's handling. Those of department files have no `status`, `note` and `who`."""

    step: int
    at: datetime | None
    department: str | None
    action: str | None
    start: str | None
    end: str | None
    status: str | None
    note: str | None
    who: str | None


def report_event(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """Take in one event: `_COLUMNS`, texts or None, and `complainant_id`. Returns its id.

    Raises `ChangeInvalid`, which names every field that is at fault, `AccessDenied`, and `EntityUnknown` for a
    complainant whom the reader may not see, as for one who is not there.
    """
    _may_report(context)
    complainant = _complainant(app, context, content)
    now = local_now()
    row = {column: content.get(name) for name, column in _COLUMNS.items()}
    row |= {"key": token, "at": now.isoformat(timespec="seconds"), "channel": context.role.value}
    row = {name: value for name, value in row.items() if value is not None}
    source = orjson.dumps(row)
    _check(source)
    load_id = f"loa_{token}"
    file = FileContext(feed(), None, None, FEED, load_id, now)
    parsed = ChunkParser(file, app.vault).parse(Chunk(0, [1], [source]))
    event_id = str(parsed.tables["events"]["event_id"][0])
    app.audit.record(context, "event.report", [event_id])
    with app.writing():
        if complainant:
            _link(app, complainant, event_id, token, now)
        Committer(app.lake, FEED, load_id).commit([parsed], 1, LoadCounts())
    return {"event": event_id, RESOLVES: parsed.tables["records_person"].height > 0}


def _complainant(app: App, context: AccessContext, content: Content) -> Subject | None:
    entity_id = content.get("complainant_id")
    if entity_id is None:
        return None
    if content.get("complainant_name") or content.get("complainant_phone"):
        raise ChangeInvalid(
            "complainantId：不能与 complainantName、complainantPhone 同时给出", remedy="已知投诉人的编号时只写编号。"
        )
    found = subject_of(app, context, entity_id)
    if found.kind not in _COMPLAIN:
        label = KINDS[found.kind].label
        raise ChangeInvalid(f"complainantId：“{label}”不能是投诉人", remedy="请给出人员或单位的编号。")
    return found


def _link(app: App, complainant: Subject, event_id: str, token: str, now: datetime) -> None:
    """Say whose complaint it is, of a record that is that entity's already: nothing is left to be resolved.

    It goes first: without its event it says nothing. It is no part of the event's own row, which states no parties.
    """
    row = {
        "relation_id": "rel_" + app.vault.token(FEED, token, "complainant"),
        "row_id": "row_" + app.vault.token("row", FEED, token, "complainant"),
        "type": "PARTY_TO",
        "from_id": anchor(app, complainant.kind, complainant.records, filed=False),
        "to_id": event_id,
        "observed_at": now,
        "feed": FEED,
        "props": canonical({"role": "complainant"}),
        "content_hash": app.vault.token("content", FEED, token, complainant.id),
        "load_id": f"loa_{token}",
    }
    app.lake.append("relations", pl.DataFrame([row]), transaction=(f"event:{token}:complainant", 1))


def read(app: App, context: AccessContext, text: str) -> ReadText:
    """What the reader makes of a report's text; nothing is stored. Raises `AccessDenied`."""
    _may_report(context)
    app.audit.record(context, "complaints.preview", [])
    return read_text(text, build_gazetteer(app), at=local_now())


def change_status(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """The next step of an event: `id`, `status`, `department` and `note` (or None). Returns its id and status.

    Raises `EntityUnknown` also for one that the reader may not see, `ChangeRefused` for a status that does not follow,
    `ChangeInvalid`, `AccessDenied`.
    """
    _may_report(context)
    event_id, status = content["id"], content["status"]
    note, department = _short(content["note"], "note"), _short(content["department"], "department")
    with app.writing():
        row = _current(app, context, event_id)
        if row["load_id"] == f"chg_{token}":
            return {"event": event_id, "status": status}  # killed after the step was written
        before = row["status"] or "open"
        if status not in TRANSITIONS.get(before, frozenset()):
            codes = table("event_status")
            following = "、".join(codes.label(code) for code in sorted(TRANSITIONS.get(before, ())))
            raise ChangeRefused(
                f"事件现为“{codes.label(before)}”，不能改为“{codes.label(status)}”", remedy=f"可以改为：{following}。"
            )
        now = local_now()
        steps = orjson.loads(row["steps"] or "[]")
        steps.append(_step(len(steps) + 1, now, row["department"], department, status, note, context.subject))
        closing = {"closed_at": now.isoformat(timespec="seconds"), "outcome": note or row["outcome"]}
        changed = row | {
            "status": status,
            "department": department or row["department"],
            "steps": canonical(steps),
            # Its hash stays: the same row delivered once more must not undo the step, a changed one may.
            "load_id": f"chg_{token}",
            "observed_at": now,
            **(closing if status == "closed" else {"closed_at": None}),
        }
        app.audit.record(context, "event.status", [event_id])
        schema = {name: kind for name, kind in app.lake.scan("events").collect_schema().items() if name in changed}
        app.lake.append("events", pl.DataFrame([changed], schema=schema), transaction=(f"event:{token}", 1))
    return {"event": event_id, "status": status}


def history(app: App, context: AccessContext, event_id: str) -> list[Step]:
    """Every step that any version of an event told, oldest first. Raises `EntityUnknown`."""
    _current(app, context, event_id)
    app.audit.record(context, "event.history", [event_id])
    log = app.lake.scan("events").filter(pl.col("event_id") == event_id).select("seq", "steps").collect().sort("seq")
    told: dict[str, Step] = {}
    for text in log["steps"].drop_nulls():
        for raw in orjson.loads(text):
            told.setdefault(canonical(raw), _told(raw))
    return sorted(told.values(), key=lambda step: (step.at or datetime.min, step.step))  # noqa: DTZ901


@lru_cache(maxsize=1)
def feed() -> Feed:
    """The mapping of reports."""
    return load_mapping(BUILTIN / "intake" / f"{FEED}.yaml")


def _may_report(context: AccessContext) -> None:
    if context.role not in _REPORT:
        raise AccessDenied("这个角色不能上报或办理事件", remedy="请联系数据管理员。")


def _check(source: bytes) -> None:
    try:
        RowReader(feed(), None).read(source)
    except RowRefused as refusal:
        raise ChangeInvalid(
            "；".join(_fault(fault) for fault in refusal.faults),
            remedy=refusal.faults[0].remedy + "；没有写入任何内容。",
        ) from None


def _fault(fault: Fault) -> str:
    return f"{fault.column}（{fault.label}）：{fault.message}"


def _current(app: App, context: AccessContext, event_id: str) -> dict[str, Any]:
    """The current row of an event, sealed values as they rest."""
    where = pl.col("event_id") == event_id
    found = app.lake.current("events", where=where)
    if found.is_empty() or not allowed(app, context, "Event", [event_id]):
        raise EntityUnknown(f"没有事件 {shown_id(event_id)}")
    return found.drop("seq", "deleted").row(0, named=True)


def _step(
    number: int, at: datetime, before: str | None, department: str | None, status: str, note: str | None, who: str
) -> dict[str, Any]:
    moved = department is not None and before is not None and department != before
    return {
        "step": number,
        "at": at.isoformat(timespec="seconds"),
        "department": department or before,
        "action": table("event_status").label(status),
        "from": before if moved else None,
        "to": department if moved else None,
        "status": status,
        "note": note,
        "who": who,
    }


def _told(raw: Mapping[str, Any]) -> Step:
    number, at, *others = (raw.get(name) for name in _STEP)
    return Step(int(number or 0), datetime.fromisoformat(at) if at else None, *others)


def _short(text: str | None, name: str) -> str | None:
    """A text of people as it may rest: printable, without personal numbers; None for an empty one."""
    words = "".join(character for character in text or "" if character.isprintable()).strip()
    if len(words) > LONGEST_NOTE:
        raise ChangeInvalid(f"{name}：超过 {LONGEST_NOTE} 个字")
    return redact(words) or None
