"""Paths between two objects, and what lies around one: payloads that a canvas can draw as they come."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date
from enum import Enum
from typing import Annotated, Any, Final, TypeVar, cast

import strawberry

from api.schema.connections import Asker, AsOf
from core.catalogue.words import RELATION_LABELS
from core.errors import EntityUnknown
from services import network
from services.network import KIND_LABELS

T = TypeVar("T")
PATHS: Final = 10  # paths of a query that says no limit
NODES: Final = 200


def _type(name: str) -> Any:
    return strawberry.enum_value(name, description=RELATION_LABELS[name])


def _kind(label: str) -> Any:
    return strawberry.enum_value(label.lower(), description=KIND_LABELS[label])


@strawberry.enum(description="关系的种类")
class RelationType(Enum):
    KIN = _type("KIN")
    MEMBER_OF = _type("MEMBER_OF")
    LIVES_IN = _type("LIVES_IN")
    OWNS = _type("OWNS")
    RENTS = _type("RENTS")
    REGISTERED_AT = _type("REGISTERED_AT")
    LEGAL_REPRESENTATIVE_OF = _type("LEGAL_REPRESENTATIVE_OF")
    WORKS_AT = _type("WORKS_AT")
    PARTY_TO = _type("PARTY_TO")
    LOCATED_AT = _type("LOCATED_AT")
    OCCURRED_AT = _type("OCCURRED_AT")
    DUPLICATE_OF = _type("DUPLICATE_OF")
    FOLLOWS = _type("FOLLOWS")
    HANDLED_BY = _type("HANDLED_BY")
    PART_OF = _type("PART_OF")
    TAGGED = _type("TAGGED")
    DESCRIBES = _type("DESCRIBES")


@strawberry.enum(description="对象的种类")
class NodeKind(Enum):
    PERSON = _kind("Person")
    HOUSEHOLD = _kind("Household")
    DWELLING = _kind("Dwelling")
    ORGANIZATION = _kind("Organization")
    EVENT = _kind("Event")
    BUILDING = _kind("Building")
    COMPOUND = _kind("Compound")
    COMMUNITY = _kind("Community")
    GRID = _kind("Grid")
    STREET = _kind("Street")
    DEPARTMENT = _kind("Department")
    TAG = _kind("Tag")
    RECORD = _kind("Record")


@strawberry.type(description="图上的一个点")
class NetworkNode:
    id: strawberry.ID = strawberry.field(description="本系统的编号")
    kind: NodeKind = strawberry.field(description="对象的种类")
    label: str = strawberry.field(description="显示的名称；敏感值按读者的权限打掩码")
    distance: int = strawberry.field(description="离中心（路径中为起点）几步")
    degree: int | None = strawberry.field(
        description="有几条关系（不计未要的种类）；路径中、及读者只能看到一部分对象时为空"
    )
    more: int | None = strawberry.field(description="其中几条没有画出来；空同上")


@strawberry.type(description="图上的一条关系，方向为关系本身的方向")
class NetworkEdge:
    id: strawberry.ID = strawberry.field(description="关系的编号")
    type: RelationType = strawberry.field(description="关系的种类")
    label: str = strawberry.field(description="关系的中文名称")
    role: str | None = strawberry.field(description="起点在关系中的角色；亲属关系中为终点是起点的什么人")
    role_label: str | None = strawberry.field(description="角色的中文名称")
    source: int = strawberry.field(description="起点在 nodes 中的序号，自 0 起")
    target: int = strawberry.field(description="终点在 nodes 中的序号")
    valid_from: date | None = strawberry.field(description="自哪天起有效（含），空为不详")
    valid_to: date | None = strawberry.field(description="到哪天为止（不含），空为至今")
    confidence: float | None = strawberry.field(description="可信度，0–1")
    sources: list[str] = strawberry.field(description="哪些数据来源说到这个关系")


@strawberry.type(description="一个对象的周边，可直接画图")
class Canvas:
    centre: strawberry.ID = strawberry.field(description="中心的编号；问的是合并过的编号时为新编号")
    nodes: list[NetworkNode] = strawberry.field(description="中心在前，由近及远", metadata={"expect": NODES})
    edges: list[NetworkEdge] = strawberry.field(description="这些点之间的全部关系", metadata={"expect": 2 * NODES})


@strawberry.type(description="两个对象之间的一条路径")
class NetworkPath:
    length: int = strawberry.field(description="经过几步")
    score: float = strawberry.field(description="中间各点关系数的自然对数之和；步数相同时越小越说明问题")
    nodes: list[NetworkNode] = strawberry.field(description="从起点到终点", metadata={"expect": 5})
    edges: list[NetworkEdge] = strawberry.field(description="按步的先后；两点之间可有几条", metadata={"expect": 6})


@strawberry.type(description="两个对象之间的路径")
class NetworkPaths:
    paths: list[NetworkPath] = strawberry.field(description="短的、说明问题的在前", metadata={"expect": PATHS})
    hubs: list[NetworkNode] = strawberry.field(
        description="关系太多、因而没有从它们继续往外找的对象", metadata={"expect": 1}
    )
    complete: bool = strawberry.field(description="是否没有遗漏；为否时，可能还有经过上述对象的、或更远的路径")


def _said(description: str) -> Any:
    return strawberry.argument(description=description)


async def _or_null(found: Awaitable[T]) -> T | None:
    """Null for an object that does not exist, or that the reader may not see, as everywhere among the root fields."""
    try:
        return await found
    except EntityUnknown:
        return None


async def _paths(
    info: Asker,
    source: Annotated[strawberry.ID, strawberry.argument(name="from", description="起点的编号。")],
    target: Annotated[strawberry.ID, strawberry.argument(name="to", description="终点的编号。")],
    via: Annotated[
        list[RelationType] | None,
        _said(
            "沿哪些关系找；不写则为人、房、户、单位、事件之间的关系。"
            "标签、来源记录、社区和街道只有写上通向它们的关系（TAGGED、DESCRIBES、PART_OF）才会经过。"
        ),
    ] = None,
    all: Annotated[bool, _said("找全部不绕圈的路径，而不只是最短的。")] = False,
    max_hops: Annotated[int | None, _said("最多几步：最短路径至多 8，全部路径至多 5。")] = None,
    limit: Annotated[int, _said("最多返回几条，1–50。")] = PATHS,
    as_of: AsOf = strawberry.UNSET,
) -> NetworkPaths | None:
    reading = info.context
    found = await _or_null(
        reading.call(
            network.paths,
            source,
            target,
            via=[kind.value for kind in via or ()],
            shortest=not all,
            max_hops=max_hops,
            limit=limit,
            as_of=reading.set_date(info.path, as_of),
        )
    )
    reading.spend(sum(len(path.nodes) for path in found.paths) if found else 0)
    return cast("NetworkPaths | None", found)


async def _neighbourhood(
    info: Asker,
    id: Annotated[strawberry.ID, _said("中心的编号。")],
    depth: Annotated[int, _said("画几层，1–3。")] = 1,
    kinds: Annotated[list[NodeKind] | None, _said("只画哪几类对象；不写则为标签、来源记录以外的各类。")] = None,
    limit: Annotated[int, _said("最多几个点，1–1000。")] = NODES,
    as_of: AsOf = strawberry.UNSET,
) -> Canvas | None:
    reading = info.context
    found = await _or_null(
        reading.call(
            network.neighbourhood,
            id,
            depth=depth,
            kinds=[kind.value for kind in kinds or ()],
            limit=limit,
            as_of=reading.set_date(info.path, as_of),
        )
    )
    reading.spend(len(found.nodes) if found else 0)
    return cast("Canvas | None", found)


path_field = strawberry.field(resolver=_paths, description="两个对象之间的路径：怎样联系在一起；有一个查不到则为 null")
neighbourhood_field = strawberry.field(resolver=_neighbourhood, description="一个对象的周边，供画图；查不到则为 null")
