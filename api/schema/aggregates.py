"""Counts and sums by group. What is measured follows from the fields that a query selects."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Final

import strawberry
from strawberry.types.nodes import SelectedField, Selection
from strawberry.utils.str_converters import to_camel_case

from api.schema.connections import Asker, AsOf
from api.schema.filters import as_json, filter_type
from services import aggregates
from services.aggregates import Dimension, Measure, Order

GROUPS: Final = 100  # groups of a query that says no number


@strawberry.enum(description="按什么分组")
class GroupBy(Enum):
    STREET = strawberry.enum_value("street", description="街道")
    COMMUNITY = strawberry.enum_value("community", description="社区")
    GRID = strawberry.enum_value("grid", description="网格")
    COMPOUND = strawberry.enum_value("compound", description="小区")
    TAG = strawberry.enum_value("tag", description="标签")
    KIND = strawberry.enum_value("kind", description="事件类型")
    CATEGORY = strawberry.enum_value("category", description="事项分类")
    STATUS = strawberry.enum_value("status", description="事件的状态、单位的经营状态")
    DEPARTMENT = strawberry.enum_value("department", description="事件的承办部门")
    USAGE = strawberry.enum_value("usage", description="房屋用途")
    INDUSTRY = strawberry.enum_value("industry", description="单位的行业")
    SEX = strawberry.enum_value("sex", description="性别")
    MARITAL = strawberry.enum_value("marital", description="婚姻状况")
    EDUCATION = strawberry.enum_value("education", description="文化程度")
    YEAR = strawberry.enum_value("year", description="事件上报的年")
    QUARTER = strawberry.enum_value("quarter", description="事件上报的季度")
    MONTH = strawberry.enum_value("month", description="事件上报的月")
    WEEK = strawberry.enum_value("week", description="事件上报的周，周一起")
    DAY = strawberry.enum_value("day", description="事件上报的日")


@strawberry.enum(description="各组的先后")
class GroupOrder(Enum):
    LARGEST = strawberry.enum_value("largest", description="数量多的在前")
    KEY = strawberry.enum_value("key", description="按分组的值，时间由早到晚")


@strawberry.type(description="一组在一个分组上的值")
class GroupKey:
    dimension: GroupBy = strawberry.field(description="哪一个分组")
    value: str | None = strawberry.field(description="代码、文字、编号，或一段时间的第一天；空为不详，或没有标签")
    label: str = strawberry.field(description="中文名称")


@strawberry.type(description="一组对象的数量")
class Group:
    keys: list[GroupKey] = strawberry.field(description="与 by 的顺序相同", metadata={"expect": 2})
    count: int = strawberry.field(description="几个对象")
    parties: int | None = strawberry.field(description="事件涉及几个不同的当事人")
    persons: int | None = strawberry.field(description="房屋里住着几个不同的人")
    dwellings: int | None = strawberry.field(description="涉及几套不同的房屋")
    sum_amount: float | None = strawberry.field(description="事件涉及金额之和")
    avg_amount: float | None = strawberry.field(description="有金额的事件的平均金额")
    sum_area: float | None = strawberry.field(description="房屋建筑面积之和，平方米")
    avg_area: float | None = strawberry.field(description="房屋平均建筑面积，平方米")


@strawberry.type(description="分组汇总")
class Aggregates:
    groups: list[Group] = strawberry.field(description="各组", metadata={"expect": GROUPS})
    complete: bool = strawberry.field(description="是否列出了全部各组")


_MEASURES: Final = {to_camel_case(measure.value): measure for measure in Measure}


def _said(description: str) -> Any:
    return strawberry.argument(description=description)


def aggregate_field(label: str, description: str) -> Any:
    """A root field: the entities of a kind that fulfil a filter, by group."""

    async def resolve(
        info: Asker,
        by: Annotated[list[GroupBy], _said("按什么分组，1–3 个；不是每类对象都有每种分组。")],
        filter: Any = None,
        order: Annotated[GroupOrder, _said("各组的先后。")] = GroupOrder.LARGEST,
        limit: Annotated[int, _said("最多几组，1–1000。")] = GROUPS,
        as_of: AsOf = strawberry.UNSET,
    ) -> Any:
        reading = info.context
        found = await reading.call(
            aggregates.aggregate,
            label.lower(),
            tuple(Dimension(str(each.value)) for each in by),
            measures=_measures(info.selected_fields),
            order=Order(str(order.value)),
            limit=limit,
            as_of=reading.set_date(info.path, as_of),
            where=as_json(filter) if filter is not None else None,
        )
        reading.spend(len(found.groups))
        return found

    resolve.__annotations__["filter"] = Annotated[filter_type(label) | None, _said("只要符合条件的。")]
    return strawberry.field(resolver=resolve, description=description)


def _measures(selected: list[Selection]) -> tuple[Measure, ...]:
    """The measures among the fields that are selected anywhere below, fragments spread out."""
    wanted: dict[Measure, None] = {Measure.COUNT: None}
    pending = list(selected)
    while pending:
        one = pending.pop(0)
        if isinstance(one, SelectedField) and one.name in _MEASURES:
            wanted[_MEASURES[one.name]] = None
        pending += one.selections
    return tuple(wanted)
