"""Counts and sums of entities by group, with the words that people read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.catalogue import KINDS
from core.codes import table
from core.errors import AccessDenied, QueryInvalid
from governance.access import AccessContext, hidden_levels
from graph.filters import select
from graph.reads.aggregates import Aggregate, Dimension, Fragment, Key, Measure, Order
from graph.reads.aggregates import aggregate as grouped
from services.app import App
from services.browse import asked_of
from services.visibility import EVERYTHING

__all__ = ["Dimension", "Group", "GroupKey", "Groups", "Measure", "Order", "aggregate"]

_RELATED: Final = frozenset({Measure.PARTIES, Measure.PERSONS, Measure.DWELLINGS})
_UNKNOWN: Final = "（不详）"
_NO_TAG: Final = "（无标签）"


@dataclass(frozen=True, slots=True)
class GroupKey:
    """`value` as in `graph.reads.aggregates.Key`; `label` is what people read."""

    dimension: Dimension
    value: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """`count` of the entities; a measure that was not asked for is None, as is an average of nothing."""

    keys: tuple[GroupKey, ...]
    count: int
    parties: int | None = None
    persons: int | None = None
    dwellings: int | None = None
    sum_amount: float | None = None
    avg_amount: float | None = None
    sum_area: float | None = None
    avg_area: float | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    groups: tuple[Group, ...]
    complete: bool


def aggregate(
    app: App,
    context: AccessContext,
    kind: str,
    by: tuple[Dimension, ...],
    *,
    measures: tuple[Measure, ...] = (Measure.COUNT,),
    order: Order = Order.LARGEST,
    limit: int = 100,
    as_of: date | None = None,
    where: Mapping[str, Any] | None = None,
) -> Groups:
    """Entities of a kind of the catalogue by group; meaning, order and errors as in `graph.reads.aggregates`.

    Only those count that the reader may see and that fulfil the filter `where` on the day (None: at present), and tags
    that the reader may not see make no group. Raises `QueryInvalid` for an unknown kind, `FilterInvalid`,
    `PurposeRequired` for a filter on what the reader may not see, and `AccessDenied` for a reader bound to grids who
    asks about parties, residents or homes: whom an event concerns need not belong there.
    """
    if kind not in KINDS:
        raise QueryInvalid("没有这一类对象")
    if context.grids and not _RELATED.isdisjoint(measures):
        raise AccessDenied("按网格授权的读者不能统计当事人、住户和相关房屋", remedy="请只看数量、金额或面积。")
    label = KINDS[kind].node_label
    hidden = tuple(sorted(level.name.lower() for level in hidden_levels(context)))
    among = _among(app, context, label, where, as_of)
    found = grouped(app.store, Aggregate(label, by, measures, order, limit, as_of, among, hidden))
    app.audit.record(context, f"{kind}.aggregate", [])
    return Groups(
        tuple(
            Group(
                tuple(GroupKey(key.dimension, key.value, _label(kind, key)) for key in group.keys),
                **{measure.value: value for measure, value in group.measures.items()},  # type: ignore[arg-type]
            )
            for group in found.groups
        ),
        found.complete,
    )


def _among(
    app: App, context: AccessContext, label: str, where: Mapping[str, Any] | None, as_of: date | None
) -> Fragment | None:
    asked = asked_of(app, context, label, where, as_of)
    if asked.condition is EVERYTHING:
        return None
    chosen = select(label, asked.condition, as_of=asked.as_of, blind=asked.blind)
    return Fragment(chosen.text, chosen.params)


def _label(kind: str, key: Key) -> str:
    if key.value is None:
        return _NO_TAG if key.dimension is Dimension.TAG else _UNKNOWN
    if key.dimension in _TIMES:
        return _TIMES[key.dimension](date.fromisoformat(key.value[:10]))
    return key.name or _code_label(kind, key.dimension.value, key.value)


def _code_label(kind: str, field: str, value: str) -> str:
    """The label of a coded property; the value itself where it is no code, and of what is no field (a place)."""
    if field not in KINDS[kind].field_names:
        return value
    name = KINDS[kind].field(field).type
    codes = table(name.removeprefix("code:")) if name.startswith("code:") else None
    return codes.label(value) if codes and value in codes else value


_TIMES: Final[dict[Dimension, Callable[[date], str]]] = {
    Dimension.YEAR: lambda day: f"{day.year} 年",
    Dimension.QUARTER: lambda day: f"{day.year} 年第 {(day.month + 2) // 3} 季度",
    Dimension.MONTH: lambda day: f"{day.year} 年 {day.month} 月",
    Dimension.WEEK: lambda day: f"{day} 起一周",
    Dimension.DAY: str,
}
