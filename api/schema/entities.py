"""The types of the graph. Fields of the catalogue come from `entity`; what is written here are links and the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry
from graphql import GraphQLResolveInfo

from api.schema.claims import Claim, claims_field
from api.schema.connections import Connection, linked, linked_one
from api.schema.fields import entity
from api.schema.links import Relation, RoleRelation, because_field, code_label, edge_label, open_events
from api.schema.matters import Matter, matter_field
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


@strawberry.interface(description="有编号的对象")
class Node:
    """Base of the types that stand for nodes; the label of a node tells which of them it is."""

    labels: ClassVar[frozenset[str]] = frozenset()

    id: strawberry.ID = strawberry.field(description="本系统的编号，合并后仍可用")

    @classmethod
    def is_type_of(cls, node: Any, _info: GraphQLResolveInfo[Any]) -> bool:
        return isinstance(node, View) and node.label in cls.labels


# --- the entity kinds of the catalogue -----------------------------------------------------------------------


@entity(PERSON)
class Person(Node):
    labels = frozenset({"Person"})

    lives_in: DwellingConnection = linked("person.livesIn")
    registered_at: DwellingConnection = linked("person.registeredAt")
    owns: DwellingConnection = linked("person.owns")
    rents: DwellingConnection = linked("person.rents")
    household: MembershipConnection = linked("person.household")
    kin: KinConnection = linked("person.kin")
    works_at: OrganizationConnection = linked("person.worksAt")
    represents: OrganizationConnection = linked("person.represents")
    events: EventConnection = linked("person.events")
    tags: TagConnection = linked("person.tags")
    records: RecordConnection = linked("person.records")
    claims: list[Claim] = claims_field()


@entity(HOUSEHOLD)
class Household(Node):
    labels = frozenset({"Household"})

    members: MemberConnection = linked("household.members")
    dwelling: DwellingConnection = linked("household.dwelling")
    tags: TagConnection = linked("household.tags")
    open_events: list[EventEdge] = open_events()
    records: RecordConnection = linked("household.records")
    claims: list[Claim] = claims_field()


@entity(DWELLING)
class Dwelling(Node):
    labels = frozenset({"Dwelling"})

    residents: PersonConnection = linked("dwelling.residents")
    owners: PartyConnection = linked("dwelling.owners")
    tenants: PartyConnection = linked("dwelling.tenants")
    households: HouseholdConnection = linked("dwelling.households")
    registered: PersonConnection = linked("dwelling.registered")
    organizations: OrganizationConnection = linked("dwelling.organizations")
    building: PlaceEdge | None = linked_one("dwelling.building")
    compound: PlaceEdge | None = linked_one("dwelling.compound")
    grid: PlaceEdge | None = linked_one("dwelling.grid")
    community: PlaceEdge | None = linked_one("dwelling.community")
    street: PlaceEdge | None = linked_one("dwelling.street")
    events: EventConnection = linked("dwelling.events")
    tags: TagConnection = linked("dwelling.tags")
    records: RecordConnection = linked("dwelling.records")
    claims: list[Claim] = claims_field()


@entity(ORGANIZATION)
class Organization(Node):
    labels = frozenset({"Organization"})

    employees: PersonConnection = linked("organization.employees")
    legal_representatives: PersonConnection = linked("organization.legalRepresentatives")
    located_at: LocationConnection = linked("organization.locatedAt")
    events: EventConnection = linked("organization.events")
    tags: TagConnection = linked("organization.tags")
    records: RecordConnection = linked("organization.records")
    claims: list[Claim] = claims_field()


@entity(EVENT)
class Event(Node):
    labels = frozenset({"Event"})

    feed: str | None = strawberry.field(description="数据来源")
    urgency_reasons: list[str] | None = strawberry.field(description="紧急程度的依据，由解读得出；人改过的没有")
    place_text: str | None = strawberry.field(description="原文所写的地点")
    parties_text: list[str] | None = strawberry.field(description="原文提到、但没有对应到对象的当事人")
    parties: PartyConnection = linked("event.parties")
    locations: LocationConnection = linked("event.locations")
    handled_by: HandlingConnection = linked("event.handledBy")
    duplicate_of: EventConnection = linked("event.duplicateOf")
    duplicates: EventConnection = linked("event.duplicates")
    follows: EventConnection = linked("event.follows")
    followed_by: EventConnection = linked("event.followedBy")
    matter: Matter | None = matter_field()
    tags: TagConnection = linked("event.tags")
    records: RecordConnection = linked("event.records")


# --- places, departments, provenance -------------------------------------------------------------------------


@strawberry.type(description="地点：楼栋、小区、社区、网格或街道")
class Place(Node):
    labels = frozenset({"Building", "Compound", "Community", "Grid", "Street"})

    name: str | None = strawberry.field(description="名称（公开）")
    code: str | None = strawberry.field(description="区划或网格编码（公开）")

    kind: str = strawberry.field(
        resolver=_label_of, description="building 楼栋、compound 小区、community 社区、grid 网格、street 街道"
    )
    parent: PlaceEdge | None = linked_one("place.parent")
    grid: PlaceEdge | None = linked_one("place.grid")
    children: PlaceConnection = linked("place.children")
    dwellings: DwellingConnection = linked("place.dwellings")
    events: EventConnection = linked("place.events")
    tags: TagConnection = linked("place.tags")


@strawberry.type(description="部门")
class Department(Node):
    labels = frozenset({"Department"})

    name: str | None = strawberry.field(description="名称（公开）")
    events: EventConnection = linked("department.events")


@strawberry.type(description="来源记录：某部门的一条数据")
class Record(Node):
    labels = frozenset({"Record"})

    kind: str | None = strawberry.field(description="记录的是哪一类对象")
    feed: str | None = strawberry.field(description="数据来源")
    department: str | None = strawberry.field(description="来源部门（公开）")
    record_key: str | None = strawberry.field(description="在来源中的键")
    observed_at: datetime | None = strawberry.field(description="来源部门记录的时间")


@strawberry.type(description="标签")
class Tag(Node):
    labels = frozenset({"Tag"})

    name: str | None = strawberry.field(description="英文名")
    label: str | None = strawberry.field(description="中文名")
    level: str | None = strawberry.field(description="分类级别")
    description: str | None = strawberry.field(description="什么样的对象有这个标签")
    bearers: BearerConnection = linked("tag.bearers")


Party = Annotated[Person | Organization, strawberry.union("Party", description="当事人：人员或单位")]
Location = Annotated[Dwelling | Place, strawberry.union("Location", description="房屋或地点")]
Bearer = Annotated[
    Person | Household | Dwelling | Organization | Event | Place,
    strawberry.union("Bearer", description="可以有标签的对象"),
]


# --- links ---------------------------------------------------------------------------------------------------


@strawberry.type(description="到人员的关系")
class PersonEdge(RoleRelation):
    node: Person
    share: str | None = strawberry.field(description="产权份额")


@strawberry.type(description="家庭户到成员的关系")
class MemberEdge(Relation):
    node: Person
    relation_to_head: str | None = strawberry.field(description="与户主的关系（GB/T 4761 代码）")
    relation_to_head_label: str | None = edge_label(
        "relation_to_head", "与户主的关系的中文名称", lambda code: code_label("kinship", code)
    )


@strawberry.type(description="亲属关系")
class KinEdge(Relation):
    node: Person
    kind: str | None = strawberry.field(
        description="对方是此人的什么人：spouse、child、parent、grandchild、grandparent、sibling"
    )
    kind_label: str | None = edge_label("kind", "亲属关系的中文名称", lambda kind: KIN_LABELS.get(kind, kind))


@strawberry.type(description="到家庭户的关系")
class HouseholdEdge(Relation):
    node: Household


@strawberry.type(description="成员到家庭户的关系")
class MembershipEdge(HouseholdEdge):
    relation_to_head: str | None = strawberry.field(description="与户主的关系（GB/T 4761 代码）")
    relation_to_head_label: str | None = edge_label(
        "relation_to_head", "与户主的关系的中文名称", lambda code: code_label("kinship", code)
    )


@strawberry.type(description="到房屋的关系")
class DwellingEdge(RoleRelation):
    node: Dwelling
    share: str | None = strawberry.field(description="产权份额")


@strawberry.type(description="到单位的关系")
class OrganizationEdge(Relation):
    node: Organization


@strawberry.type(description="到事件的关系")
class EventEdge(RoleRelation):
    node: Event
    reason: str | None = strawberry.field(description="依据：为什么两件诉求说的是同一件事；其他关系没有")


@strawberry.type(description="到地点的关系")
class PlaceEdge(Relation):
    node: Place


@strawberry.type(description="到房屋或地点的关系")
class LocationEdge(Relation):
    node: Location


@strawberry.type(description="到当事人的关系")
class PartyEdge(RoleRelation):
    node: Party


@strawberry.type(description="事件到办理部门的关系，一步一条")
class HandlingEdge(Relation):
    node: Department
    step: int | None = strawberry.field(description="第几步")
    at: datetime | None = strawberry.field(description="这一步的时间")
    action: str | None = strawberry.field(description="动作")
    from_: str | None = strawberry.field(name="from", description="由哪个部门转来")
    to: str | None = strawberry.field(description="转给哪个部门")


@strawberry.type(description="标签到对象的关系")
class BearerEdge(Relation):
    node: Bearer
    rule: str | None = strawberry.field(description="由哪条规则得出")
    version: int | None = strawberry.field(description="规则版本")
    evidence: str | None = strawberry.field(description="依据：得出这个标签的事实，JSON")
    because: list[str] = because_field()


@strawberry.type(description="对象到标签的关系")
class TagEdge(Relation):
    node: Tag
    rule: str | None = strawberry.field(description="由哪条规则得出")
    version: int | None = strawberry.field(description="规则版本")
    evidence: str | None = strawberry.field(description="依据：得出这个标签的事实，JSON")
    because: list[str] = because_field()


@strawberry.type(description="到来源记录的关系")
class RecordEdge:
    node: Record
    cursor: str | None = strawberry.field(description="这一条的游标")
    probability: float | None = strawberry.field(description="这条记录确属此对象的概率，0–1")
    run: str | None = strawberry.field(description="由哪一次归并得出")


# --- connections ---------------------------------------------------------------------------------------------


@strawberry.type(description="一页人员")
class PersonConnection(Connection):
    edges: list[PersonEdge]
    nodes: list[Person]


@strawberry.type(description="一页家庭成员")
class MemberConnection(Connection):
    edges: list[MemberEdge]
    nodes: list[Person]


@strawberry.type(description="一页亲属")
class KinConnection(Connection):
    edges: list[KinEdge]
    nodes: list[Person]


@strawberry.type(description="一页家庭户")
class HouseholdConnection(Connection):
    edges: list[HouseholdEdge]
    nodes: list[Household]


@strawberry.type(description="一页所在的家庭户")
class MembershipConnection(Connection):
    edges: list[MembershipEdge]
    nodes: list[Household]


@strawberry.type(description="一页房屋")
class DwellingConnection(Connection):
    edges: list[DwellingEdge]
    nodes: list[Dwelling]


@strawberry.type(description="一页单位")
class OrganizationConnection(Connection):
    edges: list[OrganizationEdge]
    nodes: list[Organization]


@strawberry.type(description="一页事件")
class EventConnection(Connection):
    edges: list[EventEdge]
    nodes: list[Event]


@strawberry.type(description="一页地点")
class PlaceConnection(Connection):
    edges: list[PlaceEdge]
    nodes: list[Place]


@strawberry.type(description="一页房屋或地点")
class LocationConnection(Connection):
    edges: list[LocationEdge]
    nodes: list[Location]


@strawberry.type(description="一页当事人")
class PartyConnection(Connection):
    edges: list[PartyEdge]
    nodes: list[Party]


@strawberry.type(description="一页办理部门")
class HandlingConnection(Connection):
    edges: list[HandlingEdge]
    nodes: list[Department]


@strawberry.type(description="一页标签")
class TagConnection(Connection):
    edges: list[TagEdge]
    nodes: list[Tag]


@strawberry.type(description="一页有标签的对象")
class BearerConnection(Connection):
    edges: list[BearerEdge]
    nodes: list[Bearer]


@strawberry.type(description="一页来源记录")
class RecordConnection(Connection):
    edges: list[RecordEdge]
    nodes: list[Record]
