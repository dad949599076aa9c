"""A few records of the lake, each value as one reader may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from core.catalogue import KINDS, Field, Level
from core.codes import table
from core.errors import EntityUnknown
from core.values import redact, shown_id, value_type
from governance.access import AccessContext, Visibility, visibility
from resolution.features.context import with_related_addresses
from resolution.kinds import RESOLVED_KINDS
from services.app import App

_HIDDEN = "（不可见）"


@dataclass(frozen=True, slots=True)
class RecordViews:
    """Rows of `records_<kind>` by record id; `value` and `name` are what resolution's explanations ask for."""

    app: App
    context: AccessContext
    kind: str
    rows: dict[str, dict[str, Any]]

    def name(self, record_id: str) -> str:
        """公安 police_population/P0000017#person."""
        row = self.rows.get(record_id)
        return f"{row['department']} {row['feed']}/{row['record_key']}" if row else record_id

    def value(self, record_id: str, field: str) -> str | None:
        """A field as the reader may see it; None where the record has none."""
        row = self.rows.get(record_id)
        if row is None or row.get(field) in (None, ""):
            return None
        declared = KINDS[self.kind]
        if field not in declared.field_names:
            return str(row[field])
        return shown(self.app, self.context, declared.field(field), row)

    def implied(self, field: str, text: str) -> str:
        """A value that was read from the record's citizen id: shown where the id itself would be."""
        return shown_implied(self.context, KINDS[self.kind].field(field), text)

    def as_dict(self, record_id: str) -> dict[str, Any]:
        row = self.rows[record_id]
        return {key: row[key] for key in ("record_id", "feed", "department", "record_key", "observed_at")}


def shown(app: App, context: AccessContext, field: Field, row: Mapping[str, Any]) -> str:
    """A field of a row of `records_<kind>` as the reader may see it; the row has a value."""
    sealed = row.get(f"{field.name}_sealed")
    level = max(field.level, Level.SENSITIVE) if sealed else field.level
    match visibility(context, level):
        case Visibility.HIDDEN:
            return _HIDDEN
        case Visibility.CLEAR if sealed:
            text = app.vault.open(sealed, field=field.name, owner=row["record_id"])
        case _:
            text = str(row[field.name])
    return _labelled(field, text)


def shown_implied(context: AccessContext, field: Field, text: str) -> str:
    """A value that was read from a citizen id: shown where the id itself would be."""
    if visibility(context, Level.SENSITIVE) is Visibility.CLEAR:
        return _labelled(field, text)
    return value_type(field.type).mask(text)


def views_of(app: App, context: AccessContext, kind: str, record_ids: Sequence[str]) -> RecordViews:
    """The current rows of `record_ids`, with the door that a person's row speaks of where it names none."""
    wanted = pl.col("record_id").is_in(list(record_ids))
    frame = app.lake.current(f"records_{kind}", where=wanted)
    if kind == "person" and frame.height:
        keys = frame.select(pl.col("record_key").str.split("#").list.first())["record_key"].unique()
        doors = pl.col("feed").is_in(frame["feed"].unique().to_list()) & pl.col("record_key").str.split(
            "#"
        ).list.first().is_in(keys.to_list())
        dwellings = app.lake.current("records_dwelling", ["feed", "record_key", "address"], where=doors)
        frame = with_related_addresses(frame, dwellings)
    return RecordViews(app, context, kind, {row["record_id"]: row for row in frame.iter_rows(named=True)})


