"""What stands behind one relation of the graph: every record that ever stated it, and how far each was believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
import polars as pl

from core.codes import table
from core.errors import EntityUnknown
from core.values import shown_id
from governance.access import AccessContext
from graph.linking.authority import authority
from graph.linking.inference import INFERRED
from graph.linking.inference import rules as inference_rules
from loaders.feeds.catalogue import builtin_mappings
from loaders.lake.schema import records_table
from resolution.golden import APPLICATION, GRID
from resolution.kinds import RESOLVED_KINDS
from services.app import App
from services.intake import FEED as INTAKE
from services.record_values import members_of
from services.statements import PAST, Statement

ORIGIN_LABELS: Final = {
    "stated": "来源直接写明",
    "inferred": "由规则推断",
    "derived": "由地址或其他关系得出",
    "ruled": "由标签规则得出",
}
STATUS_LABELS: Final = {
    "supports": "支持这一时段",
    "ended": "写明已结束",
    "other_time": "说的是另一时段",
} | PAST
# A relation that a record states of its own event lies the other way round in the log than in the graph.
_EITHER_WAY: Final = ("PARTY_TO", "OCCURRED_AT")
_LOG: Final = ("seq", "deleted", "relation_id", "type", "from_id", "to_id", "valid_from", "valid_to", "observed_at",
               "feed", "props")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assertion(Statement):
    """One version of one record's statement. `authority`: how far such a statement of the feed is believed, 0–1."""

    feed: str
    feed_label: str
    record_id: str
    record_key: str | None
    valid_from: date | None
    valid_to: date | None
    observed_at: datetime | None
    authority: float
    role: str | None
    status: str

    LABELS = STATUS_LABELS


@dataclass(frozen=True, slots=True)
class Backing:
    """Why an edge is there. `origin` is a key of `ORIGIN_LABELS`; `because` says so of what no record states."""

    edge_id: str
    type: str
    origin: str
    because: str | None
    confidence: float | None
    assertions: list[Assertion]

    @property
    def origin_label(self) -> str:
        return ORIGIN_LABELS[self.origin]

    def as_dict(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("edge_id", "type", "origin", "origin_label", "because")}
        return own | {"confidence": self.confidence, "assertions": [one.as_dict() for one in self.assertions]}


def assertions_of(app: App, context: AccessContext, edge_id: str) -> Backing:
    """Who ever stated a relation, the newest first; relations that no record states say what they follow from.

    Raises `EntityUnknown` for an edge that is not there.
    """
    edge = _edge(app, edge_id)
    app.audit.record(context, "edge.assertions", [edge["from_id"], edge["to_id"]])
    props = orjson.loads(edge["props"])
    stated = _statements(app, edge)
    origin, because = _origin(edge["type"], props, stated=bool(stated))
    keys = _record_keys(app, [row["from_id"] for row in stated])
    span = (_day(props.get("valid_from")), _day(props.get("valid_to")))
    return Backing(
        edge_id, edge["type"], origin, because, props.get("confidence"), [_told(row, span, keys) for row in stated]
    )


def _edge(app: App, edge_id: str) -> Mapping[str, Any]:
    columns = ["seq", "op", "id", "type", "from_id", "to_id", "props"]
    rows = app.lake.scan("graph_edges").filter(pl.col("id") == edge_id).select(columns).collect().sort("seq")
    if rows.is_empty() or rows["op"][-1] == "delete":
        raise EntityUnknown(
            f"没有关系 {shown_id(edge_id)}", remedy="关系编号形如 rel_…，随查询结果给出；重新连接后会变。"
        )
    return rows.row(-1, named=True)


