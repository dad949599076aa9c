"""The entity kinds that department rows speak of."""

from __future__ import annotations

from core.catalogue.model import Field, Kind, Level, PersonalKind, ResolutionRole

_P = PersonalKind.PERSONAL
_S = PersonalKind.SENSITIVE
_INTERNAL = Level.INTERNAL
_SENSITIVE = Level.SENSITIVE

PERSON = Kind(
    name="person",
    label="人员",
    node_label="Person",
    id_prefix="per",
    fields=(
        Field(
            name="name",
            label="姓名",
            type="person_name",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.NAME,
            standard="GB/T 31000-2015",
            indexed=True,
            sealed_for_minors=True,
        ),
        Field(
            name="former_name",
            label="曾用名",
            type="person_name",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.NAME,
            standard="GB/T 31000-2015",
            sealed_for_minors=True,
        ),
        Field(
            name="citizen_id",
            label="公民身份号码",
            type="citizen_id",
            level=_SENSITIVE,
            personal=_S,
            role=ResolutionRole.IDENTIFIER,
            standard="GB 11643-1999",
            indexed=True,
        ),
        Field(
            name="sex",
            label="性别",
            type="code:sex",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.SEX,
            standard="GB/T 2261.1-2003",
        ),
        Field(
            name="birth_date",
            label="出生日期",
            type="date",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.BIRTH,
            standard="GB/T 7408",
            sealed_for_minors=True,
        ),
        Field(name="nation", label="民族", type="code:nation", level=_INTERNAL, personal=_P, standard="GB/T 3304-1991"),
        Field(
            name="phone",
            label="联系电话",
            type="phone",
            level=_SENSITIVE,
            personal=_P,
            role=ResolutionRole.CONTACT,
            indexed=True,
        ),
        Field(
            name="address",
            label="现住址",
            type="address",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.PLACE,
            standard="GB/T 10114",
        ),
        Field(
            name="registered_address",
            label="户籍地址",
            type="address",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.CONTEXT,
        ),
        Field(
            name="marital",
            label="婚姻状况",
            type="code:marital",
            level=_INTERNAL,
            personal=_P,
            standard="GB/T 2261.2-2003",
        ),
        Field(name="education", label="文化程度", type="text", level=_INTERNAL, personal=_P, standard="GB/T 4658-2006"),
        Field(
            name="employer",
            label="工作单位",
            type="text",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.CONTEXT,
        ),
        Field(
            name="plate", label="车牌号", type="plate", level=_SENSITIVE, personal=_P, standard="GA 36", indexed=True
        ),
        Field(name="assistance", label="救助类别", type="text", level=_SENSITIVE, personal=_S, categorical=True),
        Field(
            name="disability",
            label="残疾等级",
            type="text",
            level=_SENSITIVE,
            personal=_S,
            standard="GB/T 26341",
            categorical=True,
        ),
        Field(name="health", label="健康状况", type="text", level=_SENSITIVE, personal=_S),
    ),
)

ORGANIZATION = Kind(
    name="organization",
    label="单位",
    node_label="Organization",
    id_prefix="org",
    fields=(
        Field(name="name", label="单位名称", type="organization_name", level=Level.OPEN, role=ResolutionRole.NAME),
        Field(
            name="uscc",
            label="统一社会信用代码",
            type="uscc",
            level=Level.OPEN,
            role=ResolutionRole.IDENTIFIER,
            standard="GB 32100-2015",
        ),
        Field(
            name="legal_representative",
            label="法定代表人",
            type="person_name",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.CONTEXT,
        ),
        Field(name="address", label="经营地址", type="address", level=Level.OPEN, role=ResolutionRole.PLACE),
        Field(
            name="phone",
            label="联系电话",
            type="phone",
            level=_SENSITIVE,
            personal=_P,
            role=ResolutionRole.CONTACT,
            indexed=True,
        ),
        Field(name="industry", label="行业", type="text", level=Level.OPEN, standard="GB/T 4754-2017"),
        Field(name="registered_on", label="成立日期", type="date", level=Level.OPEN),
        Field(name="status", label="经营状态", type="text", level=Level.OPEN),
    ),
)

DWELLING = Kind(
    name="dwelling",
    label="房屋",
    node_label="Dwelling",
    id_prefix="dwe",
    fields=(
        Field(
            name="address",
            label="房屋地址",
            type="address",
            level=_INTERNAL,
            role=ResolutionRole.PLACE,
            standard="GB/T 10114",
        ),
        Field(
            name="property_no",
            label="不动产单元号",
            type="text",
            level=_INTERNAL,
            role=ResolutionRole.IDENTIFIER,
            standard="GB/T 37346-2019",
        ),
        Field(name="grid_code", label="网格编码", type="text", level=_INTERNAL, role=ResolutionRole.CONTEXT),
        Field(name="area", label="建筑面积", type="number", level=_INTERNAL),
        Field(name="usage", label="房屋用途", type="text", level=_INTERNAL),
    ),
)

HOUSEHOLD = Kind(
    name="household",
    label="家庭户",
    node_label="Household",
    id_prefix="hou",
    fields=(
        Field(
            name="household_no",
            label="户号",
            type="text",
            level=_INTERNAL,
            personal=_P,
            role=ResolutionRole.IDENTIFIER,
        ),
        Field(
            name="address", label="户籍住址", type="address", level=_INTERNAL, personal=_P, role=ResolutionRole.PLACE
        ),
        Field(name="household_type", label="户别", type="text", level=_INTERNAL, personal=_P),
    ),
)

EVENT = Kind(
    name="event",
    label="事件",
    node_label="Event",
    id_prefix="evt",
    fields=(
        Field(name="kind", label="事件类型", type="code:event_kind", level=_INTERNAL),
        Field(name="category", label="事项分类", type="text", level=_INTERNAL, standard="GB/T 39666-2020"),
        Field(name="title", label="标题", type="text", level=_INTERNAL),
        Field(name="text", label="内容", type="narrative", level=_SENSITIVE, personal=_P),
        Field(name="occurred_at", label="发生时间", type="datetime", level=_INTERNAL),
        Field(name="reported_at", label="上报时间", type="datetime", level=_INTERNAL),
        Field(name="closed_at", label="办结时间", type="datetime", level=_INTERNAL),
        Field(name="status", label="状态", type="code:event_status", level=_INTERNAL),
        Field(name="urgency", label="紧急程度", type="code:urgency", level=_INTERNAL),
        Field(name="address", label="发生地点", type="address", level=_INTERNAL),
        Field(name="department", label="承办部门", type="text", level=Level.OPEN),
        Field(name="outcome", label="处理结果", type="text", level=_INTERNAL),
        Field(name="amount", label="涉及金额", type="number", level=_INTERNAL),
    ),
)

KINDS: dict[str, Kind] = {k.name: k for k in (PERSON, ORGANIZATION, DWELLING, HOUSEHOLD, EVENT)}


def kind(name: str) -> Kind:
    """Raises `KeyError` for a kind that the catalogue does not declare."""
    return KINDS[name]
