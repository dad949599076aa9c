"""Fields that follow a relation of the graph, and what every relation says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

import strawberry

from api.schema.claims import Backing, assertions_field
from api.schema.connections import Asker, AsOf, First
from api.schema.reading import Reading
from api.schema.scalars import iso_text
from core.codes import table
from services.ahead import Follow, only
from services.tag_reads import because_of
from services.views import Linked, View

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


@strawberry.type
class Validity:
    valid_from: date | None = strawberry.field(description="自哪天起有效（含），空为不详")
    valid_to: date | None = strawberry.field(description="到哪天为止（不含），空为至今")


@strawberry.type
class Relation(Validity):
    """What all relations between entities say; each edge type adds its `node`."""

    id: strawberry.ID | None = strawberry.field(description="关系的编号")
    cursor: str | None = strawberry.field(description="这一条的游标")
    observed_at: datetime | None = strawberry.field(description="来源部门最近一次记录这个关系的时间")
    sources: list[str] | None = strawberry.field(description="哪些数据来源说到这个关系")
    confidence: float | None = strawberry.field(description="可信度，0–1")
    backing: Backing | None = assertions_field()


def edge_label(name: str, description: str, label_of: Callable[[str], str]) -> Any:
    """The Chinese name of the code that the edge property `name` holds."""

    def label(root: strawberry.Parent[Linked]) -> str | None:
        value = root.edge.get(name)
        return None if value is None else label_of(str(value))

    return strawberry.field(resolver=label, description=description)


@strawberry.type
class RoleRelation(Relation):
    role: str | None = strawberry.field(description="在关系中的角色，例如 complainant、respondent、owner、tenant")
    role_label: str | None = edge_label("role", "角色的中文名称", lambda role: ROLE_LABELS.get(role, role))


def because_field() -> Any:
    """`because` of a link between a tag and its bearer: the evidence in words. One call for all rows of a level."""

    async def resolve(root: strawberry.Parent[Linked], info: Asker) -> list[str]:
        label = root.edge["near"] if root.node.label == "Tag" else root.node.label
        load = partial(_because, info.context, label)
        return await info.context.loader(("because", label), load).load(root.edge.get("evidence") or "{}")

    return strawberry.field(resolver=resolve, description="依据，用文字说；手工加的标签没有")


async def _because(reading: Reading, label: str, texts: list[str]) -> list[list[str]]:
    return await reading.call(because_of, label, texts)


def code_label(table_name: str, code: str) -> str:
    """The label of a code; what is no code of the table is given as it is."""
    codes = table(table_name)
    return codes.label(codes.code(code)) if code in codes else code


def open_events() -> Any:
    """Events of a household's members that are not closed, each once: two reads for any number of households."""

    async def resolve(
        root: strawberry.Parent[View], info: Asker, as_of: AsOf = strawberry.UNSET, first: First = 50
    ) -> list[Any]:
        reading = info.context
        reading.check_page(first)

        day = reading.set_date(info.path, as_of)

        async def follow(source: str, name: str, node_id: str) -> list[Linked]:
            way = Follow(source, name, day, reading.limits.page)
            links = await reading.follow(way, node_id, only(way))
            reading.spend(len(links))
            return links

        members = await follow("Household", "members", root.id)
        found: dict[str, Linked] = {}
        for events in await asyncio.gather(*(follow("Person", "events", member.node.id) for member in members)):
            found |= {link.node.id: link for link in events if link.node.values.get("status") != "closed"}
        return sorted(found.values(), key=_reported, reverse=True)[:first]

    return strawberry.field(resolver=resolve, description="成员涉及的未办结事件，最近的在前", metadata={"expect": 20})


def _reported(link: Linked) -> str:
    return str(iso_text(link.node.values.get("reported_at")) or "")