def _statements(app: App, edge: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the log of relations between records of the two ends, newest first.

    `_newest`: no later version of the statement; `_gone`: the next one takes it back.
    """
    near, far = _records(app, edge["from_id"], edge["to_id"])
    there = pl.col("from_id").is_in(near) & pl.col("to_id").is_in(far)
    if edge["type"] in _EITHER_WAY:
        there |= pl.col("from_id").is_in(far) & pl.col("to_id").is_in(near)
    log = app.lake.scan("relations")
    found = log.filter(pl.col("type") == edge["type"], there).select("relation_id").collect()["relation_id"].unique()
    if found.is_empty():
        return []
    rows = log.filter(pl.col("relation_id").is_in(found.to_list())).select(_LOG).collect().sort("seq")
    after = rows.with_columns(
        pl.col("deleted").shift(-1).over("relation_id").alias("_gone"),
        (pl.col("seq") == pl.col("seq").max().over("relation_id")).alias("_newest"),
    )
    said = after.filter(~pl.col("deleted").fill_null(value=False))
    return said.sort("observed_at", "seq", descending=True, nulls_last=True).to_dicts()


def _records(app: App, *ends: str) -> list[list[str]]:
    """The records of each end; an event is its own record."""
    members = members_of(app, ends)
    return [[end] if end.startswith("evt_") else [r for r, entity in members.items() if entity == end] for end in ends]


def _record_keys(app: App, record_ids: Sequence[str]) -> dict[str, str]:
    if not record_ids:
        return {}
    wanted = pl.col("record_id").is_in(list(record_ids))
    scans = [
        app.lake.scan(records_table(kind)).filter(wanted, ~pl.col("deleted")).select("record_id", "record_key")
        for kind in RESOLVED_KINDS
    ]
    events = app.lake.scan("events").filter(pl.col("event_id").is_in(list(record_ids)), ~pl.col("deleted"))
    scans.append(events.select(pl.col("event_id").alias("record_id"), "record_key"))
    return {record_id: key for frame in pl.collect_all(scans) for record_id, key in frame.iter_rows()}


def _told(row: Mapping[str, Any], span: tuple[date | None, date | None], keys: Mapping[str, str]) -> Assertion:
    props = orjson.loads(row["props"] or "{}")
    since, until = _day(row["valid_from"]), _day(row["valid_to"])
    stated = _number(props.get("confidence") or props.get("certainty"))
    return Assertion(
        feed=row["feed"],
        feed_label=_feed_label(row["feed"]),
        record_id=row["from_id"],
        record_key=keys.get(row["from_id"]),
        valid_from=since,
        valid_to=until,
        observed_at=row["observed_at"],
        authority=stated if stated is not None else authority(row["type"], row["feed"] or "*"),
        role=_role(props),
        status=_status(row, since, until, span),
    )


def _status(
    row: Mapping[str, Any], since: date | None, until: date | None, span: tuple[date | None, date | None]
) -> str:
    if not row["_newest"]:
        return "withdrawn" if row["_gone"] else "superseded"
    begins, ends = span
    seen = row["observed_at"].date() if row["observed_at"] else None
    day = since or (seen if until is None else None)
    if (ends and day and day >= ends) or (begins and until and until <= begins):
        return "other_time"
    return "ended" if until and (ends is None or until < ends) else "supports"


def _origin(kind: str, props: Mapping[str, Any], *, stated: bool) -> tuple[str, str | None]:
    if kind == "TAGGED":
        return "ruled", props.get("evidence")
    if props.get("sources") == [INFERRED]:
        rule = inference_rules().get(props.get("rule", ""))
        return "inferred", props.get("evidence") or (rule and rule.evidence)
    return ("stated", None) if stated else ("derived", _DERIVED.get(kind))


_DERIVED: Final = {
    "KIN": "由同户成员各自与户主的关系推得",
    "PART_OF": "由各来源写的地址归并而得",
    "LOCATED_AT": "由成员现在的住处，或单位登记的地址得出",
    "OCCURRED_AT": "由事件登记的地址，或原文提到的地点得出",
    "HANDLED_BY": "由事件的办理记录得出",
    "DESCRIBES": "由记录归一得出",
}


def _role(props: Mapping[str, Any]) -> str | None:
    if code := props.get("relation_to_head"):
        codes = table("kinship")
        return codes.label(codes.code(code)) if code in codes else str(code)
    return props.get("role") or props.get("kind") or props.get("share")


_PEOPLE: Final = {GRID: "网格员核实", INTAKE: "在线上报"}


def _feed_label(feed: str | None) -> str:
    name = feed or ""
    if name.startswith(APPLICATION):
        return f"应用 {name.removeprefix(APPLICATION)}"
    mapping = builtin_mappings().get(name)
    return mapping.label if mapping else _PEOPLE.get(name, name)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _number(text: str | float | None) -> float | None:
    return None if text is None else float(text)
