"""From values in clear to rows for the lake: ids, content hashes, sealed values, blind indexes, masked forms."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from datetime import date, datetime
from typing import Any

import orjson

from core.catalogue import EVENT, KINDS, PERSON, Field, Kind
from core.sealing import Vault
from core.values import CitizenId, InvalidValue, redact, value_type
from loaders.feeds.mapping import EVENT_END, Mapping
from loaders.feeds.values import EventValues, MentionValues, RelationValues, RowValues, Value
from loaders.lake.schema import field_columns, records_table

MINOR_BELOW = 14  # PIPL article 28: all personal information of a minor under 14 is sensitive
_SIX_DIGITS = re.compile(r"(?:[0-9０-９]\D{0,2}){6}")
_SHORTEST_NUMBER = 11
_NO_TEXT = ("date", "datetime", "number", "integer", "boolean", "uscc")

LakeRow = dict[str, Any]
_TABLE = {kind: records_table(kind) for kind in KINDS}


def safe(text: str) -> str:
    """`redact`, for texts that can hold a personal number at all."""
    if len(text) < _SHORTEST_NUMBER or not _SIX_DIGITS.search(text):
        return text
    return redact(text)


def canonical(value: object) -> str:
    """One text for equal values, whatever their order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


class Sealer:
    """Makes lake rows of one feed. Sealed values are bound to their field and the record (or event) id."""

    def __init__(self, vault: Vault, mapping: Mapping, load_id: str, default_observed: datetime) -> None:
        self._vault = vault
        self._feed = mapping.feed
        self._department = mapping.department
        self._load_id = load_id
        self._default_observed = default_observed
        self._key_sealed = mapping.key_sealed or _names_sealed_field(mapping)

    def row_id(self, key: str) -> str:
        """The id of a source row: equal for the same key of the same feed."""
        return "row_" + self._vault.token("row", self._feed, key)

    def rows(self, row: RowValues) -> tuple[str, dict[str, list[LakeRow]], str]:
        """(row id, lake rows by table, hash of all content)."""
        row_id = self.row_id(row.key)
        shown_key = self._shown_key(row.key)
        observed = row.observed_at or self._default_observed
        tables: dict[str, list[LakeRow]] = {}
        ids: dict[str, str] = {}
        hashes: list[str] = []
        common = {"row_id": row_id, "feed": self._feed, "observed_at": observed, "load_id": self._load_id}
        for mention in row.mentions:
            record_key = f"{shown_key}#{mention.name}"
            record_id = ids[mention.name] = "rec_" + self._vault.token(self._feed, record_key)
            made = self._record(mention, record_id, observed)
            hashes.append(made["content_hash"])
            made.update(common, record_id=record_id, record_key=record_key, department=self._department)
            tables.setdefault(_TABLE[mention.kind], []).append(made)
        if row.event:
            event_id = ids[EVENT_END] = "evt_" + self._vault.token(self._feed, shown_key)
            made = self._event(row.event, event_id)
            hashes.append(made["content_hash"])
            made.update(common, event_id=event_id, record_key=shown_key, source_department=self._department)
            tables["events"] = [made]
        for relation in row.relations:
            made = self._relation(relation, ids, shown_key)
            hashes.append(made["content_hash"])
            made.update(common)
            tables.setdefault("relations", []).append(made)
        return row_id, tables, self._vault.token("rows", *hashes)

    def _shown_key(self, key: str) -> str:
        return self._vault.token("key", self._feed, key) if self._key_sealed or safe(key) != key else key

    def _hash(self, *content: object) -> str:
        return self._vault.token("content", canonical(content))

    def _record(self, mention: MentionValues, record_id: str, observed: datetime) -> LakeRow:
        minor = mention.kind == PERSON.name and _is_minor(mention.values, observed)
        made = sealed_fields(self._vault, KINDS[mention.kind], mention.values, record_id, minor=minor)
        made["flags"] = mention.flags
        made["content_hash"] = self._hash(mention.kind, mention.values, mention.flags)
        return made

    def _event(self, event: EventValues, event_id: str) -> LakeRow:
        made = sealed_fields(self._vault, EVENT, event.values, event_id, minor=False)
        steps = [{name: _safe_or_none(value) for name, value in step.items()} for step in event.steps]
        props = {name: safe(text) for name, text in event.props.items()}
        made["steps"] = canonical(steps)
        made["props"] = canonical(props)
        made["flags"] = event.flags
        made["content_hash"] = self._hash(event.values, event.flags, event.steps, event.props)
        return made

    def _relation(self, relation: RelationValues, ids: dict[str, str], shown_key: str) -> LakeRow:
        props = {name: safe(text) for name, text in relation.props.items()}
        content = (relation.type, ids[relation.start], ids[relation.end], relation.valid_from, relation.valid_to)
        return {
            "relation_id": "rel_"
            + self._vault.token(self._feed, shown_key, relation.type, relation.start, relation.end),
            "type": relation.type,
            "from_id": ids[relation.start],
            "to_id": ids[relation.end],
            "valid_from": relation.valid_from,
            "valid_to": relation.valid_to,
            "props": canonical(props),
            "content_hash": self._hash(content, relation.props),
        }


