"""The root queries: one object by id or by an exact key, people by name, dispute groups."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any, TypeVar, cast

import strawberry

from api.schema.aggregates import Aggregates, aggregate_field
from api.schema.changes.events import EventStep, event_history_field
from api.schema.changes.rules import (
    TagHistory,
    TagRule,
    TagRulePreview,
    tag_history_field,
    tag_rule_preview_field,
    tag_rules_field,
)
from api.schema.complaints import (
    ComplaintBurden,
    ComplaintForm,
    ComplaintStatus,
    complaint_burden_field,
    complaint_status_field,
    read_complaint_field,
)
from api.schema.connections import PAGE, After, Asker, AsOf, First, OrderArgument, browsed, roots
from api.schema.disputes import DisputeGroup
from api.schema.entities import (
    Dwelling,
    DwellingConnection,
    Event,
    EventConnection,
    Household,
    HouseholdConnection,
    Node,
    Organization,
    OrganizationConnection,
    Person,
    PersonConnection,
    Place,
    PlaceConnection,
    TagConnection,
)
from api.schema.fields import computed
from api.schema.filters import PLACE, filter_type
from api.schema.matters import HotTopic, Matter, hot_topics_field, matter_query
from api.schema.mentions import ComplaintMention, complaint_mentions_field
from api.schema.network import Canvas, NetworkPaths, neighbourhood_field, path_field
from api.schema.patterns import Result as PatternResult
from api.schema.patterns import pattern_field
from api.schema.search import SearchHit, search_field
from api.schema.templates import Template, templates_field
from core.errors import QueryInvalid
from services import disputes, lookup

T = TypeVar("T")
GROUPS = 20  # dispute groups of a query that says no limit

NodeId = Annotated[strawberry.ID, strawberry.argument(description="本系统的编号。")]
Id = Annotated[strawberry.ID | None, strawberry.argument(description="本系统的编号。")]


@strawberry.enum(description="哪一种地点")
class PlaceKind(Enum):
    BUILDING = strawberry.enum_value("Building", description="楼栋")
    COMPOUND = strawberry.enum_value("Compound", description="小区")
    COMMUNITY = strawberry.enum_value("Community", description="社区")
    GRID = strawberry.enum_value("Grid", description="网格")
    STREET = strawberry.enum_value("Street", description="街道")


def _key(description: str) -> Any:
    return strawberry.argument(description=description)


def places() -> Any:
    """All places of one kind."""

    async def resolve(
        info: Asker,
        kind: Annotated[PlaceKind, _key("哪一种地点。")],
        first: First = PAGE,
        after: After = None,
        filter: Any = None,
        order_by: OrderArgument = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Any:
        return await browsed(info, str(kind.value), first, after, filter, order_by, as_of)

    resolve.__annotations__["filter"] = Annotated[filter_type(PLACE) | None, _key("只要符合条件的。")]
    return strawberry.field(resolver=resolve, description="某一种地点", metadata={"expect": PAGE})


@strawberry.type(description="查询的入口。每个单个对象的查询只给一个条件；查不到返回 null。")
class Query:
    persons: PersonConnection = roots("Person", "人员")
    households: HouseholdConnection = roots("Household", "家庭户")
    dwellings: DwellingConnection = roots("Dwelling", "房屋")
    organizations: OrganizationConnection = roots("Organization", "单位")
    events: EventConnection = roots("Event", "事件")
    tags: TagConnection = roots("Tag", "标签")

    places: PlaceConnection = places()
    pattern: PatternResult = pattern_field
    search: list[SearchHit] = search_field
    templates: list[Template] = templates_field
    matter: Matter | None = matter_query
    hot_topics: list[HotTopic] = hot_topics_field
    path: NetworkPaths | None = path_field
    neighbourhood: Canvas | None = neighbourhood_field
    person_groups: Aggregates = aggregate_field("Person", "人员按组计数")
    dwelling_groups: Aggregates = aggregate_field("Dwelling", "房屋按组计数")
    organization_groups: Aggregates = aggregate_field("Organization", "单位按组计数")
    event_groups: Aggregates = aggregate_field("Event", "事件按组计数")

    event_history: list[EventStep] = event_history_field
    read_complaint: ComplaintForm = read_complaint_field
    complaint_mentions: list[ComplaintMention] = complaint_mentions_field
    complaint_status: ComplaintStatus = complaint_status_field
    complaint_burden: ComplaintBurden = complaint_burden_field
    tag_rules: list[TagRule] = tag_rules_field
    tag_rule_preview: TagRulePreview = tag_rule_preview_field
    tag_history: TagHistory = tag_history_field

    @computed("任何一个有编号的对象")
    async def node(self, info: Asker, id: NodeId, as_of: AsOf = strawberry.UNSET) -> Node | None:
        found = await _nodes(info, [id], as_of)
        return found[0]

    @computed("几个有编号的对象，顺序与所给的相同；查不到的为 null", expect=20)
    async def nodes(
        self,
        info: Asker,
        ids: Annotated[list[strawberry.ID], _key("至多 100 个编号。")],
        as_of: AsOf = strawberry.UNSET,
    ) -> list[Node | None]:
        info.context.check_page(len(ids) or 1)
        return await _nodes(info, ids, as_of)

    @computed("一个人：按编号、公民身份号码或电话")
    async def person(
        self,
        info: Asker,
        *,
        id: Id = None,
        citizen_id: Annotated[str | None, _key("公民身份号码，18 位或旧 15 位。")] = None,
        phone: Annotated[str | None, _key("联系电话；对应多人时请用 persons(filter: {phone: {eq: …}})。")] = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Person | None:
        return await _one(Person, info, "person", as_of, id, citizen_id=citizen_id, phone=phone)

    @computed("一个家庭户：按编号或户号")
    async def household(
        self,
        info: Asker,
        *,
        id: Id = None,
        household_no: Annotated[str | None, _key("户号。")] = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Household | None:
        return await _one(Household, info, "household", as_of, id, household_no=household_no)

    @computed("一套房屋：按编号或地址")
    async def dwelling(
        self,
        info: Asker,
        *,
        id: Id = None,
        address: Annotated[str | None, _key("地址，写法不论，须到室。")] = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Dwelling | None:
        return await _one(Dwelling, info, "dwelling", as_of, id, address=address)

    @computed("一个单位：按编号、统一社会信用代码或名称")
    async def organization(
        self,
        info: Asker,
        *,
        id: Id = None,
        uscc: Annotated[str | None, _key("统一社会信用代码，18 位。")] = None,
        name: Annotated[str | None, _key("单位名称全称。")] = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Organization | None:
        return await _one(Organization, info, "organization", as_of, id, uscc=uscc, name=name)

    @computed("一个事件：按编号或来源中的键")
    async def event(
        self,
        info: Asker,
        *,
        id: Id = None,
        record_key: Annotated[str | None, _key("来源/键，例如 hotline_complaints/…")] = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Event | None:
        return await _one(Event, info, "event", as_of, id, record_key=record_key)

    @computed("一个地点：楼栋、小区、社区、网格或街道")
    async def place(
        self, info: Asker, *, id: Annotated[strawberry.ID, _key("本系统的编号。")], as_of: AsOf = strawberry.UNSET
    ) -> Place | None:
        return await _one(Place, info, "place", as_of, id)

    @computed("矛盾群，严重的在前")
    async def dispute_groups(
        self,
        info: Asker,
        *,
        min_events: Annotated[int, _key("至少涉及几个事件。")] = 2,
        limit: First = GROUPS,
        as_of: AsOf = strawberry.UNSET,
    ) -> list[DisputeGroup]:
        reading = info.context
        reading.check_page(limit)
        day = reading.set_date(info.path, as_of)
        found = await reading.call(disputes.dispute_groups, min_events=min_events, limit=limit, as_of=day)
        reading.spend(sum(1 + len(group.parties) for group in found))
        return cast("list[DisputeGroup]", found)


async def _nodes(info: Asker, ids: Sequence[str], as_of: Any) -> list[Node | None]:
    reading = info.context
    reading.set_date(info.path, as_of)
    reading.spend(len(ids))
    found = await reading.call(lookup.find_by_ids, list(ids))
    return cast("list[Node | None]", [found.get(node_id) for node_id in ids])


async def _one(_type: type[T], info: Asker, kind: str, as_of: Any, node_id: str | None, **keys: str | None) -> T | None:
    """One object by exactly one of its keys. Raises `QueryInvalid` for none or several."""
    given = [(name, value) for name, value in (("id", node_id), *keys.items()) if value]
    if len(given) != 1:
        names = "、".join(_camel(name) for name in ("id", *keys))
        raise QueryInvalid(f"{kind} 请给出 {names} 中的一个")
    reading = info.context
    reading.set_date(info.path, as_of)
    reading.spend(1)
    by: Any = {"id": node_id} if node_id else {"key": given[0]}
    return cast("T | None", await reading.call(lookup.find, kind, **by))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
