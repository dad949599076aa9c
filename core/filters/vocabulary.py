"""What can be asked of each kind of object and of a relation: derived from the catalogue, by the names of the API.

Links have their own table, `core.catalogue.links`. A value of 敏感 or above can be asked for exactly or not at all:
what rests is a keyed blind index, which answers 'is it this one?' and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from core.catalogue import KINDS, Field, Level
from core.catalogue.links import PLACES


class ValueKind(StrEnum):
    TEXT = "text"
    NAME = "name"  # compared by its compare key, whatever the spelling
    CODE = "code"
    NUMBER = "number"
    AGE = "age"  # full years on the day that is asked about
    DATE = "date"
    MOMENT = "moment"
    BLIND = "blind"  # a sealed identifier, looked up by the blind index of the records
    SECRET = "secret"  # noqa: S105 - a sealed value of few, looked up by the blind index of the node
    ID = "id"
    TEXTS = "texts"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Attribute:
    """`name` as the API calls it, `prop` as the graph does; `type` is the value type that reads what is asked."""

    name: str
    prop: str
    kind: ValueKind
    label: str
    type: str = "text"
    level: Level = Level.INTERNAL


_BY_TYPE: Final = {
    "number": ValueKind.NUMBER,
    "integer": ValueKind.NUMBER,
    "date": ValueKind.DATE,
    "datetime": ValueKind.MOMENT,
    "person_name": ValueKind.NAME,
    "organization_name": ValueKind.NAME,
    "boolean": ValueKind.FLAG,
}
# Name and address of these kinds have an indexed compare key in the graph.
_KEYED: Final = {("person", "name"), ("organization", "name"), ("dwelling", "address")}
_OPEN: Final = Level.OPEN
_ID: Final = Attribute("id", "id", ValueKind.ID, "编号", level=_OPEN)
_PLACE: Final = (
    _ID,
    Attribute("name", "name", ValueKind.TEXT, "名称", level=_OPEN),
    Attribute("code", "code", ValueKind.TEXT, "区划或网格编码", level=_OPEN),
)
_OTHERS: Final[dict[str, tuple[Attribute, ...]]] = {
    **dict.fromkeys(PLACES, _PLACE),
    "Tag": (
        _ID,
        Attribute("name", "name", ValueKind.TEXT, "英文名", level=_OPEN),
        Attribute("label", "label", ValueKind.TEXT, "中文名", level=_OPEN),
        Attribute("level", "level", ValueKind.TEXT, "分类级别", level=_OPEN),
    ),
    "Department": (_ID, Attribute("name", "name", ValueKind.TEXT, "名称", level=_OPEN)),
    "Record": (
        _ID,
        Attribute("feed", "feed", ValueKind.TEXT, "数据来源"),
        Attribute("department", "department", ValueKind.TEXT, "来源部门", level=_OPEN),
        Attribute("recordKey", "record_key", ValueKind.TEXT, "在来源中的键"),
        Attribute("observedAt", "observed_at", ValueKind.MOMENT, "来源部门记录的时间"),
    ),
}
_EXTRA: Final[dict[str, tuple[Attribute, ...]]] = {
    "person": (
        Attribute("age", "birth_date", ValueKind.AGE, "年龄（周岁）"),
        Attribute("initials", "initials", ValueKind.TEXT, "姓名拼音首字母"),
        Attribute("recordCount", "record_count", ValueKind.NUMBER, "来源记录数"),
    ),
    "household": (Attribute("recordCount", "record_count", ValueKind.NUMBER, "来源记录数"),),
    "organization": (Attribute("recordCount", "record_count", ValueKind.NUMBER, "来源记录数"),),
    "dwelling": (
        Attribute("buildingNo", "building", ValueKind.TEXT, "楼栋号"),  # `building` is the link
        Attribute("room", "room", ValueKind.TEXT, "房号"),
        Attribute("recordCount", "record_count", ValueKind.NUMBER, "来源记录数"),
    ),
    "event": (Attribute("feed", "feed", ValueKind.TEXT, "数据来源"),),
}
EDGE: Final = tuple(
    Attribute(name, prop, kind, label)
    for name, prop, kind, label in (
        ("role", "role", ValueKind.TEXT, "角色"),
        ("relationToHead", "relation_to_head", ValueKind.TEXT, "与户主的关系"),
        ("kind", "kind", ValueKind.TEXT, "亲属关系"),
        ("action", "action", ValueKind.TEXT, "动作"),
        ("rule", "rule", ValueKind.TEXT, "所依据的规则"),
        ("validFrom", "valid_from", ValueKind.DATE, "自哪天起"),
        ("validTo", "valid_to", ValueKind.DATE, "到哪天为止"),
        ("observedAt", "observed_at", ValueKind.MOMENT, "最近一次记录的时间"),
        ("confidence", "confidence", ValueKind.NUMBER, "可信度"),
        ("sources", "sources", ValueKind.TEXTS, "数据来源"),
    )
)


@cache
def attributes(label: str) -> dict[str, Attribute]:
    """Name → attribute of the nodes of a label; empty for one that cannot be filtered."""
    kind = next((kind for kind in KINDS.values() if kind.node_label == label), None)
    if kind is None:
        return {attribute.name: attribute for attribute in _OTHERS.get(label, ())}
    asked = (_of_field(kind.name, field) for field in kind.fields if not field.level.sealed or _exactly(field))
    found = [_ID, *asked, *_EXTRA[kind.name]]
    return {attribute.name: attribute for attribute in found}


@cache
def edge_attributes() -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in EDGE}


def _exactly(field: Field) -> bool:
    return field.indexed or field.categorical


def _of_field(kind: str, field: Field) -> Attribute:
    if field.level.sealed:
        value_kind = ValueKind.BLIND if field.indexed else ValueKind.SECRET
    elif field.type.startswith("code:"):
        value_kind = ValueKind.CODE
    elif (kind, field.name) in _KEYED:
        value_kind = ValueKind.NAME
    elif field.type in ("person_name", "organization_name", "address"):
        value_kind = ValueKind.TEXT
    else:
        value_kind = _BY_TYPE.get(field.type, ValueKind.TEXT)
    return Attribute(_camel(field.name), field.name, value_kind, field.label, field.type, field.level)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
