"""`complaintMentions`: whom the words of a complaint were linked to, whom they may mean, and why."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry

from api.schema.complaints import PartyOption
from api.schema.connections import Asker
from api.schema.entities import Party
from services.linked_mentions import mentions_of


@strawberry.type(description="诉求里提到的一方")
class ComplaintMention:
    index: int = strawberry.field(description="第几方，从 0 数")
    role: str = strawberry.field(description="例如 complainant、respondent")
    kind: str = strawberry.field(description="person 人员、organization 单位")
    surface: str = strawberry.field(description="原文的写法")
    outcome: str = strawberry.field(description="linked 已对应、ambiguous 有几个可能、new 图中没有")
    node: Party | None = strawberry.field(description="对应的人员或单位；拿不准则为空")
    probability: float = strawberry.field(description="对应得有多准，0–1")
    candidates: list[PartyOption] = strawberry.field(description="可能是谁，可能大的在前", metadata={"expect": 3})


async def _mentions(
    info: Asker, id: Annotated[strawberry.ID, strawberry.argument(description="事件的编号。")]
) -> list[ComplaintMention]:
    reading = info.context
    reading.set_date(info.path, strawberry.UNSET)
    found = await reading.call(mentions_of, id)
    reading.spend(sum(1 + len(one.candidates) for one in found))
    return cast("list[ComplaintMention]", found)


complaint_mentions_field = strawberry.field(
    resolver=_mentions, description="一条诉求里提到的各方对应图中的谁，依据是什么"
)
