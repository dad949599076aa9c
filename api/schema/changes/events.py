"""`reportEvent`, `changeEventStatus`, and the steps that an event went through."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, cast

import strawberry

from api.schema.changes.common import Change, Input, RequestId, Wait, change, make, node_of
from api.schema.connections import Asker
from api.schema.entities import Event
from nlp.reading import Reading as ReadText
from services import intake


@strawberry.enum(description="上报的是哪类事件")
class EventKind(Enum):
    COMPLAINT = strawberry.enum_value("complaint", description="投诉")
    DISPUTE = strawberry.enum_value("dispute", description="纠纷")
    CASE = strawberry.enum_value("case", description="案件")
    INCIDENT = strawberry.enum_value("incident", description="警情")
    INSPECTION = strawberry.enum_value("inspection", description="检查")
    ALARM = strawberry.enum_value("alarm", description="告警")
    SERVICE_REQUEST = strawberry.enum_value("service_request", description="服务请求")


@strawberry.enum(description="事件办到哪一步")
class EventStatus(Enum):
    OPEN = strawberry.enum_value("open", description="待受理")
    PROCESSING = strawberry.enum_value("processing", description="处理中")
    CLOSED = strawberry.enum_value("closed", description="已办结")
    RETURNED = strawberry.enum_value("returned", description="已退回")


@strawberry.input(description="上报一个事件")
class ReportEventInput:
    kind: EventKind = strawberry.field(description="哪类事件")
    text: str = strawberry.field(description="内容，原话即可；封存，读者按权限看到")
    title: str | None = strawberry.field(default=None, description="标题，不写姓名与号码")
    place: str | None = strawberry.field(default=None, description="发生地点，写法不论")
    time: datetime | None = strawberry.field(default=None, description="何时发生")
    complainant_name: str | None = strawberry.field(default=None, description="投诉人姓名；“王女士”之类的称呼不作姓名")
    complainant_phone: str | None = strawberry.field(default=None, description="投诉人电话")
    complainant_id: strawberry.ID | None = strawberry.field(
        default=None, description="投诉的人员或单位的编号；给出编号就不写姓名与电话"
    )
    department: str | None = strawberry.field(
        default=None, description="交给哪个部门办；不写则归事项分类的主管部门，分类拿不准就空着"
    )
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.input(description="事件的下一步")
class ChangeEventStatusInput:
    id: strawberry.ID = strawberry.field(description="事件的编号")
    status: EventStatus = strawberry.field(description="改成什么状态")
    department: str | None = strawberry.field(default=None, description="交给哪个部门；不写则仍由原部门办")
    note: str | None = strawberry.field(default=None, description="说明；办结时即处理结果。至多 500 字，号码会被遮盖")
    request_id: strawberry.ID | None = RequestId
    wait: float = Wait


@strawberry.type(description="内容里提到的一方")
class TextParty:
    kind: str = strawberry.field(description="person 人员、organization 单位")
    role: str = strawberry.field(description="例如 complainant、respondent")
    surface: str = strawberry.field(description="原文的写法")
    certainty: float = strawberry.field(description="有多确定，0–1")


@strawberry.type(description="从内容里读出的")
class TextReading:
    category: str | None = strawberry.field(description="事项分类的代码；拿不准则为空")
    category_name: str | None = strawberry.field(description="事项分类的名称")
    category_score: float = strawberry.field(description="有多像这一类，0–1")
    place: str | None = strawberry.field(description="地点，尽量写全")
    urgency: str = strawberry.field(description="normal、urgent 或 emergency")
    parties: list[TextParty] = strawberry.field(description="提到的各方", metadata={"expect": 3})
    reason: str | None = strawberry.field(description="为什么读不出，空为读出了")


@strawberry.type(description="事件办理的一步")
class EventStep:
    step: int = strawberry.field(description="第几步")
    at: datetime | None = strawberry.field(description="何时")
    department: str | None = strawberry.field(description="由哪个部门办")
    action: str | None = strawberry.field(description="动作")
    start: str | None = strawberry.field(name="from", description="由哪个部门转来")
    end: str | None = strawberry.field(name="to", description="转给哪个部门")
    status: str | None = strawberry.field(description="这一步后的状态；来源部门的步骤没有")
    note: str | None = strawberry.field(description="说明")
    who: str | None = strawberry.field(description="谁办的")


@strawberry.type(description="上报的结果")
class ReportEventPayload(Change):
    id: strawberry.ID = strawberry.field(description="事件的编号")
    event: Event | None = strawberry.field(description="事件；图还没有跟上时为空")
    reading: TextReading = strawberry.field(description="从内容里当即读出的")


@strawberry.type(description="事件改动的结果")
class EventPayload(Change):
    id: strawberry.ID = strawberry.field(description="事件的编号")
    event: Event | None = strawberry.field(description="改动后的事件")
    steps: list[EventStep] = strawberry.field(description="办理的各步，早的在前", metadata={"expect": 5})


_REPORTED = ("text", "title", "place", "complainant_name", "complainant_phone", "complainant_id", "department")


async def _report(info: Asker, input: Annotated[ReportEventInput, Input]) -> ReportEventPayload | None:
    content = {
        "kind": input.kind.value,
        "occurred_at": input.time.isoformat(timespec="seconds") if input.time else None,
        **{name: getattr(input, name) for name in _REPORTED},
    }
    made = await make(info, intake.report_event, content, input.request_id, input.wait)
    event_id = made.told["event"]
    reading = await info.context.call(intake.read, input.text)
    return ReportEventPayload(
        id=event_id, event=await node_of(info, event_id), reading=_reading(reading), **made.common
    )


async def _status(info: Asker, input: Annotated[ChangeEventStatusInput, Input]) -> EventPayload | None:
    content = {"id": input.id, "status": input.status.value, "department": input.department, "note": input.note}
    made = await make(info, intake.change_status, content, input.request_id, input.wait)
    steps = await info.context.call(intake.history, input.id)
    return EventPayload(
        id=input.id,
        event=await node_of(info, input.id),
        steps=cast("list[EventStep]", steps),
        **made.common,
    )


async def _history(
    info: Asker, id: Annotated[strawberry.ID, strawberry.argument(description="事件的编号。")]
) -> list[EventStep]:
    steps = await info.context.call(intake.history, id)
    info.context.spend(len(steps))
    return cast("list[EventStep]", steps)


def _reading(read: ReadText) -> TextReading:
    return TextReading(
        category=read.category,
        category_name=read.category_name if read.category else None,
        category_score=read.category_score,
        place=read.place.text if read.place else read.place_text,
        urgency=read.urgency,
        parties=[
            TextParty(kind=one.kind, role=one.role, surface=one.surface, certainty=one.certainty)
            for one in read.parties
        ],
        reason=read.reason,
    )


report_event_field = change(_report, "上报一个事件，并当即读出内容说了什么")
change_event_status_field = change(_status, "事件的下一步：受理、转办、退回、办结、重办")
event_history_field = strawberry.field(
    resolver=_history, description="事件办理的各步，含来源部门已改写的，早的在前", metadata={"expect": 5}
)
