"""Fields that follow a relation of the graph, and what every relation says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from api.schema.reading import Reading
from api.schema.scalars import iso_text
from core.codes import table
from services.views import Linked, View

PAGE = 50  # rows of a linked field that says no limit

AsOf = Annotated[
    date | None,
    strawberry.argument(description="只看这一天有效的关系；不写则沿用上层字段的日期，写 null 则不限日期。"),
]
Page = Annotated[int, strawberry.argument(description="最多返回多少个，1–100。")]
ROLE_LABELS = {
    "complainant": "投诉人",
    "respondent": "被投诉人",
    "victim": "受害人",
    "mediator": "调解人",
    "witness": "证人",
    "owner": "业主",
    "family": "家人",
    "tenant": "租住",
    "dormitory": "集体宿舍",
    "guest": "借住",
}
Asker = strawberry.Info[Reading, None]


def linked(relation: str, description: str, *, expect: int, not_of: str = "") -> Any:
    """A list of links along `relation` (a name that `services.lookup.related` knows).

    `expect` is how many neighbours such a node commonly has; the cost of a query is estimated from it. Nodes with
    the label `not_of` have none.
    """

    async def resolve(
        root: strawberry.Parent[View], info: Asker, as_of: AsOf = strawberry.UNSET, limit: Page = PAGE
    ) -> list[Any]:
        if root.label == not_of:
            return []
        return list(await info.context.linked(relation, root.id, as_of=as_of, limit=limit, path=info.path))

    return strawberry.field(resolver=resolve, description=description, metadata={"expect": expect})


def linked_one(relation: str, description: str) -> Any:
    """The one link along `relation`, or null."""

    async def resolve(root: strawberry.Parent[View], info: Asker, as_of: AsOf = strawberry.UNSET) -> Any:
        found = await info.context.linked(relation, root.id, as_of=as_of, limit=1, path=info.path)
        return found[0] if found else None

    return strawberry.field(resolver=resolve, description=description)


@strawberry.type
class Validity:
    valid_from: date | None = strawberry.field(description="自哪天起有效（含），空为不详")
    valid_to: date | None = strawberry.field(description="到哪天为止（不含），空为至今")


@strawberry.type
class Edge(Validity):
    """What all relations between entities say; each link type adds its `node`."""

    observed_at: datetime | None = strawberry.field(description="来源部门最近一次记录这个关系的时间")
    sources: list[str] | None = strawberry.field(description="哪些数据来源说到这个关系")
    confidence: float | None = strawberry.field(description="可信度，0–1")


def edge_label(name: str, description: str, label_of: Callable[[str], str]) -> Any:
    """The Chinese name of the code that the edge property `name` holds."""

    def label(root: strawberry.Parent[Linked]) -> str | None:
        value = root.edge.get(name)
        return None if value is None else label_of(str(value))

    return strawberry.field(resolver=label, description=description)


@strawberry.type
class RoleEdge(Edge):
    role: str | None = strawberry.field(description="在关系中的角色，例如 complainant、respondent、owner、tenant")
    role_label: str | None = edge_label("role", "角色的中文名称", lambda role: ROLE_LABELS.get(role, role))


def code_label(table_name: str, code: str) -> str:
    """The label of a code; what is no code of the table is given as it is."""
    codes = table(table_name)
    return codes.label(codes.code(code)) if code in codes else code


def open_events() -> Any:
    """Events of a household's members that are not closed, each once: two reads for any number of households."""

    async def resolve(
        root: strawberry.Parent[View], info: Asker, as_of: AsOf = strawberry.UNSET, limit: Page = PAGE
    ) -> list[Any]:
        reading, path = info.context, info.path
        reading.check_page(limit)

        async def follow(relation: str, node_id: str) -> list[Linked]:
            return await reading.linked(relation, node_id, as_of=as_of, limit=reading.limits.page, path=path)

        members = await follow("household.members", root.id)
        found: dict[str, Linked] = {}
        for events in await asyncio.gather(*(follow("person.events", member.node.id) for member in members)):
            found |= {link.node.id: link for link in events if link.node.values.get("status") != "closed"}
        return sorted(found.values(), key=_reported, reverse=True)[:limit]

    return strawberry.field(resolver=resolve, description="成员涉及的未办结事件，最近的在前", metadata={"expect": 20})


def _reported(link: Linked) -> str:
    return str(iso_text(link.node.values.get("reported_at")) or "")
