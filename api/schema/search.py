"""The search box: one text, objects of every kind, each with the reason why it is there."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import strawberry

from api.schema.connections import Asker, First
from api.schema.entities import Dwelling, Event, Household, Organization, Person, Place
from services import search
from services.search import Hit

Findable = Annotated[
    Person | Household | Dwelling | Organization | Event | Place,
    strawberry.union("Findable", description="搜索框能找到的对象"),
]


@strawberry.enum(description="找哪一类对象")
class SearchKind(Enum):
    PERSON = strawberry.enum_value("person", description="人员")
    HOUSEHOLD = strawberry.enum_value("household", description="家庭户")
    DWELLING = strawberry.enum_value("dwelling", description="房屋")
    ORGANIZATION = strawberry.enum_value("organization", description="单位")
    EVENT = strawberry.enum_value("event", description="事件")
    PLACE = strawberry.enum_value("place", description="地点：楼栋、小区、社区、网格或街道")


def _node(root: strawberry.Parent[Hit]) -> Any:
    return root.view


def _reason(root: strawberry.Parent[Hit]) -> str:
    return root.reason.value


def _label(root: strawberry.Parent[Hit]) -> str:
    return root.reason.label


@strawberry.type(description="搜索的一个结果")
class SearchHit:
    score: float = strawberry.field(description="有多像要找的，0–1；只用来排序")
    reason: str = strawberry.field(resolver=_reason, description="为什么找到：代码，例如 person_name、pinyin、address")
    reason_label: str = strawberry.field(resolver=_label, description="为什么找到：中文，例如 姓名相同、拼音、地址")
    matched: str = strawberry.field(description="由哪个字段找到")
    node: Findable = strawberry.field(resolver=_node, description="找到的对象")


async def _resolve(
    info: Asker,
    text: Annotated[
        str,
        strawberry.argument(
            description="姓名（繁简、拼音、首字母、错一个字）、证件号码、电话、车牌、地址、单位名称、户号或事件编号，"
            "至多 100 个字符；姓名后空一格写地址可缩小范围。"
        ),
    ],
    kinds: Annotated[list[SearchKind] | None, strawberry.argument(description="只找这几类；不写则都找。")] = None,
    first: First = search.LIMIT,
) -> list[SearchHit]:
    reading = info.context
    reading.check_page(first)
    wanted = tuple(str(kind.value) for kind in kinds or ())
    found = await reading.call(search.search, text=text, kinds=wanted, limit=first)
    reading.spend(len(found))
    return found  # type: ignore[return-value]


search_field = strawberry.field(
    resolver=_resolve, description="搜索框：由一段文字找到各类对象，最像的在前", metadata={"expect": search.LIMIT}
)
