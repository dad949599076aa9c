"""`readComplaint`: a text as a form to confirm; `complaintStatus`: by receipt; `complaintBurden`: what forms cost."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Final, cast

import strawberry

from api.rates import Rates
from api.schema.connections import Asker
from api.schema.entities import Event, Location, Party
from core.errors import TooManyRequests
from services import burden, complaint_form, receipts

_STATUS_RATE: Final = 20.0  # codes that one application may ask about in a second; nobody guesses 85 bits at that rate
_STATUS: Final = Rates(_STATUS_RATE)


def _said(description: str) -> Any:
    return strawberry.argument(description=description)


# --- the form ------------------------------------------------------------------------------------------------


@strawberry.input(description="来电或来访的人：已知编号就只写编号")
class CallerInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="人员或单位的编号")
    name: str | None = strawberry.field(default=None, description="姓名")
    phone: str | None = strawberry.field(default=None, description="电话，例如来电号码")


@strawberry.type(description="原文的一段")
class TextSpan:
    label: str = strawberry.field(description="读成什么，例如 identifiers.phone、parties.person.respondent")
    start: int = strawberry.field(description="从第几个字起，从 0 数")
    end: int = strawberry.field(description="到第几个字前")


@strawberry.type(description="一种可能的事项分类")
class CategoryOption:
    code: str = strawberry.field(description="分类代码")
    name: str = strawberry.field(description="分类名称")
    department: str = strawberry.field(description="主管部门")
    probability: float = strawberry.field(description="有多像这一类，0–1")


@strawberry.type(description="原文中的一处地点")
class FormPlace:
    text: str = strawberry.field(description="原文的写法")
    start: int = strawberry.field(description="从第几个字起，从 0 数")
    end: int = strawberry.field(description="到第几个字前")
    address: str | None = strawberry.field(description="补全的地址，只写到有把握的一级")
    level: str | None = strawberry.field(description="地址写到哪一级")
    relative: str | None = strawberry.field(description="方位，例如 upstairs；不是相对的地点则为空")
    problems: list[str] = strawberry.field(description="与区划、与本地不符之处", metadata={"expect": 1})
    node: Location | None = strawberry.field(description="对应的房屋或地点；没有这一处时是它所在的楼栋或小区")
    exact: bool = strawberry.field(description="node 就是所写的这一处，不只是它所在的地方")
    path: list[Location] = strawberry.field(description="node 及其各级上级，小的在前", metadata={"expect": 4})


@strawberry.type(description="原文中的一处时间；起含、止不含")
class TextTime:
    start: int = strawberry.field(description="从第几个字起，从 0 数")
    end: int = strawberry.field(description="到第几个字前")
    kind: str = strawberry.field(description="moment、day、span、deadline 或 recurring")
    begin: datetime | None = strawberry.field(description="起")
    until: datetime | None = strawberry.field(description="止")
    every: str | None = strawberry.field(description="反复的：day、weekday、weekend、week、month、year")
    opens: time | None = strawberry.field(description="反复的：每次从几点")
    closes: time | None = strawberry.field(description="反复的：每次到几点")


@strawberry.type(description="原文中的一个数额")
class TextAmount:
    start: int = strawberry.field(description="从第几个字起，从 0 数")
    end: int = strawberry.field(description="到第几个字前")
    value: float = strawberry.field(description="数值")
    unit: str = strawberry.field(description="单位，例如 CNY、m2")
    about: bool = strawberry.field(description="是否约数")


@strawberry.type(description="原文中的一个诉求")
class TextDemand:
    start: int = strawberry.field(description="从第几个字起，从 0 数")
    end: int = strawberry.field(description="到第几个字前")
    kind: str = strawberry.field(
        description="stop、repair、pay、refund、investigate、mediate、inform、licence 或 other"
    )


@strawberry.type(description="紧急程度及依据")
class FormUrgency:
    level: str = strawberry.field(description="normal、urgent 或 emergency")
    label: str = strawberry.field(description="中文名称")
    reasons: list[str] = strawberry.field(description="依据", metadata={"expect": 1})


@strawberry.type(description="当事人可能是谁")
class PartyOption:
    node: Party = strawberry.field(description="人员或单位")
    probability: float = strawberry.field(description="有多可能，0–1")
    reasons: list[str] = strawberry.field(description="依据", metadata={"expect": 2})


@strawberry.type(description="原文中的一方")
class FormParty:
    index: int = strawberry.field(description="第几方，从 0 数；确认时写它")
    role: str = strawberry.field(description="complainant、respondent、victim、mediator、witness；agency 为经办机构")
    kind: str = strawberry.field(description="person 人员、organization 单位、group 一群人")
    surface: str = strawberry.field(description="原文的写法")
    name: str | None = strawberry.field(description="姓名或名称；原文没有写全则为空")
    phone: str | None = strawberry.field(description="电话（敏感）")
    certainty: float = strawberry.field(description="有多确定，0–1")
    mentions: list[TextSpan] = strawberry.field(description="原文中说到这一方的各处", metadata={"expect": 3})
    outcome: str = strawberry.field(description="linked 已对应、ambiguous 有几个可能、new 图中没有")
    node: Party | None = strawberry.field(description="对应的人员或单位；拿不准则为空")
    probability: float = strawberry.field(description="对应得有多准，0–1")
    candidates: list[PartyOption] = strawberry.field(description="可能是谁，可能大的在前", metadata={"expect": 3})


@strawberry.type(description="以往相似的事件")
class SimilarEvent:
    event: Event = strawberry.field(description="事件，结果见 status、outcome")
    reasons: list[str] = strawberry.field(description="何处相似", metadata={"expect": 2})


@strawberry.type(description="这段诉求与较早的一次来电说的是同一件事")
class SameMatter:
    event: Event = strawberry.field(description="较早的来电；整件事项见 event.matter")
    relation: str = strawberry.field(description="DUPLICATE_OF 反映同一件事、FOLLOWS 跟进")
    label: str = strawberry.field(description="关系的中文名称")
    confidence: float = strawberry.field(description="可信度，0–1")
    reason: str = strawberry.field(description="依据，用文字说")


@strawberry.type(description="读好的诉求表单，供人核对；没有存下任何内容")
class ComplaintForm:
    spans: list[TextSpan] = strawberry.field(description="原文各段", metadata={"expect": 10})
    category: CategoryOption | None = strawberry.field(description="事项分类；拿不准则为空，请人从 categories 中选")
    categories: list[CategoryOption] = strawberry.field(description="最可能的三类", metadata={"expect": 3})
    department: str | None = strawberry.field(description="建议的承办部门")
    place: FormPlace | None = strawberry.field(description="事情发生的地点")
    places: list[FormPlace] = strawberry.field(description="原文中的各处地点", metadata={"expect": 2})
    time: datetime | None = strawberry.field(description="事情发生的时间")
    times: list[TextTime] = strawberry.field(description="原文中的各处时间", metadata={"expect": 2})
    amounts: list[TextAmount] = strawberry.field(description="原文中的各个数额", metadata={"expect": 1})
    parties: list[FormParty] = strawberry.field(description="各方", metadata={"expect": 3})
    relation: str = strawberry.field(description="双方的关系，例如 neighbours、landlord_tenant；none 为没有")
    urgency: FormUrgency = strawberry.field(description="紧急程度")
    sentiment: str = strawberry.field(description="negative、neutral 或 positive")
    demands: list[TextDemand] = strawberry.field(description="要求什么", metadata={"expect": 1})
    caller: Party | None = strawberry.field(description="来电人对应的人员或单位")
    caller_candidates: list[Party] = strawberry.field(
        description="几个人共用这个来电号码时，来电人可能是谁；请人来选，选好后以编号提交", metadata={"expect": 2}
    )
    similar: list[SimilarEvent] = strawberry.field(
        description="一年内相似的事件，最相似的在前，至多五个", metadata={"expect": 5}
    )
    same: SameMatter | None = strawberry.field(description="是否与较早的来电是同一件事；不是则为空")
    reason: str | None = strawberry.field(description="为什么读不出或没有读完；空为读出了")


async def _read(
    info: Asker,
    text: Annotated[str, _said("诉求原文。")],
    at: Annotated[datetime | None, _said("何时说的，“昨天”由此数起；不写则为现在。")] = None,
    caller: Annotated[CallerInput | None, _said("谁说的；“我家楼上”由其住处推出。")] = None,
) -> ComplaintForm:
    reading = info.context
    reading.set_date(info.path, strawberry.UNSET)
    known = {"id": caller.id, "name": caller.name, "phone": caller.phone} if caller else None
    form = await reading.call(complaint_form.read_complaint, text, at, known)
    reading.spend(
        len(form.similar)
        + len(form.caller_candidates)
        + sum(1 + len(party.candidates) for party in form.parties)
        + sum(1 + len(place.path) for place in form.places)
    )
    return cast("ComplaintForm", form)


# --- by receipt ----------------------------------------------------------------------------------------------


@strawberry.type(description="办理的一步")
class ComplaintStep:
    at: datetime | None = strawberry.field(description="何时")
    department: str | None = strawberry.field(description="由哪个部门办")
    action: str | None = strawberry.field(description="动作")


@strawberry.type(description="诉求办到哪一步，供持受理码的人查看")
class ComplaintStatus:
    found: str = strawberry.field(description="found 查到了、unknown 没有查到、mistyped 受理码抄错了")
    message: str = strawberry.field(description="一句话")
    status: str | None = strawberry.field(description="open、processing、closed 或 returned")
    status_label: str | None = strawberry.field(description="状态的中文名称")
    steps: list[ComplaintStep] = strawberry.field(description="各步，早的在前", metadata={"expect": 5})
    note: str | None = strawberry.field(description="办结的说明；全由办理用语写成才显示")


async def _status(info: Asker, receipt: Annotated[str, _said("受理码，大小写与短横不论。")]) -> ComplaintStatus:
    reading = info.context
    seconds = _STATUS.wait(f"{reading.app.settings.home}|{reading.access.subject}")
    if seconds:
        raise TooManyRequests(f"查询受理码过于频繁，请 {seconds} 秒后再试", remedy="请稍候再查。")
    return cast("ComplaintStatus", await reading.call(receipts.status_of, receipt))


# --- burden --------------------------------------------------------------------------------------------------


@strawberry.type(description="表单各栏的去向：确认、更正、手填、未动")
class BurdenCounts:
    confirmed: int = strawberry.field(description="照读出的确认")
    corrected: int = strawberry.field(description="读出了，但改了")
    typed: int = strawberry.field(description="没有读出，手填的")
    untouched: int = strawberry.field(description="没有动过")


@strawberry.type(description="一段时间里各栏的去向；占比按填过的栏计，没有填过的为空")
class BurdenShares(BurdenCounts):
    fields: int = strawberry.field(description="共几栏")
    confirmed_share: float | None = strawberry.field(description="确认的占比，0–1")
    corrected_share: float | None = strawberry.field(description="更正的占比，0–1")
    typed_share: float | None = strawberry.field(description="手填的占比，0–1")


@strawberry.type(description="一栏的填报负担")
class FieldBurden:
    field: str = strawberry.field(description="哪一栏")
    label: str = strawberry.field(description="中文名称")
    counts: BurdenShares = strawberry.field(description="去向")


@strawberry.type(description="一周的填报负担")
class WeekBurden:
    week: date = strawberry.field(description="这一周的星期一")
    submissions: int = strawberry.field(description="几份表单")
    counts: BurdenShares = strawberry.field(description="去向")


@strawberry.type(description="填报负担：人们确认、更正、手填了多少；不含任何个人信息")
class ComplaintBurden:
    submissions: int = strawberry.field(description="几份表单")
    overall: BurdenShares = strawberry.field(description="各栏合计")
    fields: list[FieldBurden] = strawberry.field(description="按栏", metadata={"expect": 6})
    weeks: list[WeekBurden] = strawberry.field(description="按周，早的在前", metadata={"expect": 8})


async def _burden(info: Asker, days: Annotated[int, _said("最近几天，含今天，1–366。")] = 28) -> ComplaintBurden:
    return cast("ComplaintBurden", await info.context.call(burden.burden, days))


read_complaint_field = strawberry.field(
    resolver=_read, description="把一段诉求读成表单：谁、在哪、何时、何事、多急、以前有没有；不存下任何内容"
)
complaint_status_field = strawberry.field(resolver=_status, description="凭受理码查诉求办到哪一步")
complaint_burden_field = strawberry.field(resolver=_burden, description="最近几天的填报负担")
