"""`submitComplaint` takes in a complaint with its confirmed form; `renewReceipt` gives it another code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, cast

import strawberry

from api.schema.changes.common import Change, Input, Made, RequestId, change, make, node_of
from api.schema.complaints import BurdenCounts, CallerInput
from api.schema.connections import Asker
from api.schema.entities import Event
from services import complaints, receipts
from services.burden import Counts
from services.requests import Act, Content


@strawberry.enum(description="诉求从哪里来")
class ComplaintChannel(Enum):
    PHONE = strawberry.enum_value("phone", description="电话")
    APP = strawberry.enum_value("app", description="应用")
    WEB = strawberry.enum_value("web", description="网站")
    COUNTER = strawberry.enum_value("counter", description="窗口")
    GRID = strawberry.enum_value("grid", description="网格")
    OTHER = strawberry.enum_value("other", description="其他")


@strawberry.enum(description="紧急程度")
class ComplaintUrgency(Enum):
    NORMAL = strawberry.enum_value("normal", description="一般")
    URGENT = strawberry.enum_value("urgent", description="紧急")
    EMERGENCY = strawberry.enum_value("emergency", description="特急")


@strawberry.enum(description="一方在事情里的角色")
class ComplaintRole(Enum):
    COMPLAINANT = strawberry.enum_value("complainant", description="投诉人")
    RESPONDENT = strawberry.enum_value("respondent", description="被投诉方")
    VICTIM = strawberry.enum_value("victim", description="受害人")
    MEDIATOR = strawberry.enum_value("mediator", description="调解人")
    WITNESS = strawberry.enum_value("witness", description="知情人")


@strawberry.enum(description="一方是人还是单位")
class ComplaintPartyKind(Enum):
    PERSON = strawberry.enum_value("person", description="人员")
    ORGANIZATION = strawberry.enum_value("organization", description="单位")


@strawberry.input(description="人确认的一方：读出的写 index，图中已有的写 id，其余写姓名或名称与电话")
class ConfirmedPartyInput:
    role: ComplaintRole | None = strawberry.field(default=None, description="角色；写了 index 可以不写，就照读出的")
    kind: ComplaintPartyKind = strawberry.field(default=ComplaintPartyKind.PERSON, description="人员还是单位")
    index: int | None = strawberry.field(default=None, description="readComplaint 读出的第几方；只写它就是照读出的确认")
    id: strawberry.ID | None = strawberry.field(default=None, description="人员或单位的编号，例如从 candidates 中选的")
    name: str | None = strawberry.field(default=None, description="姓名或名称")
    phone: str | None = strawberry.field(default=None, description="电话")


@strawberry.input(description="人确认过的各栏；没有写的一栏就是没有看过，仍由解读填写")
class ConfirmedFormInput:
    category: str | None = strawberry.field(default=None, description="事项分类的代码")
    place: str | None = strawberry.field(default=None, description="地点，写法不论；已知编号就写 placeId")
    place_id: strawberry.ID | None = strawberry.field(
        default=None, description="地点的编号：房屋、楼栋、小区、社区或街道"
    )
    time: datetime | None = strawberry.field(default=None, description="何时发生")
    urgency: ComplaintUrgency | None = strawberry.field(default=None, description="紧急程度")
    department: str | None = strawberry.field(default=None, description="交给哪个部门办")
    parties: list[ConfirmedPartyInput] | None = strawberry.field(
        default=None, description="各方，至多 20；写了就以它为准，解读另外读出的不算"
    )


@strawberry.input(description="提交一件诉求")
class SubmitComplaintInput:
    text: str = strawberry.field(description="诉求原文；封存，读者按权限看到")
    at: datetime | None = strawberry.field(default=None, description="何时说的；不写则为现在")
    caller: CallerInput | None = strawberry.field(default=None, description="谁说的")
    channel: ComplaintChannel = strawberry.field(default=ComplaintChannel.OTHER, description="从哪里来")
    form: ConfirmedFormInput | None = strawberry.field(default=None, description="人确认过的表单")
    request_id: strawberry.ID | None = RequestId
    wait: float = strawberry.field(default=1.0, description="最多等几秒，让图跟上这次改动，0–30；受理码不用等图")


@strawberry.input(description="换一个受理码")
class RenewReceiptInput:
    id: strawberry.ID = strawberry.field(description="事件的编号")
    request_id: strawberry.ID | None = RequestId


@strawberry.type(description="提交诉求的结果")
class SubmitComplaintPayload(Change):
    id: strawberry.ID = strawberry.field(description="事件的编号")
    receipt: str | None = strawberry.field(
        description="受理码，交给诉求人；只显示这一次，系统也不留原码。重发时为空，可用 renewReceipt 换一个"
    )
    burden: BurdenCounts = strawberry.field(description="这份表单各栏的去向")
    event: Event | None = strawberry.field(description="事件；图还没有跟上时为空")


@strawberry.type(description="换受理码的结果")
class ReceiptPayload(Change):
    id: strawberry.ID = strawberry.field(description="事件的编号")
    receipt: str | None = strawberry.field(description="新的受理码，只显示这一次；旧的从此无效。重发时为空")


async def _submit(info: Asker, input: Annotated[SubmitComplaintInput, Input]) -> SubmitComplaintPayload | None:
    content = {
        "text": input.text,
        "at": _iso(input.at),
        "caller": _filled(id=input.caller.id, name=input.caller.name, phone=input.caller.phone)
        if input.caller
        else None,
        "channel": input.channel.value,
        "form": _form(input.form) if input.form else None,
    }
    receipt, made = await _given(info, complaints.submitting, content, input.request_id, input.wait)
    event_id = made.told["event"]
    return SubmitComplaintPayload(
        id=event_id,
        receipt=receipt,
        burden=cast("BurdenCounts", Counts(**made.told["burden"])),
        event=await node_of(info, event_id),
        **made.common,
    )


async def _renew(info: Asker, input: Annotated[RenewReceiptInput, Input]) -> ReceiptPayload | None:
    receipt, made = await _given(info, receipts.renewing, {"id": input.id}, input.request_id, 0.0)
    return ReceiptPayload(id=made.told["event"], receipt=receipt, **made.common)


async def _given(
    info: Asker, act_with: Callable[[str], Act], content: Content, request_id: str | None, wait: float
) -> tuple[str | None, Made]:
    """A change that gives a receipt. The code passes beside the content and the answer, both of which are kept."""
    receipt = receipts.new_receipt()
    made = await make(info, act_with(receipt), content, request_id, wait)
    return (None if made.common["repeated"] else receipt), made


def _form(form: ConfirmedFormInput) -> dict[str, Any]:
    parties = None if form.parties is None else [_party(one) for one in form.parties]
    return _filled(
        category=form.category,
        place=form.place,
        place_id=form.place_id,
        time=_iso(form.time),
        urgency=form.urgency.value if form.urgency else None,
        department=form.department,
        parties=parties,
    )


def _party(one: ConfirmedPartyInput) -> dict[str, Any]:
    return _filled(
        role=one.role.value if one.role else None,
        kind=one.kind.value,
        index=one.index,
        id=one.id,
        name=one.name,
        phone=one.phone,
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


submit_complaint_field = change(_submit, "提交一件诉求，以人确认过的表单为准；给出受理码")
renew_receipt_field = change(_renew, "给诉求换一个受理码，旧的从此无效")
