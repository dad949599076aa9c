"""Where a value and a relation come from: every claim of every record, every statement behind a link."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, cast

import strawberry

from api.schema.connections import Asker, AsOf
from api.schema.reading import Reading
from services.assertions import assertions_of
from services.claims import Claim as Claimed
from services.claims import claims_of_each
from services.views import Linked, View

_EXPECTED_CLAIMS = 30
_EXPECTED_ASSERTIONS = 3
_Key = tuple[str, str, tuple[str, ...] | None, date | None]

Fields = Annotated[
    list[str] | None,
    strawberry.argument(description='只看这些项，例如 ["phone", "address"]；不写则是全部。'),
]


@strawberry.type(description="一条说法：某条来源记录对某一项的一个值")
class Claim:
    field: str = strawberry.field(description="哪一项，例如 phone")
    label: str = strawberry.field(description="这一项的中文名称")
    value: str = strawberry.field(description="值，按查询者的权限显示或打码")
    status: str = strawberry.field(description="chosen、agrees、contradicted、superseded 或 withdrawn")
    status_label: str = strawberry.field(
        description="采用、与采用值同义、与采用值不一致、已被同一记录更正、已被来源撤回"
    )
    chosen: bool = strawberry.field(description="是否就是现在采用的值")
    by: str | None = strawberry.field(description="采用的或后来的值出自哪条记录：来源/记录键")
    until: datetime | None = strawberry.field(description="这条记录到何时不再这样说；空为仍这样说")
    reason: str = strawberry.field(description="为什么采用或不采用")
    feed: str = strawberry.field(description="数据来源")
    department: str = strawberry.field(description="来源部门（公开）")
    record_id: strawberry.ID = strawberry.field(description="来源记录的编号")
    record_key: str = strawberry.field(description="在来源中的键")
    first_observed: datetime = strawberry.field(description="这条记录最早何时这样说")
    observed_at: datetime = strawberry.field(description="这条记录最近何时仍这样说")


@strawberry.type(description="一条依据：某条来源记录对这个关系的一次陈述")
class Assertion:
    feed: str = strawberry.field(description="数据来源")
    feed_label: str = strawberry.field(description="数据来源的中文名称")
    record_id: strawberry.ID = strawberry.field(description="来源记录的编号")
    record_key: str | None = strawberry.field(description="在来源中的键")
    valid_from: date | None = strawberry.field(description="写明自哪天起")
    valid_to: date | None = strawberry.field(description="写明到哪天为止")
    observed_at: datetime | None = strawberry.field(description="来源部门记录的时间")
    authority: float = strawberry.field(description="没有旁证时，这一来源这样说有多可信，0–1")
    role: str | None = strawberry.field(description="写明的角色、份额或与户主的关系")
    status: str = strawberry.field(description="supports、ended、other_time、superseded 或 withdrawn")
    status_label: str = strawberry.field(
        description="支持这一时段、写明已结束、说的是另一时段、已被同一记录更正、已被来源撤回"
    )


@strawberry.type(description="一个关系的由来")
class Backing:
    origin: str = strawberry.field(description="stated、inferred、derived 或 ruled")
    origin_label: str = strawberry.field(description="来源直接写明、由规则推断、由地址或其他关系得出、由标签规则得出")
    because: str | None = strawberry.field(description="没有来源直接写明时，由什么得出")
    assertions: list[Assertion] = strawberry.field(
        description="各来源的陈述，新的在前", metadata={"expect": _EXPECTED_ASSERTIONS}
    )


def claims_field() -> Any:
    """`claims(fields:, asOf:)` of an entity: what every record ever said of it. One read for all rows of a level."""

    async def resolve(
        root: strawberry.Parent[View], info: Asker, fields: Fields = None, as_of: AsOf = strawberry.UNSET
    ) -> list[Claim]:
        reading = info.context
        wanted = None if fields is None else tuple(snake(name) for name in fields)
        key = ("claims", root.label.lower(), wanted, reading.set_date(info.path, as_of))
        found = await reading.loader(key, partial(_load, reading, key)).load(root.id)
        reading.spend(len(found))
        return cast("list[Claim]", found)

    return strawberry.field(
        resolver=resolve,
        description="各来源记录对每一项的说法（含更正前的），采用的在前；asOf 按那一天为止所知道的来判断",
        metadata={"expect": _EXPECTED_CLAIMS},
    )


def assertions_field() -> Any:
    """`backing` of a link: why the relation is there. The link's own `id` is its key."""

    async def resolve(root: strawberry.Parent[Linked], info: Asker) -> Backing | None:
        edge_id = root.edge.get("id")
        if edge_id is None:
            return None
        found = await info.context.call(assertions_of, str(edge_id))
        info.context.spend(len(found.assertions))
        return cast("Backing", found)

    return strawberry.field(
        resolver=resolve, description="这个关系的由来：哪些记录这样说", metadata={"expect": _EXPECTED_ASSERTIONS}
    )


async def _load(reading: Reading, key: _Key, ids: list[str]) -> list[list[Claimed]]:
    _, kind, fields, day = key
    found = await reading.call(claims_of_each, kind, ids, fields=fields, as_of=day)
    return [found[entity_id] for entity_id in ids]


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
