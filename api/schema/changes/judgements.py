"""`judge`: people decide whether two records or entities are one."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from api.schema.changes.common import Change, Input, RequestId, Wait, Why, change, make, node_of
from api.schema.connections import Asker
from api.schema.entities import Node
from services import changing


@strawberry.enum(description="两边是不是同一个")
class Judgement(Enum):
    SAME = strawberry.enum_value("positive", description="是同一个")
    DIFFERENT = strawberry.enum_value("negative", description="不是同一个")
    UNSURE = strawberry.enum_value("unsure", description="说不准")


@strawberry.input(description="判定两个对象或两条来源记录是不是同一个")
class JudgeInput:
    a: strawberry.ID = strawberry.field(description="对象的编号，或记录：rec_… 或 来源/记录键")
    b: strawberry.ID = strawberry.field(description="另一个；与前一个同为对象或同为记录")
    judgement: Judgement = strawberry.field(description="是不是同一个")
    why: str = Why
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.type(description="判定的结果")
class JudgePayload(Change):
    judgement_ids: list[strawberry.ID] = strawberry.field(description="判定的编号", metadata={"expect": 3})
    overruled: list[strawberry.ID] = strawberry.field(description="因此不再算数的较早判定", metadata={"expect": 1})
    a: Node | None = strawberry.field(description="判定后 a 所属的对象")
    b: Node | None = strawberry.field(description="判定后 b 所属的对象")


async def _judge(info: Asker, input: Annotated[JudgeInput, Input]) -> JudgePayload | None:
    content = {"a": input.a, "b": input.b, "verdict": input.judgement.value, "why": input.why}
    made = await make(info, changing.judge, content, input.request_id, input.wait)
    a, b = await info.context.call(changing.homes, made.told["records"])
    return JudgePayload(
        judgement_ids=made.told["judgements"],
        overruled=made.told["overruled"],
        a=await node_of(info, a),
        b=await node_of(info, b),
        **made.common,
    )


judge_field = change(_judge, "判定两个对象或两条来源记录是否同一；以后每次归并都照此办理")
