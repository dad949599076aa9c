"""Events that come over the interface: reported, read at once, and taken through the states of their handling.

A report takes the way of a loaded row: `loaders/mappings/intake/app_intake.yaml` names its fields, their value types
read and refuse them, and the sealer makes them rest as they do in every other feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import orjson
import polars as pl

from core.catalogue import KINDS
from core.clock import LOCAL, local_now
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
from nlp.tables import taxonomy
from services.app import App
from services.fact_rows import anchor
from services.gazetteer import current_gazetteer
from services.requests import RESOLVES, Content, canonical
from services.subjects import Subject, subject_of
from services.text_models import models_in_use
from services.visibility import allowed

FEED: Final = "app_intake"
LONGEST_NOTE: Final = 500
EARLIEST: Final = datetime(1949, 1, 1)  # noqa: DTZ001 - local, as all times of the lake
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
_DAY: Final = timedelta(days=1)  # by which clocks, and what people say of a time, may differ
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


@dataclass(frozen=True, slots=True)
class Tie:
    """What the reporter knew by its id: a party of the event in `role`, or, without a role, the home where it happened.

    `name` tells the ties of one event apart.
    """

    name: str
    subject: Subject
    role: str | None = None


def report_event(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """Take in one event: `_COLUMNS`, texts or None, and `complainant_id`. Returns its id.

    Without a department it goes to that of its category, where the reader of texts is sure of one. Raises
    `ChangeInvalid`, which names every field that is at fault, `AccessDenied`, and `EntityUnknown` for a complainant
    whom the caller may not see, as for one who is not there.
    """
    may_report(context)
    if content.get("complainant_id") and (content.get("complainant_name") or content.get("complainant_phone")):
        raise ChangeInvalid(
            "complainantId：不能与 complainantName、complainantPhone 同时给出", remedy="已知投诉人的编号时只写编号。"
        )
    now = local_now()
    row: dict[str, Any] = {column: content.get(name) for name, column in _COLUMNS.items()}
    happened = happened_at(content.get("occurred_at"), now, "time")
    row |= {
        "occurredAt": happened.isoformat(timespec="seconds") if happened else None,
        "department": (row["department"] or "").strip() or _department(app, content["text"], now),
        "channel": context.role.value,
        "reportedAt": now.isoformat(timespec="seconds"),
    }
    ties = []
    if entity_id := content.get("complainant_id"):
        ties = [Tie("complainant", party_of(app, context, entity_id, "complainantId"), "complainant")]
    event_id, resolves = take_in(app, context, token, row, ties)
    return {"event": event_id, RESOLVES: resolves}


def local_time(moment: datetime) -> datetime:
    """A moment as the lake keeps it."""
    try:
        return moment.astimezone(LOCAL).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:  # in the years 1 and 9999, of which no hour matters
        return moment.replace(tzinfo=None)


def happened_at(text: str | None, told: datetime, field: str) -> datetime | None:
    """When a matter happened (ISO text) of which somebody told at `told`. Raises `ChangeInvalid` for what cannot be."""
    if text is None:
        return None
    moment = local_time(datetime.fromisoformat(text))
    if moment < EARLIEST:
        raise ChangeInvalid(f"{field}：早于 {EARLIEST.year} 年", remedy="请核对年份是否写错；不知道何时发生就不写。")
    if moment > local_now() + _DAY:
        raise ChangeInvalid(f"{field}：不能是将来的时间", remedy="请写事情发生的时间；不知道就不写。")
    if moment > told + _DAY:
        raise ChangeInvalid(f"{field}：比来电晚一天以上", remedy="请核对发生时间与来电时间。")
    return moment


def _department(app: App, text: str, at: datetime) -> str | None:
    """That of the category that the reader is sure of; a guess sends a matter nowhere."""
    category = _reading(app, text, at).category
    return taxonomy()[category].department if category else None


def party_of(app: App, context: AccessContext, entity_id: str, field: str) -> Subject:
    """A person or an organization by id. Raises `EntityUnknown`, `ChangeInvalid` for what is no party of an event."""
    found = subject_of(app, context, entity_id)
    if found.kind not in _COMPLAIN:
        label = KINDS[found.kind].label
        raise ChangeInvalid(f"{field}：“{label}”不能是当事人", remedy="请给出人员或单位的编号。")
    return found


def take_in(
    app: App, context: AccessContext, token: str, row: Mapping[str, Any], ties: Sequence[Tie]
) -> tuple[str, bool]:
    """Write one event, whose `row` has the columns of the feed; the same token writes it once.

    Returns its id, and whether it brings records that are still to be resolved. Raises `ChangeInvalid`.
    """
    now = local_now()
    whole = {"key": token, "at": now.isoformat(timespec="seconds"), **row}
    source = orjson.dumps({name: value for name, value in whole.items() if value is not None})
    _check(source)
    load_id = f"loa_{token}"
    parsed = ChunkParser(FileContext(feed(), None, None, FEED, load_id, now), app.vault).parse(Chunk(0, [1], [source]))
    event_id = str(parsed.tables["events"]["event_id"][0])
    app.audit.record(context, "event.report", [event_id])
    with app.writing():
        if ties:
            _tie(app, ties, event_id, token, now)
        Committer(app.lake, FEED, load_id).commit([parsed], 1, LoadCounts())
    return event_id, any(frame.height for table, frame in parsed.tables.items() if table.startswith("records_"))


def _tie(app: App, ties: Sequence[Tie], event_id: str, token: str, now: datetime) -> None:
    """Say whose complaint it is, and of which home, of a record that is that entity's already: nothing is left to be
    resolved.

    They go first: without their event they say nothing. They are no part of the event's own row.
    """
    rows = []
    for tie in ties:
        record = anchor(app, tie.subject.kind, tie.subject.records, filed=False)
        ends = (record, event_id) if tie.role else (event_id, record)
        rows.append(
            {
                "relation_id": "rel_" + app.vault.token(FEED, token, tie.name),
                "row_id": "row_" + app.vault.token("row", FEED, token, tie.name),
                "type": "PARTY_TO" if tie.role else "OCCURRED_AT",
                "from_id": ends[0],
                "to_id": ends[1],
                "observed_at": now,
                "feed": FEED,
                "props": canonical({"role": tie.role} if tie.role else {}),
                "content_hash": app.vault.token("content", FEED, token, tie.subject.id),
                "load_id": f"loa_{token}",
            }
        )
    app.lake.append("relations", pl.DataFrame(rows), transaction=(f"event:{token}:ties", 1))


def read(app: App, context: AccessContext, text: str) -> ReadText:
    """What the reader makes of a report's text; nothing is stored. Raises `AccessDenied`."""
    may_report(context)
    app.audit.record(context, "complaints.preview", [])
    return _reading(app, text, local_now())


def _reading(app: App, text: str, at: datetime) -> ReadText:
    return read_text(text, current_gazetteer(app), at=at, models=models_in_use(app))


def change_status(app: App, context: AccessContext, token: str, content: Content) -> dict[str, Any]:
    """The next step of an event: `id`, `status`, `department` and `note` (or None). Returns its id and status.

    Raises `EntityUnknown` also for one that the reader may not see, `ChangeRefused` for a status that does not follow,
    `ChangeInvalid`, `AccessDenied`.
    """
    may_report(context)
    event_id, status = content["id"], content["status"]
    note, department = _short(content["note"], "note"), _short(content["department"], "department")
    with app.writing():
        row = current_event(app, context, event_id)
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
    current_event(app, context, event_id)
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


def may_report(context: AccessContext) -> None:
    """Raises `AccessDenied` for a reader who takes in no events."""
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


def current_event(app: App, context: AccessContext, event_id: str) -> dict[str, Any]:
    """The current row of an event, sealed values as they rest. Raises `EntityUnknown` also for what is withheld."""
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