def sealed_fields(vault: Vault, kind: Kind, values: Dict[str, Value], owner: str, *, minor: bool) -> LakeRow:
    """Clear (or masked) values, sealed values and blind indexes of catalogue fields, as they rest in the lake.

    `owner` is the record or event id; `minor` seals what is sealed for minors too.
    """
    made: LakeRow = {}
    plans = _PLANS[kind.name]
    for name, value in values.items():
        plan = plans[name]
        if isinstance(value, float):
            made[name] = value
            continue
        if plan.sealed or (minor and plan.sealed_for_minors):
            made[name] = plan.mask(value)
            made[plan.sealed_column] = vault.seal(value, field=name, owner=owner)
        else:
            made[name] = safe(value) if plan.free else value
        if plan.indexed and (key := plan.key(value)):
            made[plan.index_column] = vault.blind_index(key, value_type=plan.type)
    return made


class _Plan:
    """How the values of one catalogue field come to rest."""

    __slots__ = (
        "free",
        "index_column",
        "indexed",
        "key",
        "mask",
        "sealed",
        "sealed_column",
        "sealed_for_minors",
        "type",
    )

    def __init__(self, field: Field) -> None:
        kind_of_value = value_type(field.type)
        self.type = field.type
        self.sealed = field.level.sealed
        self.sealed_for_minors = field.sealed_for_minors
        self.indexed = field.indexed
        self.key = kind_of_value.key
        # A narrative stays readable without the numbers in it; other sealed values show their masked form.
        self.mask = safe if field.type == "narrative" else kind_of_value.mask
        self.free = field.type not in _NO_TEXT and not field.type.startswith("code:")
        self.sealed_column = f"{field.name}_sealed"
        self.index_column = f"{field.name}_index"


_PLANS = {kind.name: {field.name: _Plan(field) for field in kind.fields} for kind in KINDS.values()}


def _safe_or_none(value: Any) -> Any:
    return safe(value) if isinstance(value, str) else value


def _is_minor(values: dict[str, Value], observed: datetime) -> bool:
    """Whether the row itself says that the person is under 14 at the time it was observed."""
    born = _birth(values)
    if born is None:
        return False
    years = observed.year - born.year - ((observed.month, observed.day) < (born.month, born.day))
    return years < MINOR_BELOW


def _birth(values: dict[str, Value]) -> date | None:
    if isinstance(told := values.get("birth_date"), str):
        return date.fromisoformat(told)
    if isinstance(number := values.get("citizen_id"), str):
        try:
            return CitizenId.parse(number).birth_date
        except InvalidValue:
            return None
    return None


def _names_sealed_field(mapping: Mapping) -> bool:
    """Whether a key column is also mapped to a field that is sealed, so that the key must not rest in clear."""
    keys = set(mapping.key)
    parts = [(KINDS[mention.kind], mention.fields) for mention in mapping.mentions.values()]
    if mapping.event:
        parts.append((EVENT, mapping.event.fields))
    return any(
        kind.field(name).sealable and keys & set(source.names)
        for kind, fields in parts
        for name, source in fields.items()
    )


def lake_columns(mapping: Mapping) -> dict[str, list[str]]:
    """The columns that the rows of a feed fill, by table; the lake adds the others as null."""
    common = ["row_id", "feed", "observed_at", "load_id", "content_hash"]
    tables: dict[str, dict[str, None]] = {}
    for mention in mapping.mentions.values():
        kind = KINDS[mention.kind]
        columns = tables.setdefault(records_table(kind.name), {})
        columns |= dict.fromkeys([*common, "record_id", "record_key", "department", "flags"])
        for name in mention.fields:
            columns |= dict.fromkeys(field_columns(kind.field(name)))
    if mapping.relations:
        tables["relations"] = dict.fromkeys(
            [*common, "relation_id", "type", "from_id", "to_id", "valid_from", "valid_to", "props"]
        )
    if mapping.event:
        columns = dict.fromkeys([*common, "event_id", "record_key", "source_department", "flags", "steps", "props"])
        for name in mapping.event.fields:
            columns |= dict.fromkeys(field_columns(EVENT.field(name)))
        tables["events"] = columns
    return {table: list(columns) for table, columns in tables.items()}