def record_named(app: App, name: str, kind: str | None = None) -> tuple[str, str]:
    """(kind, record id) of a record named by its id or by `feed/record_key`. Raises `EntityUnknown`."""
    feed, slash, key = name.partition("/")
    record_id = "rec_" + app.vault.token(feed, key) if slash else name
    for one in (kind,) if kind else RESOLVED_KINDS:
        found = app.lake.current(f"records_{one}", ["record_id"], where=pl.col("record_id") == record_id)
        if found.height:
            return one, record_id
        if slash and "#" not in key:  # a row that speaks of one only need not say of which
            row = (pl.col("feed") == feed) & pl.col("record_key").str.starts_with(f"{key}#")
            found = app.lake.current(f"records_{one}", ["record_id"], where=row)
            if found.height == 1:
                return one, str(found["record_id"][0])
    if name.partition("_")[0] in {KINDS[one].id_prefix for one in RESOLVED_KINDS}:
        raise EntityUnknown(
            f"{redact(name)} 是实体编号，这里要写记录", remedy="weinao history 实体编号 列出一个实体的各条记录。"
        )
    raise EntityUnknown(
        f"没有记录 {redact(name)}",
        remedy="请写记录编号 rec_…，或 来源/记录键，例如 police_population/P0000017#person；"
        "一行涉及几个对象时，# 之后是映射里的名称。",
    )


def entity_named(app: App, entity_id: str) -> tuple[str, str]:
    """(kind, entity id); an id that was merged away leads to the one it went into. Raises `EntityUnknown`."""
    return entity_members(app, entity_id)[:2]


def entity_members(app: App, entity_id: str) -> tuple[str, str, list[str]]:
    """The same, and the records that are assigned to the entity now."""
    prefix = entity_id.partition("_")[0]
    kind = next((one for one in RESOLVED_KINDS if KINDS[one].id_prefix == prefix), None)
    if kind is None:
        raise EntityUnknown(
            f"没有实体 {shown_id(entity_id)}",
            remedy="实体编号以 per_、org_、dwe_ 或 hou_ 开头；解释记录要写两条：weinao explain 记录 记录。",
        )
    living, into = _members(app, [entity_id]), {}
    if living.is_empty():
        changes = app.lake.read("entity_changes", ["change", "kind", "entity_id", "other_id"])
        merged = changes.filter((pl.col("kind") == kind) & (pl.col("change") == "merged"))
        into = dict(merged.select("entity_id", "other_id").iter_rows())
    while living.is_empty() and entity_id in into:
        entity_id = into.pop(entity_id)
        living = _members(app, [entity_id])
    if living.is_empty():
        raise EntityUnknown(
            f"没有实体 {shown_id(entity_id)}", remedy="请核对编号；还没有归一时，先运行 weinao resolve。"
        )
    return kind, entity_id, sorted(living["record_id"])


def records_of(app: App, kind: str, entity_id: str) -> list[str]:
    """The records that are assigned to an entity now."""
    del kind  # an entity id is of one kind
    return sorted(_members(app, [entity_id])["record_id"])


def members_of(app: App, entity_ids: Iterable[str]) -> dict[str, str]:
    """record_id → entity_id of the records that are assigned to any of the entities now."""
    return dict(_members(app, list(entity_ids)).select("record_id", "entity_id").iter_rows())


def _members(app: App, entity_ids: list[str]) -> pl.DataFrame:
    """Reads who was ever assigned there, then where those are now: few rows of a long log."""
    log = app.lake.scan("assignments").select("seq", "deleted", "record_id", "entity_id")
    ever = log.filter(pl.col("entity_id").is_in(entity_ids)).collect()["record_id"].unique().to_list()
    now = newest(log.filter(pl.col("record_id").is_in(ever)).collect(), "record_id")
    return now.filter(pl.col("entity_id").is_in(entity_ids))


def newest(log: pl.DataFrame, key: str) -> pl.DataFrame:
    """The current rows among all rows (`seq`, `deleted`) of some keys: what `Lake.current` gives, with one read."""
    latest = log.sort("seq").unique(key, keep="last", maintain_order=True)
    return latest.filter(~pl.col("deleted").fill_null(value=False))


def _labelled(field: Field, text: str) -> str:
    prefix, _, name = field.type.partition(":")
    if prefix != "code":
        return text
    codes = table(name)
    return codes.label(text) if text in codes else text
