"""Graph patterns: an analyst draws up to six nodes and the links between them, and gets every place where they are."""

from __future__ import annotations

from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from api.schema.connections import Asker, AsOf, First
from api.schema.entities import Node
from api.schema.filters import as_json, filter_type
from api.schema.links import RoleRelation
from api.schema.network import NetworkEdge, NetworkNode
from core.errors import QueryInvalid
from services import patterns
from services.patterns import EdgeInput, NodeInput, PatternFound, PatternRow

EdgeFilter = filter_type("Edge")
DEEPEST = 10_000


@strawberry.input(description="图样里的一个点")
class PatternNodeInput:
    name: str = strawberry.field(description="点的名称，字母开头；结果按它列出")
    kind: str = strawberry.field(
        description="person、household、dwelling、building、compound、community、grid、street、organization、event、tag、"
        "department 或 record"
    )
    filter: JSON | None = strawberry.field(default=None, description="条件，写法与列表的 filter 相同")


@strawberry.input(description="图样里的一条边：从一个点沿一种关系到另一个点")
class PatternEdgeInput:
    from_: str = strawberry.field(name="from", description="起点的名称")
    link: str = strawberry.field(description="关系的名称，与对象的字段同名，例如 livesIn")
    to: str = strawberry.field(description="终点的名称")
    edge: EdgeFilter | None = strawberry.field(default=None, description="对关系本身的条件")  # type: ignore[valid-type]


@strawberry.type(name="PatternCell", description="图样里的一个点找到的对象")
class Cell:
    name: str = strawberry.field(description="点的名称")
    node: Node


@strawberry.type(name="PatternRelation", description="图样里的一条边找到的关系")
class Found(RoleRelation):
    pass


@strawberry.type(name="PatternLine", description="图样里的一条边")
class Line:
    from_: str = strawberry.field(name="from", description="起点的名称")
    link: str = strawberry.field(description="关系的名称")
    to: str = strawberry.field(description="终点的名称")
    relation: Found | None = strawberry.field(description="找到的关系；经过几层地点的没有")


@strawberry.type(name="PatternRow", description="找到图样的一处")
class Row:
    cells: list[Cell] = strawberry.field(description="各个点", metadata={"expect": 6})
    lines: list[Line] = strawberry.field(description="各条边", metadata={"expect": 6})


@strawberry.type(name="PatternSubgraph", description="图样找到的对象和关系，每个一次")
class Subgraph:
    nodes: list[NetworkNode] = strawberry.field(
        description="对象；distance 为离图样第一个点几步", metadata={"expect": 120}
    )
    edges: list[NetworkEdge] = strawberry.field(description="它们之间的关系", metadata={"expect": 200})


async def _drawn(root: strawberry.Parent[Result], info: Asker) -> Subgraph:
    return cast("Subgraph", await info.context.call(patterns.drawn, root.found, as_of=root.day))


@strawberry.type(name="PatternResult", description="图样在哪里")
class Result:
    cost: float = strawberry.field(description="预计要走的关系数")
    rows: list[Row] = strawberry.field(description="每处一行", metadata={"expect": 20})
    has_next_page: bool = strawberry.field(description="后面还有没有")
    found: strawberry.Private[PatternFound]
    day: strawberry.Private[Any]

    subgraph: Subgraph = strawberry.field(
        resolver=_drawn, description="找到的各处合成一张图：每个对象一次，及它们之间图样所写种类的直接关系"
    )


async def _resolve(
    info: Asker,
    nodes: Annotated[list[PatternNodeInput], strawberry.argument(description="1–6 个点。")],
    edges: Annotated[list[PatternEdgeInput], strawberry.argument(description="至多 10 条边，把点连成一片。")],
    first: First = 20,
    offset: Annotated[int, strawberry.argument(description="跳过多少处。")] = 0,
    as_of: AsOf = strawberry.UNSET,
) -> Result:
    reading = info.context
    reading.check_page(first, offset)
    if offset > DEEPEST:
        raise QueryInvalid(f"offset 不能超过 {DEEPEST:,}", remedy="请给图样再加条件，缩小范围。")
    day = reading.set_date(info.path, as_of)
    found = await reading.call(
        patterns.match_pattern,
        [NodeInput(node.name, node.kind, node.filter) for node in nodes],  # type: ignore[arg-type]
        [EdgeInput(edge.from_, edge.link, edge.to, as_json(edge.edge) if edge.edge else None) for edge in edges],
        as_of=day,
        first=first,
        skip=offset,
    )
    reading.spend(len(found.rows) * len(nodes))
    rows = [_row(row) for row in found.rows]
    return Result(cost=found.cost, rows=rows, has_next_page=found.more, found=found, day=day)


def _row(row: PatternRow) -> Row:
    cells = [Cell(name=cell.name, node=cell.node) for cell in row.cells]  # type: ignore[arg-type]
    lines = [
        Line(from_=line.start, link=line.link, to=line.end, relation=line.relation)  # type: ignore[arg-type]
        for line in row.relations
    ]
    return Row(cells=cells, lines=lines)


pattern_field = strawberry.field(
    resolver=_resolve, description="图样：几个点和它们之间的关系，在图里的每一处", metadata={"expect": 20}
)
