"""The mapping format: how one department's file becomes records, relations and events. Data, never code."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from core.catalogue import EVENT, KINDS
from core.catalogue.relations import RELATION_ENDS
from core.values import value_type

NULL_MARKERS = ("无", "不详", "/", "-", "—", "--", "NULL", "null", "空", "N/A", "暂无", "未知")
EVENT_END = "event"

Invalid = Literal["quarantine", "flag", "drop"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(value: str) -> str:
    re.compile(value)
    return value


class Test(_Part):
    """A condition on one column; all that are given must hold."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    present: bool | None = None
    equals: str | None = None
    among: tuple[str, ...] | None = None
    matches: Annotated[str, BeforeValidator(_pattern)] | None = None
    differs: Annotated[str, BeforeValidator(_pattern)] | None = None


def _test(value: object) -> object:
    match value:
        case "present":
            return {"present": True}
        case "absent":
            return {"present": False}
        case str() | int():
            return {"equals": str(value)}
        case list():
            return {"among": [str(item) for item in value]}
    return value


Conditions = dict[str, Annotated[Test, BeforeValidator(_test)]]


class Source(_Part):
    """Where one value comes from: a column, several joined, or a constant.

    `codes` translates the file's words; `invalid` says what an unreadable value does to its row.
    """

    column: str | None = None
    columns: tuple[str, ...] = ()
    separator: str = ""
    constant: str | None = None
    codes: dict[str, str] | None = None
    date_format: str | None = None
    required: bool = False
    invalid: Invalid = "quarantine"
    when: Conditions = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if sum((self.column is not None, bool(self.columns), self.constant is not None)) != 1:
            raise ValueError("column、columns、constant 三者写其一")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The columns it reads, those of its conditions not counted."""
        return (self.column,) if self.column is not None else self.columns


def _source(value: object) -> object:
    match value:
        case str():
            return {"column": value}
        case list():
            return {"columns": value}
        case dict() if isinstance(codes := value.get("codes"), dict):
            # YAML reads 1 as a number; codes are text.
            return {**value, "codes": {str(word): str(code) for word, code in codes.items()}}
    return value


AnySource = Annotated[Source, BeforeValidator(_source)]
Fields = dict[str, AnySource]


class Mention(_Part):
    """One entity that a row speaks of; with `each`, one for every item of a list, whose columns are the item's.

    `optional`: may be wholly absent. In an item, `$.name` reads a column of the row itself.
    """

    kind: str
    fields: Fields
    each: str | None = None
    optional: bool = False
    when: Conditions = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_fields(self) -> Mention:
        if self.kind not in KINDS or self.kind == EVENT.name:
            raise ValueError(f"没有类别 {self.kind}；可用：{'、'.join(KINDS)}")
        known = KINDS[self.kind].field_names
        for name in self.fields:
            if name not in known:
                raise ValueError(f"{self.kind} 没有字段 {name}；可用的字段见 docs/catalogue.md")
        return self


class Relation(_Part):
    """A relation between two mentions of a row, or between a mention and its event."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    type: str
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    valid_from: AnySource | None = None
    valid_to: AnySource | None = None
    props: Fields = Field(default_factory=dict)
    when: Conditions = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_type(self) -> Relation:
        if self.type not in RELATION_ENDS:
            raise ValueError(f"没有关系 {self.type}；可用：{'、'.join(RELATION_ENDS)}")
        return self


class Step(_Part):
    """A handling step of an event; with `each`, one for every item of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    each: str | None = None
    department: AnySource
    action: AnySource | None = None
    at: AnySource | None = None
    start: AnySource | None = Field(default=None, alias="from")
    end: AnySource | None = Field(default=None, alias="to")


class EventPart(_Part):
    """The event of a row."""

    fields: Fields
    props: Fields = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _known_fields(self) -> EventPart:
        for name in self.fields:
            if name not in EVENT.field_names:
                raise ValueError(f"event 没有字段 {name}")
        if "kind" not in self.fields:
            raise ValueError("event 要有字段 kind")
        return self


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Mapping(_Part):
    """One feed: its file, its columns, and what its rows say."""

    feed: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")]
    label: str
    department: str
    match: Names = ()
    format: Literal["csv", "xlsx", "jsonl", "parquet", "cloudevents"]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    skip_rows: Annotated[int, Field(ge=0)] = 0
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    key: Names
    key_sealed: bool = False
    observed_at: AnySource | None = None
    optional_columns: tuple[str, ...] = ()
    null_markers: tuple[str, ...] = NULL_MARKERS
    mentions: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], Mention] = Field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    event: EventPart | None = None

    @model_validator(mode="before")
    @classmethod
    def _single_step(cls, value: Any) -> Any:
        event = value.get("event") if isinstance(value, dict) else None
        if isinstance(event, dict) and isinstance(event.get("steps"), dict):
            return {**value, "event": {**event, "steps": [event["steps"]]}}
        return value

    @model_validator(mode="after")
    def _whole(self) -> Mapping:
        if not self.key:
            raise ValueError("要有 key，写明哪些列标识一行")
        if not self.mentions and self.event is None:
            raise ValueError("要有 mentions 或 event，写明一行说的是谁、是什么事")
        ends = {*self.mentions, *((EVENT_END,) if self.event else ())}
        if EVENT_END in self.mentions:
            raise ValueError("mentions 里不能用名称 event")
        for relation in self.relations:
            for end in (relation.start, relation.end):
                if end not in ends:
                    known = "、".join(sorted(ends))
                    raise ValueError(f"关系 {relation.type} 提到 {end}，映射里没有声明它；已声明：{known}")
            for end, allowed in zip((relation.start, relation.end), RELATION_ENDS[relation.type], strict=True):
                kind = EVENT_END if end == EVENT_END else self.mentions[end].kind
                if kind not in allowed:
                    wanted = "、".join(sorted(allowed))
                    raise ValueError(f"关系 {relation.type} 的这一端不能是 {end}（{kind}），只能是 {wanted}")
            listed = [end for end in (relation.start, relation.end) if end in self.mentions and self.mentions[end].each]
            if len(listed) == 2:
                raise ValueError(f"关系 {relation.type} 的两端不能都带 each")
        if self.format not in ("jsonl", "cloudevents") and _lists(self):
            raise ValueError("each 只用于行内有列表的格式：jsonl、cloudevents")
        for name, mention in self.mentions.items():
            _check_types(mention.kind, mention.fields, name)
        if self.event:
            _check_types(EVENT.name, self.event.fields, EVENT_END)
        return self


def _lists(mapping: Mapping) -> bool:
    steps = mapping.event.steps if mapping.event else ()
    return any(mention.each for mention in mapping.mentions.values()) or any(step.each for step in steps)


def _check_types(kind: str, fields: Fields, where: str) -> None:
    for name, source in fields.items():
        if source.constant is None:
            continue
        try:
            value_type(KINDS[kind].field(name).type).parse(source.constant)
        except ValueError:
            raise ValueError(f"{where}.{name}：constant 不是这个字段能有的值") from None
