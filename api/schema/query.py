"""The root queries: one object by id or by an exact key, people by name, dispute groups."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeVar, cast

import strawberry

from api.schema.disputes import DisputeGroup
from api.schema.entities import Dwelling, Event, Household, Organization, Person, Place
from api.schema.fields import computed
from api.schema.links import Asker, Page
from core.errors import QueryInvalid
from services import disputes, lookup

T = TypeVar("T")
GROUPS = 20  # dispute groups of a query that says no limit

NodeId = Annotated[strawberry.ID, strawberry.argument(description="本系统的编号。")]
Id = Annotated[strawberry.ID | None, strawberry.argument(description="本系统的编号。")]
Since = Annotated[date | None, strawberry.argument(description="下层的关系只看这一天有效的；下层可另写 asOf 改掉。")]


def _key(description: str) -> Any:
    return strawberry.argument(description=description)


@strawberry.type(description="查询的入口。每个单个对象的查询只给一个条件；查不到返回 null。")
class Query:
    @computed("一个人：按编号、公民身份号码或电话")
    async def person(
        self,
        info: Asker,
        *,
        id: Id = None,
        citizen_id: Annotated[str | None, _key("公民身份号码，18 位或旧 15 位。")] = None,
        phone: Annotated[str | None, _key("联系电话；对应多人时请用 people(phone:)。")] = None,
        as_of: Since = None,
    ) -> Person | None:
        return await _one(Person, info, "person", as_of, id, citizen_id=citizen_id, phone=phone)

    @computed("按姓名、电话或两者查人")
    async def people(
        self,
        info: Asker,
        *,
        name: Annotated[str | None, _key("姓名，繁简、全半角不论。")] = None,
        phone: Annotated[str | None, _key("联系电话。")] = None,
        limit: Page = 20,
        offset: Annotated[int, _key("跳过多少个。")] = 0,
        as_of: Since = None,
    ) -> list[Person]:
        reading = info.context
        reading.check_page(limit, offset)
        if not name and not phone:
            raise QueryInvalid("people 需要 name 或 phone")
        reading.set_date(info.path, as_of)
        found = await reading.call(lookup.search_people, name=name, phone=phone, limit=limit, offset=offset)
        reading.spend(len(found))
        return cast("list[Person]", found)

    @computed("一个家庭户：按编号或户号")
    async def household(
        self,
        info: Asker,
        *,
        id: Id = None,
        household_no: Annotated[str | None, _key("户号。")] = None,
        as_of: Since = None,
    ) -> Household | None:
        return await _one(Household, info, "household", as_of, id, household_no=household_no)

    @computed("一套房屋：按编号或地址")
    async def dwelling(
        self,
        info: Asker,
        *,
        id: Id = None,
        address: Annotated[str | None, _key("地址，写法不论，须到室。")] = None,
        as_of: Since = None,
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
        as_of: Since = None,
    ) -> Organization | None:
        return await _one(Organization, info, "organization", as_of, id, uscc=uscc, name=name)

    @computed("一个事件：按编号或来源中的键")
    async def event(
        self,
        info: Asker,
        *,
        id: Id = None,
        record_key: Annotated[str | None, _key("来源/键，例如 hotline_complaints/…")] = None,
        as_of: Since = None,
    ) -> Event | None:
        return await _one(Event, info, "event", as_of, id, record_key=record_key)

    @computed("一个地点：楼栋、小区、社区、网格或街道")
    async def place(
        self, info: Asker, *, id: Annotated[strawberry.ID, _key("本系统的编号。")], as_of: Since = None
    ) -> Place | None:
        return await _one(Place, info, "place", as_of, id)

    @computed("矛盾群，严重的在前")
    async def dispute_groups(
        self,
        info: Asker,
        *,
        min_events: Annotated[int, _key("至少涉及几个事件。")] = 2,
        limit: Page = GROUPS,
        as_of: Annotated[date | None, _key("只看到这一天为止的事件。")] = None,
    ) -> list[DisputeGroup]:
        reading = info.context
        reading.check_page(limit)
        reading.set_date(info.path, as_of)
        found = await reading.call(disputes.dispute_groups, min_events=min_events, limit=limit, as_of=as_of)
        reading.spend(sum(1 + len(group.parties) for group in found))
        return cast("list[DisputeGroup]", found)


async def _one(
    _type: type[T], info: Asker, kind: str, as_of: date | None, node_id: str | None, **keys: str | None
) -> T | None:
    """One object by exactly one of its keys. Raises `QueryInvalid` for none or several."""
    given = [(name, value) for name, value in (("id", node_id), *keys.items()) if value]
    if len(given) != 1:
        names = "、".join(_camel(name) for name in ("id", *keys))
        raise QueryInvalid(f"{kind} 请给出 {names} 中的一个")
    reading = info.context
    reading.set_date(info.path, as_of)
    reading.spend(1)
    by: Any = {"id": node_id} if node_id else {"key": given[0]}
    return cast("T | None", await reading.call(lookup.find, kind, **by, as_of=as_of))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
