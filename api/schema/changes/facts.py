"""`confirmFact`, `correctFact`: what people know of an object at its door, or an application of its user."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast

import strawberry

from api.schema.changes.common import Change, Input, RequestId, Wait, Why, change, make, node_of
from api.schema.claims import Claim, snake
from api.schema.connections import Asker
from api.schema.entities import Node
from core.errors import QueryInvalid
from services import facts
from services.claims import claims_of

_ONE_OF = "请给出 field，或 link 与 other"


@strawberry.input(description="确认一项仍然如此：一个值，或一个关系")
class ConfirmFactInput:
    id: strawberry.ID = strawberry.field(description="对象的编号")
    field: str | None = strawberry.field(default=None, description="哪一项，例如 phone；确认现在采用的值")
    link: str | None = strawberry.field(default=None, description="或哪种关系，例如 livesIn，与 other 同给")
    other: strawberry.ID | None = strawberry.field(default=None, description="关系另一端的编号")
    since: date | None = strawberry.field(default=None, description="关系自哪天起，知道才写")
    why: str = Why
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.input(description="更正一项：一个值，或一个不再有的关系")
class CorrectFactInput:
    id: strawberry.ID = strawberry.field(description="对象的编号")
    field: str | None = strawberry.field(default=None, description="哪一项，例如 phone，与 value 同给")
    value: str | None = strawberry.field(default=None, description="正确的值，写法不论")
    link: str | None = strawberry.field(default=None, description="或哪种关系不再有，例如 livesIn，与 other 同给")
    other: strawberry.ID | None = strawberry.field(default=None, description="关系另一端的编号")
    until: date | None = strawberry.field(default=None, description="关系到哪天为止；不写为今天")
    why: str = Why
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.type(description="一项前后的值")
class FieldChange:
    field: str = strawberry.field(description="哪一项")
    before: str | None = strawberry.field(description="改动前采用的值")
    after: str | None = strawberry.field(description="现在采用的值")


@strawberry.type(description="核实与更正的结果")
class FactPayload(Change):
    node: Node | None = strawberry.field(description="之后的对象")
    other: Node | None = strawberry.field(description="关系另一端的对象")
    changed: FieldChange | None = strawberry.field(description="这次改动使采用的值由什么变成什么；没有变则为空")
    claims: list[Claim] = strawberry.field(
        description="这一项的各种说法，采用的在前，被更正的在后", metadata={"expect": 5}
    )


async def _confirm(info: Asker, input: Annotated[ConfirmFactInput, Input]) -> FactPayload | None:
    if _about_link(input):
        return await _link(info, input, holds=True, day=input.since)
    return await _field(info, input, None)


async def _correct(info: Asker, input: Annotated[CorrectFactInput, Input]) -> FactPayload | None:
    if _about_link(input):
        return await _link(info, input, holds=False, day=input.until)
    if input.value is None:
        raise QueryInvalid("correctFact 更正一项时须给出 value")
    return await _field(info, input, input.value)


def _about_link(input: ConfirmFactInput | CorrectFactInput) -> bool:
    if input.field is not None and input.link is None and input.other is None:
        return False
    if input.field is None and input.link is not None and input.other is not None:
        return True
    raise QueryInvalid(_ONE_OF)


async def _field(info: Asker, input: ConfirmFactInput | CorrectFactInput, value: str | None) -> FactPayload:
    field = snake(str(input.field))
    content = {"id": input.id, "field": field, "value": value, "why": input.why}
    made = await make(info, facts.state_field, content, input.request_id, input.wait)
    reading = info.context
    before, after = await reading.call(facts.change_of, made.told)
    told = await reading.call(claims_of, made.told["id"], fields=[field])
    reading.spend(len(told))
    changed = FieldChange(field=str(input.field), before=before, after=after) if before != after else None
    return FactPayload(
        node=await node_of(info, made.told["id"]),
        other=None,
        changed=changed,
        claims=cast("list[Claim]", told),
        **made.common,
    )


async def _link(
    info: Asker, input: ConfirmFactInput | CorrectFactInput, *, holds: bool, day: date | None
) -> FactPayload:
    content: dict[str, Any] = {
        "id": input.id,
        "link": input.link,
        "other": input.other,
        "holds": holds,
        "day": day.isoformat() if day else None,
        "why": input.why,
    }
    made = await make(info, facts.state_link, content, input.request_id, input.wait)
    node, other = await node_of(info, made.told["id"]), await node_of(info, made.told["other"])
    return FactPayload(node=node, other=other, changed=None, claims=[], **made.common)


confirm_fact_field = change(_confirm, "确认一项现在仍然如此（网格员上门、应用的用户本人）")
correct_fact_field = change(_correct, "更正一项；新的说法与旧的一并留存，采用新的")
