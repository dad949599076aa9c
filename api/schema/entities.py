"""The types of the graph. Fields of the catalogue come from `entity`; what is written here are links and the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry
from graphql import GraphQLResolveInfo

from api.schema.fields import entity
from api.schema.links import Edge, RoleEdge, Validity, code_label, edge_label, linked, linked_one, open_events
from core.catalogue import DWELLING, EVENT, HOUSEHOLD, ORGANIZATION, PERSON
from services.views import View

KIN_LABELS = {
    "spouse": "配偶",
    "child": "子女",
    "parent": "父母",
    "grandchild": "孙子女",
    "grandparent": "祖父母",
    "sibling": "兄弟姐妹",
}


def _label_of(root: strawberry.Parent[View]) -> str:
    return root.label.lower()


class OfLabel:
    """Tells the members of a union apart by the label of the node."""

    labels: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def is_type_of(cls, node: Any, _info: GraphQLResolveInfo[Any]) -> bool:
        return isinstance(node, View) and node.label in cls.labels


# --- the entity kinds of the catalogue -----------------------------------------------------------------------


@entity(PERSON)
class Person(OfLabel):
    labels = frozenset({"Person"})

    residences: list[DwellingLink] = linked("person.livesIn", "居住过的房屋", expect=2)
    registered_at: list[DwellingLink] = linked("person.registeredAt", "户籍所在房屋", expect=1)
    owns: list[DwellingLink] = linked("person.owns", "名下房屋", expect=1)
    rents: list[DwellingLink] = linked("person.rents", "承租的房屋", expect=1)
    households: list[MembershipLink] = linked("person.household", "所在家庭户", expect=1)
    kin: list[KinLink] = linked("person.kin", "亲属", expect=3)
    works_at: list[OrganizationLink] = linked("person.worksAt", "工作单位", expect=1)
    represents: list[OrganizationLink] = linked("person.represents", "任法定代表人的单位", expect=1)
    events: list[EventLink] = linked("person.events", "涉及的事件", expect=5)
    tags: list[TagLink] = linked("person.tags", "标签", expect=3)
    records: list[RecordLink] = linked("person.records", "来源记录：哪些部门掌握此人", expect=6)


@entity(HOUSEHOLD)
class Household:
    members: list[MemberLink] = linked("household.members", "家庭成员", expect=4)
    dwellings: list[DwellingLink] = linked("household.dwelling", "所住房屋", expect=1)
    tags: list[TagLink] = linked("household.tags", "标签", expect=3)
    open_events: list[EventLink] = open_events()
    records: list[RecordLink] = linked("household.records", "来源记录：哪些部门掌握此户", expect=2)


@entity(DWELLING)
class Dwelling(OfLabel):
    labels = frozenset({"Dwelling"})

    residents: list[PersonLink] = linked("dwelling.residents", "住在这里的人", expect=4)
    owners: list[PersonLink] = linked("dwelling.owners", "产权人", expect=2)
    tenants: list[PersonLink] = linked("dwelling.tenants", "承租人", expect=1)
    households: list[HouseholdLink] = linked("dwelling.households", "住在这里的家庭户", expect=1)
    registered: list[PersonLink] = linked("dwelling.registered", "户籍在这里的人", expect=4)
    organizations: list[OrganizationLink] = linked("dwelling.organizations", "设在这里的单位", expect=1)
    building: PlaceLink | None = linked_one("dwelling.building", "所在楼栋")
    events: list[EventLink] = linked("dwelling.events", "发生在这里的事件", expect=5)
    tags: list[TagLink] = linked("dwelling.tags", "标签", expect=3)
    records: list[RecordLink] = linked("dwelling.records", "来源记录：哪些部门掌握此房屋", expect=5)


@entity(ORGANIZATION)
class Organization(OfLabel):
    labels = frozenset({"Organization"})

    employees: list[PersonLink] = linked("organization.employees", "员工", expect=20)
    legal_representatives: list[PersonLink] = linked("organization.legalRepresentatives", "法定代表人", expect=1)
    located_at: list[LocationLink] = linked("organization.locatedAt", "所在地", expect=1)
    events: list[EventLink] = linked("organization.events", "涉及的事件", expect=10)
    tags: list[TagLink] = linked("organization.tags", "标签", expect=3)
    records: list[RecordLink] = linked("organization.records", "来源记录", expect=3)


@entity(EVENT)
class Event:
    feed: str | None = strawberry.field(description="数据来源")
    place_text: str | None = strawberry.field(description="原文所写的地点")
    parties_text: list[str] | None = strawberry.field(description="原文提到、但没有对应到对象的当事人")
    parties: list[PartyLink] = linked("event.parties", "当事人", expect=2)
    locations: list[LocationLink] = linked("event.locations", "发生在哪里", expect=1)
    handled_by: list[HandlingLink] = linked("event.handledBy", "办理经过", expect=2)
    tags: list[TagLink] = linked("event.tags", "标签", expect=1)
    records: list[RecordLink] = linked("event.records", "来源记录", expect=1)


# --- places, departments, provenance -------------------------------------------------------------------------


@strawberry.type(description="地点：楼栋、小区、社区、网格或街道")
class Place(OfLabel):
    labels = frozenset({"Building", "Compound", "Community", "Grid", "Street"})

    id: strawberry.ID = strawberry.field(description="本系统的编号")
    name: str | None = strawberry.field(description="名称（公开）")
    code: str | None = strawberry.field(description="区划或网格编码（公开）")

    kind: str = strawberry.field(
        resolver=_label_of, description="building 楼栋、compound 小区、community 社区、grid 网格、street 街道"
    )
    parent: PlaceLink | None = linked_one("place.parent", "上级地点")
    grid: PlaceLink | None = linked_one("place.grid", "所属网格（楼栋和小区才有）")
    children: list[PlaceLink] = linked("place.children", "下级地点，楼栋为止", expect=10, not_of="Building")
    dwellings: list[DwellingLink] = linked("place.dwellings", "其中的房屋", expect=20)
    events: list[EventLink] = linked("place.events", "发生在这里的事件", expect=20)
    tags: list[TagLink] = linked("place.tags", "标签", expect=2)


@strawberry.type(description="部门")
class Department:
    id: strawberry.ID = strawberry.field(description="本系统的编号")
    name: str | None = strawberry.field(description="名称（公开）")


@strawberry.type(description="来源记录：某部门的一条数据")
class Record:
    id: strawberry.ID = strawberry.field(description="本系统的编号")
    kind: str | None = strawberry.field(description="记录的是哪一类对象")
    feed: str | None = strawberry.field(description="数据来源")
    department: str | None = strawberry.field(description="来源部门（公开）")
    record_key: str | None = strawberry.field(description="在来源中的键")
    observed_at: datetime | None = strawberry.field(description="来源部门记录的时间")


@strawberry.type(description="标签")
class Tag:
    id: strawberry.ID = strawberry.field(description="本系统的编号")
    name: str | None = strawberry.field(description="英文名")
    label: str | None = strawberry.field(description="中文名")
    level: str | None = strawberry.field(description="分类级别")
    description: str | None = strawberry.field(description="什么样的对象有这个标签")


Party = Annotated[Person | Organization, strawberry.union("Party", description="当事人：人员或单位")]
Location = Annotated[Dwelling | Place, strawberry.union("Location", description="房屋或地点")]


# --- links ---------------------------------------------------------------------------------------------------


@strawberry.type(description="到人员的关系")
class PersonLink(RoleEdge):
    node: Person
    share: str | None = strawberry.field(description="产权份额")


@strawberry.type(description="家庭户到成员的关系")
class MemberLink(Edge):
    node: Person
    relation_to_head: str | None = strawberry.field(description="与户主的关系（GB/T 4761 代码）")
    relation_to_head_label: str | None = edge_label(
        "relation_to_head", "与户主的关系的中文名称", lambda code: code_label("kinship", code)
    )


@strawberry.type(description="亲属关系")
class KinLink(Edge):
    node: Person
    kind: str | None = strawberry.field(
        description="对方是此人的什么人：spouse、child、parent、grandchild、grandparent、sibling"
    )
    kind_label: str | None = edge_label("kind", "亲属关系的中文名称", lambda kind: KIN_LABELS.get(kind, kind))


@strawberry.type(description="到家庭户的关系")
class HouseholdLink(Edge):
    node: Household


@strawberry.type(description="成员到家庭户的关系")
class MembershipLink(HouseholdLink):
    relation_to_head: str | None = strawberry.field(description="与户主的关系（GB/T 4761 代码）")
    relation_to_head_label: str | None = edge_label(
        "relation_to_head", "与户主的关系的中文名称", lambda code: code_label("kinship", code)
    )


@strawberry.type(description="到房屋的关系")
class DwellingLink(RoleEdge):
    node: Dwelling
    share: str | None = strawberry.field(description="产权份额")


@strawberry.type(description="到单位的关系")
class OrganizationLink(Edge):
    node: Organization


@strawberry.type(description="到事件的关系")
class EventLink(RoleEdge):
    node: Event


@strawberry.type(description="到地点的关系")
class PlaceLink(Edge):
    node: Place


@strawberry.type(description="到房屋或地点的关系")
class LocationLink(Edge):
    node: Location


@strawberry.type(description="到当事人的关系")
class PartyLink(RoleEdge):
    node: Party


@strawberry.type(description="事件到办理部门的关系，一步一条")
class HandlingLink(Edge):
    node: Department
    step: int | None = strawberry.field(description="第几步")
    at: datetime | None = strawberry.field(description="这一步的时间")
    action: str | None = strawberry.field(description="动作")
    from_: str | None = strawberry.field(name="from", description="由哪个部门转来")
    to: str | None = strawberry.field(description="转给哪个部门")


@strawberry.type(description="对象到标签的关系")
class TagLink(Validity):
    node: Tag
    rule: str | None = strawberry.field(description="由哪条规则得出")
    version: int | None = strawberry.field(description="规则版本")
    evidence: str | None = strawberry.field(description="依据：得出这个标签的事实，JSON")


@strawberry.type(description="到来源记录的关系")
class RecordLink:
    node: Record
    probability: float | None = strawberry.field(description="这条记录确属此对象的概率，0–1")
    run: str | None = strawberry.field(description="由哪一次归并得出")
