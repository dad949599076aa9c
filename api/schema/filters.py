"""The input types of filters and orders, made from the vocabulary: nothing is written here that the catalogue knows.

A filter that arrives is turned back into the JSON object that it was written as, which is what `core.filters.parse`
takes, from here as from a rule file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Final

import strawberry
from strawberry.scalars import JSON

from core.catalogue import KINDS
from core.catalogue.links import PLACES, Link, links_of
from core.errors import QueryInvalid
from core.filters import Attribute, ValueKind, attributes, edge_attributes
from core.filters.parse import OPERATORS
from services.browse import OrderBy

_TYPE_NAMES: Final = {
    ValueKind.TEXT: "TextFilter",
    ValueKind.NAME: "TextFilter",
    ValueKind.CODE: "CodeFilter",
    ValueKind.NUMBER: "NumberFilter",
    ValueKind.AGE: "AgeFilter",
    ValueKind.DATE: "DateFilter",
    ValueKind.MOMENT: "DateFilter",
    ValueKind.BLIND: "IdentifierFilter",
    ValueKind.SECRET: "CategoryFilter",
    ValueKind.ID: "IdFilter",
    ValueKind.TEXTS: "ListFilter",
    ValueKind.FLAG: "FlagFilter",
}
_SCALARS: Final = {
    ValueKind.NUMBER: float,
    ValueKind.AGE: int,
    ValueKind.DATE: "date",
    ValueKind.MOMENT: "date",
    ValueKind.FLAG: bool,
    ValueKind.ID: strawberry.ID,
}
_OP_LABELS: Final = {
    "eq": "等于",
    "ne": "不等于（且已知）",
    "in": "其中之一",
    "gt": "大于，晚于",
    "gte": "不小于，不早于",
    "lt": "小于，早于",
    "lte": "不大于，不晚于",
    "startsWith": "以此开头",
    "contains": "含有",
    "withinDays": "最近这么多天之内",
    "olderThanDays": "至少这么多天以前",
    "isNull": "true 为不详，false 为已知",
    "has": "含有这一项",
}
_DAYS: Final = frozenset({"withinDays", "olderThanDays"})
PLACE: Final = "Place"
FILTERED: Final = ("Person", "Household", "Dwelling", "Organization", "Event", "Tag", "Department", "Record", PLACE)


def _input(name: str, description: str, members: Mapping[str, tuple[Any, str]]) -> type:
    """An input type whose members are all optional; `members`: GraphQL name → (Python type, description)."""
    annotations: dict[str, Any] = {}
    body: dict[str, Any] = {"__module__": __name__, "__annotations__": annotations}
    for graphql_name, (kind, label) in members.items():
        python_name = f"{graphql_name}_" if graphql_name in _KEYWORDS else graphql_name
        annotations[python_name] = kind
        body[python_name] = strawberry.field(name=graphql_name, default=strawberry.UNSET, description=label)
    made: type = strawberry.input(type(name, (), body), description=description)
    globals()[name] = made
    return made


_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "self"})


def _comparisons() -> None:
    for kind, ops in OPERATORS.items():
        if _TYPE_NAMES[kind] in globals():
            continue
        scalar: Any = _SCALARS.get(kind, str)
        members: dict[str, tuple[Any, str]] = {}
        for op in ops:
            plain: Any = int if op in _DAYS else bool if op == "isNull" else scalar
            shown = f"list[{_text(plain)}] | None" if op == "in" else f"{_text(plain)} | None"
            members[op] = (shown, _OP_LABELS[op])
        _input(_TYPE_NAMES[kind], "对一个值的比较；写几项则都要成立", members)


def _text(scalar: Any) -> str:
    if scalar is strawberry.ID:
        return "strawberry.ID"
    return scalar if isinstance(scalar, str) else scalar.__name__


def _of_attribute(attribute: Attribute) -> tuple[str, str]:
    return f"{_TYPE_NAMES[attribute.kind]} | None", f"{attribute.label}（{attribute.level.label}）"


def filter_name(label: str) -> str:
    return f"{PLACE if label in PLACES else label}Filter"


def _link_type(link: Link) -> str:
    kinds = {filter_name(target) for target in link.targets}
    if len(kinds) == 1:
        return kinds.pop()
    if link.type == "TAGGED":
        return "BearerFilter"
    return "LocationFilter" if "Dwelling" in link.targets else "PartyFilter"


def _several(name: str, targets: tuple[str, ...]) -> None:
    members: dict[str, tuple[Any, str]] = {
        target.lower(): (f"{filter_name(target)} | None", "只看这一种，并且符合条件") for target in targets
    }
    _input(name, "对几种对象之一的条件", members | _EDGE)


_EDGE: Final[dict[str, tuple[Any, str]]] = {"edge": ("EdgeFilter | None", "对关系本身的条件；只用在沿关系写的条件里")}
_ALWAYS: Final[dict[str, tuple[str, str]]] = {
    "and": ("都成立", "list"),
    "or": ("至少一个成立", "list"),
    "not": ("不成立", "one"),
}


def _entity(label: str) -> None:
    """The filter of one kind; the five kinds of places share one."""
    name = filter_name(label)
    members: dict[str, tuple[Any, str]] = {
        key: (f"list[{name}] | None" if many == "list" else f"{name} | None", text)
        for key, (text, many) in _ALWAYS.items()
    }
    sources = PLACES if label == PLACE else (label,)
    for source in sources:
        members |= {key: _of_attribute(attribute) for key, attribute in attributes(source).items()}
        members |= {key: (f"{_link_type(link)} | None", link.label) for key, link in links_of(source).items()}
    members |= {
        "has": ("HasFilter | None", "有某个标签，或有某个来源的记录"),
        "count": ("list[CountFilter] | None", "沿一条路径数对象"),
        "ratio": ("list[RatioFilter] | None", "两个数的比"),
        "shares": ("list[SharesFilter] | None", "与另一个同类对象有若干共同的对象"),
        "self": ("bool | None", "就是整个条件所说的那个对象"),
    }
    _input(name, "条件；写几项则都要成立，空的 {} 对所有对象成立", members | _EDGE)


def _build() -> None:
    from datetime import date

    globals()["date"] = date
    _comparisons()
    edge = {key: _of_attribute(attribute) for key, attribute in edge_attributes().items()}
    _input(
        "EdgeFilter",
        "对关系的条件",
        {
            **edge,
            "asOf": ("date | None", "关系在这一天有效，而不是查询的日期"),
            "anyTime": ("bool | None", "true：不限日期"),
        },
    )
    _input(
        "HasFilter",
        "有标签，或有来源记录",
        {"tag": ("str | None", "标签的英文名或中文名"), "record": ("str | None", "数据来源，例如 civil_assistance")},
    )
    numbers = {op: (f"{_text(float)} | None", _OP_LABELS[op]) for op in ("eq", "ne", "gt", "gte", "lt", "lte")}
    wholes = {op: (f"{_text(int)} | None", label) for op, (_, label) in numbers.items()}
    path: dict[str, tuple[Any, str]] = {
        "of": ("str | None", "路径：关系的名称，用点相连，例如 household.members"),
        "where": ("JSON | None", "对路径终点的条件，写法与其他条件相同"),
        "edge": ("EdgeFilter | None", "对路径最后一个关系的条件"),
    }
    _input("CountFilter", "路径通向多少个不同的对象", path | wholes)
    _input("PathFilter", "一条路径", path)
    _input(
        "RatioFilter",
        "of 的个数与 per 的个数之比",
        {"of": ("PathFilter | None", "被除数"), "per": ("PathFilter | None", "除数"), **numbers},
    )
    _input(
        "SharesFilter",
        "与另一个同类对象有 atLeast 个共同的对象",
        {
            "through": ("str | None", "从这里到共同对象的路径"),
            "to": ("str | None", "从共同对象到另一个对象的路径"),
            "where": ("JSON | None", "对共同对象的条件"),
            "atLeast": ("int | None", "至少几个，不写为 2"),
        },
    )
    several = {
        name: link.targets
        for label in FILTERED
        for link in _links(label)
        if (name := _link_type(link)) in ("BearerFilter", "LocationFilter", "PartyFilter")
    }
    for name, targets in several.items():
        _several(name, targets)
    for label in FILTERED:
        _entity(label)


def _links(label: str) -> list[Link]:
    return [link for source in (PLACES if label == PLACE else (label,)) for link in links_of(source).values()]


_build()


@strawberry.enum(description="顺序")
class Direction(Enum):
    ASC = "asc"
    DESC = "desc"


@strawberry.input(description="按哪一项排列；不详的在最后")
class Order:
    by: Annotated[str, strawberry.argument(description="条件里的一项，例如 name、age、reportedAt")]
    direction: Direction = Direction.ASC


def filter_type(label: str) -> Any:
    """The input type of the filter of a kind, or of a relation (`Edge`)."""
    return globals()[filter_name(label)]


def filter_of(link: Link) -> Any:
    """The input type of what a link leads to."""
    return globals()[_link_type(link)]


def as_json(value: Any) -> Any:
    """A filter as the JSON object that it was written as. Raises `QueryInvalid` for an explicit null."""
    if value is None:
        raise QueryInvalid("条件里不能写 null", remedy="要查不详的值，请用 isNull。")
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    found = {}
    for field in dataclasses.fields(value):
        member = getattr(value, field.name)
        if member is not strawberry.UNSET:
            found[field.name.rstrip("_")] = as_json(member)
    return found


def order_by(order: Order | None) -> OrderBy | None:
    return OrderBy(order.by, order.direction is Direction.DESC) if order else None


__all__ = ["FILTERED", "JSON", "KINDS", "Direction", "Order", "as_json", "filter_name", "filter_type", "order_by"]
