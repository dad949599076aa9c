"""What can be followed over a WebSocket: objects, events, tags, as they change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import strawberry

from api.limits import Limits
from api.schema.entities import Bearer, Event, Node, Tag
from api.schema.network import NodeKind
from api.schema.reading import Reading
from services import followed
from services.followed import Told, Wanted
from services.network import KIND_LABELS

if TYPE_CHECKING:
    from api.coalescing import Coalescer
    from governance.access import AccessContext
    from services.app import App
    from services.following import Follower

_AT_ONCE: Final = 50  # changes whose objects are read together
_LABELS: Final = {label.lower(): label for label in KIND_LABELS}


class Follow(Reading):
    """A reading that can follow. Who reads is asked anew for every few changes: a right may end meanwhile."""

    def __init__(
        self,
        app: App,
        access_of: Callable[[], AccessContext],
        limits: Limits,
        coalescer: Coalescer | None,
        follower: Follower,
    ) -> None:
        super().__init__(app, access_of(), limits, coalescer)
        self._access_of = access_of
        self._follower = follower

    async def changes(self, wanted: Wanted, **where: Any) -> AsyncGenerator[Told]:
        """What changes from now on, as the reader may be told. Raises `SubscriberLeftBehind`, `AccessDenied`."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        following = await asyncio.to_thread(self._follower.follow, wanted, wake)
        try:
            while True:
                await woken.wait()
                woken.clear()
                while changes := following.take(_AT_ONCE):
                    self.access = self._access_of()
                    for told in await self.call(followed.told, changes, **where):
                        yield told
        finally:
            self._follower.leave(following)


Watcher = strawberry.Info[Follow, None]
Kinds = Annotated[
    list[NodeKind] | None,
    strawberry.argument(description="只要这几类对象；不写则为人、户、房、单位、事件和地点。"),
]


@strawberry.enum(description="变化的种类")
class ChangeKind(Enum):
    CREATED = strawberry.enum_value("created", description="新有的；对标签为新加上的")
    CHANGED = strawberry.enum_value("changed", description="它的值或关系变了")
    REMOVED = strawberry.enum_value("removed", description="不再有；对标签为结束了")
    MERGED = strawberry.enum_value("merged", description="并入了另一个对象，即 node")


@strawberry.type
class News:
    """Base of what is told."""

    id: strawberry.ID = strawberry.field(description="变化的对象的编号；合并的为旧编号")
    kind: NodeKind = strawberry.field(description="对象的种类")
    change: ChangeKind = strawberry.field(description="变化的种类")
    at: datetime = strawberry.field(description="何时得知")


@strawberry.type(description="一个对象的变化")
class EntityChange(News):
    node: Node | None = strawberry.field(description="对象现在的样子；不再有的为空，合并的为并入的对象")


@strawberry.type(description="一个事件的变化；kind 总是 EVENT，事件的类型见 node.kind")
class EventChange(News):
    node: Event | None = strawberry.field(description="事件现在的样子；不再有的为空")


@strawberry.type(description="一个对象的一个标签的变化")
class TagChange(News):
    tag: Tag = strawberry.field(description="哪个标签")
    node: Bearer = strawberry.field(description="对象现在的样子")


def _said(description: str) -> Any:
    return strawberry.argument(description=description)


async def _entities(
    info: Watcher,
    ids: Annotated[list[strawberry.ID] | None, _said("只要这些编号的对象；不写则不限。")] = None,
    kinds: Kinds = None,
) -> AsyncGenerator[EntityChange]:
    reading = info.context
    living = None if ids is None else await reading.call(_living, ids)
    labels = None if kinds is None else frozenset(_LABELS[str(kind.value)] for kind in kinds)
    async for told in reading.changes(Wanted(labels=labels, ids=living)):
        yield cast("EntityChange", told)


async def _events(
    info: Watcher,
    kinds: Annotated[list[str] | None, _said("只要这几种事件，例如 complaint、dispute；不写则都要。")] = None,
    places: Annotated[
        list[strawberry.ID] | None,
        _said("只要发生在这些地方的：房屋、楼栋、小区、网格、社区或街道的编号，其中的都算；不写则不限。"),
    ] = None,
) -> AsyncGenerator[EventChange]:
    wanted = Wanted(labels=frozenset({"Event"}))
    async for told in info.context.changes(wanted, event_kinds=kinds, places=places):
        yield cast("EventChange", told)


async def _tags(
    info: Watcher,
    tags: Annotated[list[str] | None, _said("只要这几个标签：英文名或中文名；不写则不限。")] = None,
) -> AsyncGenerator[TagChange]:
    reading = info.context
    ids = None if tags is None else await reading.call(followed.asked_tags, tags)
    async for told in reading.changes(Wanted(tagging=True, tags=ids)):
        yield cast("TagChange", told)


def _living(app: App, _context: AccessContext, ids: Sequence[str]) -> frozenset[str]:
    return followed.living_ids(app, ids)


def _field(resolver: Callable[..., Any], description: str) -> Any:
    return strawberry.subscription(resolver=resolver, description=description)


@strawberry.type(
    description="订阅的入口，经 WebSocket（graphql-transport-ws）。只通知读者此刻看得到的对象；图谱更新之后才通知。"
)
class Subscription:
    entity_changed: EntityChange = _field(_entities, "对象的变化，关系的也算")
    event_changed: EventChange = _field(_events, "事件的变化")
    tag_changed: TagChange = _field(_tags, "标签加上、变化或结束")
