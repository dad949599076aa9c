"""A mapping bound to the columns of one file: source rows in, values by mention out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from core.catalogue import EVENT, KINDS
from core.values import InvalidValue
from loaders.feeds.binding import Columns, ValueReader, field_readers, optional_reader, read_values, walk
from loaders.feeds.cells import clean
from loaders.feeds.mapping import EVENT_END, Fields, Mapping, Mention, Relation, Step
from loaders.feeds.values import EventValues, Fault, MentionValues, Notes, RelationValues, RowRefused, RowValues

_EVENTS_NEED = ("specversion", "id", "source", "type")


class _MentionReader:
    def __init__(self, name: str, mention: Mention, columns: Columns) -> None:
        self.name = name
        self.each = mention.each.split(".") if mention.each else None
        self._mention = mention
        in_item = self.each is not None
        self._condition = columns.condition(mention.when, in_item=in_item)
        self._readers = field_readers(KINDS[mention.kind], mention.fields, columns, in_item=in_item)

    def read(self, row: Any, notes: Notes) -> Iterator[tuple[MentionValues, Any]]:
        """Each mention that is there, with its list item."""
        if self.each is None:
            if found := self._one(row, None, self.name, notes):
                yield found, None
            return
        items = walk(row, self.each)
        for place, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict) and (found := self._one(row, item, f"{self.name}.{place}", notes)):
                yield found, item

    def _one(self, row: Any, item: Any, name: str, notes: Notes) -> MentionValues | None:
        if self._condition is not None and not self._condition(row, item):
            return None
        own = Notes()
        values = read_values(self._readers, row, item, own)
        if not values and self._mention.optional and all(fault.reason == "field.missing" for fault in own.faults):
            return None
        notes.faults += own.faults
        return MentionValues(name, self._mention.kind, values, own.flags) if values else None


class _RelationReader:
    def __init__(self, relation: Relation, mapping: Mapping, columns: Columns) -> None:
        self.type, self.start, self.end = relation.type, relation.start, relation.end
        ends = (relation.start, relation.end)
        self.listed = next((end for end in ends if end in mapping.mentions and mapping.mentions[end].each), None)
        in_item = self.listed is not None
        self._condition = columns.condition(relation.when, in_item=in_item)
        self._from = optional_reader(
            "valid_from", "起始日期", type_name="date", source=relation.valid_from, columns=columns, in_item=in_item
        )
        self._to = optional_reader(
            "valid_to", "终止日期", type_name="date", source=relation.valid_to, columns=columns, in_item=in_item
        )
        self._props = _text_readers(relation.props, columns, in_item=in_item)

    def read(self, row: Any, item: Any, start: str, end: str, notes: Notes) -> RelationValues | None:
        if self._condition is not None and not self._condition(row, item):
            return None
        own = Notes()
        valid_from = self._from.read(row, item, own) if self._from else None
        valid_to = self._to.read(row, item, own) if self._to else None
        props = {reader.name: text for reader in self._props if (text := reader.read(row, item, own)) is not None}
        notes.faults += own.faults
        notes.flags += own.flags
        return RelationValues(self.type, start, end, valid_from, valid_to, props)


class _StepReader:
    def __init__(self, step: Step, columns: Columns) -> None:
        self.each = step.each.split(".") if step.each else None
        parts = (
            ("department", "承办部门", "text", step.department),
            ("action", "办理动作", "text", step.action),
            ("at", "办理时间", "datetime", step.at),
            ("from", "转出部门", "text", step.start),
            ("to", "转入部门", "text", step.end),
        )
        in_item = self.each is not None
        self._readers = [
            ValueReader(name, label, type_name=kind, source=source, columns=columns, in_item=in_item)
            for name, label, kind, source in parts
            if source
        ]

    def read(self, row: Any, notes: Notes) -> Iterator[dict[str, Any]]:
        items = [None] if self.each is None else walk(row, self.each)
        for item in items if isinstance(items, list) else ():
            step = {reader.name: reader.read(row, item, notes) for reader in self._readers}
            if any(step.values()):
                yield step


class RowReader:
    """Reads the rows of one file. `columns` are the file's own, None for JSON."""

    def __init__(self, mapping: Mapping, columns: tuple[str, ...] | None) -> None:
        bound = Columns(mapping, columns)
        self._json = columns is None
        self._cloud = mapping.format == "cloudevents"
        self._nulls = bound.nulls
        self._key_label = "+".join(mapping.key)
        self._key = [bound.getter(name) for name in mapping.key]
        self._observed = optional_reader(
            "observed_at", "更新时间", type_name="datetime", source=mapping.observed_at, columns=bound, in_item=False
        )
        self._mentions = [_MentionReader(name, mention, bound) for name, mention in mapping.mentions.items()]
        self._relations = [_RelationReader(relation, mapping, bound) for relation in mapping.relations]
        event = mapping.event
        self._event = field_readers(EVENT, event.fields, bound, in_item=False) if event else None
        self._event_props = _text_readers(event.props if event else {}, bound, in_item=False)
        self._steps = [_StepReader(step, bound) for step in (event.steps if event else ())]

    def read(self, cells: list[Any] | bytes) -> RowValues:
        """Raises `RowRefused` with every fault of the row."""
        row: Any = self._parsed(cells) if isinstance(cells, bytes) else cells
        key = self._read_key(row)
        notes = Notes()
        observed = self._observed.read(row, None, notes) if self._observed else None
        mentions: list[MentionValues] = []
        items: dict[str, list[tuple[str, Any]]] = {}
        for reader in self._mentions:
            for mention, item in reader.read(row, notes):
                mentions.append(mention)
                items.setdefault(reader.name, []).append((mention.name, item))
        event = self._read_event(row, notes)
        if event:
            items[EVENT_END] = [(EVENT_END, None)]
        relations = list(self._read_relations(row, items, notes))
        if notes.faults:
            raise RowRefused(notes.faults, key)
        if event:
            event.flags += notes.flags
        elif mentions:
            mentions[0].flags += notes.flags
        return RowValues(key, datetime.fromisoformat(observed) if observed else None, mentions, relations, event)

    def _parsed(self, text: bytes) -> dict[str, Any]:
        try:
            row = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _refused("", "JSON 对象", "json.invalid", "该行不是完整的 JSON", "核对该行是否被截断") from None
        if not isinstance(row, dict):
            raise _refused("", "JSON 对象", "json.not_object", "该行不是 JSON 对象", "每行应是一个以花括号包起的对象")
        if self._cloud:
            for name in _EVENTS_NEED:
                if not isinstance(row.get(name), str):
                    raise _refused(
                        name,
                        "CloudEvents 属性",
                        "cloudevents.missing",
                        f"缺少 CloudEvents 必需的属性 {name}",
                        "核对设备平台的推送格式",
                    )
        return row

    def _read_key(self, row: Any) -> str:
        parts = []
        for get in self._key:
            try:
                part = clean(get(row, None), self._nulls)
            except InvalidValue as error:
                raise _refused(self._key_label, "主键", error.reason, error.message, error.remedy) from None
            if not part:
                raise _refused(self._key_label, "主键", "key.missing", "该行没有主键", "由来源部门补上编号后重新提供")
            parts.append(part)
        return "|".join(parts)

    def _read_event(self, row: Any, notes: Notes) -> EventValues | None:
        if self._event is None:
            return None
        own = Notes()
        values = read_values(self._event, row, None, own)
        props = {reader.name: text for reader in self._event_props if (text := reader.read(row, None, own)) is not None}
        steps = [step for reader in self._steps for step in reader.read(row, own)]
        notes.faults += own.faults
        numbered = [{"step": place} | step for place, step in enumerate(steps, 1)]
        return EventValues(values, own.flags, props, numbered)

    def _read_relations(
        self, row: Any, items: dict[str, list[tuple[str, Any]]], notes: Notes
    ) -> Iterator[RelationValues]:
        for reader in self._relations:
            for start, start_item in items.get(reader.start, ()):
                for end, end_item in items.get(reader.end, ()):
                    item = start_item if reader.listed == reader.start else end_item
                    found = reader.read(row, item, start, end, notes)
                    if found is not None:
                        yield found


def _text_readers(props: Fields, columns: Columns, *, in_item: bool) -> list[ValueReader]:
    return [
        ValueReader(name, name, type_name="text", source=source, columns=columns, in_item=in_item)
        for name, source in props.items()
    ]


def _refused(column: str, label: str, reason: str, message: str, remedy: str) -> RowRefused:
    return RowRefused([Fault(column, label, reason, message, remedy)], None)
