"""Connections: pages of what a field lists, with filters and orders, in the form that Relay fixed.

https://relay.dev/graphql/connections.htm; `nodes` leads past the edges, for whoever needs no cursor and no relation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from inspect import isawaitable
from typing import Annotated, Any, NamedTuple

import orjson
import strawberry
from graphql.pyutils import Path

from api.schema.filters import Order, as_json, filter_of, filter_type
from api.schema.filters import order_by as ordered_by
from api.schema.reading import Reading
from core.catalogue.links import LINKS, PLACES, Link
from core.errors import QueryInvalid
from services import browse
from services.ahead import Follow, Tree, only
from services.browse import OrderBy
from services.views import Linked, View

PAGE = 50  # entries of a connection that says no `first`
DEEPEST = 10_000

Asker = strawberry.Info[Reading, None]
AsOf = Annotated[
    date | None,
    strawberry.argument(
        description="只看这一天有效的关系；不写则沿用上层字段的日期（最上层为现在），写 null 则不限日期，给出全部历史。"
    ),
]
First = Annotated[int, strawberry.argument(description="最多返回多少个，1–100。")]
After = Annotated[str | None, strawberry.argument(description="从这个游标之后开始，即上一页的 pageInfo.endCursor。")]
OrderArgument = Annotated[Order | None, strawberry.argument(description="排列顺序；不写则用关系自己的顺序。")]


UNREAD: Any = object()  # stands for what was not read ahead
LINK = "link"  # the metadata of a field that follows a link: a `LinkField`


@dataclass(frozen=True, slots=True)
class Connected:
    """The value of a connection: links, the cursors after them, and how to count everything that the filter allows.

    `near` is the label of what the links begin at.
    """

    links: Sequence[Linked]
    cursors: Sequence[str]
    more: bool
    begun: bool
    total: Callable[[], Awaitable[int]]
    near: str | None = None

    @property
    def nodes(self) -> list[View]:
        return [link.node for link in self.links]

    @property
    def edges(self) -> list[Linked]:
        pairs = zip(self.links, self.cursors, strict=True)
        return [Linked(link.node, {**link.edge, "cursor": cursor, "near": self.near}) for link, cursor in pairs]


class LinkField(NamedTuple):
    """What a field follows: the link of a name; `one`: it has at most one end, and is no connection."""

    name: str
    one: bool


class Page(NamedTuple):
    """A linked field as it is asked: the link by the label of the node it begins at, the page, the day.

    `dated`: the field itself says which day, for what is below it.
    """

    ways: dict[str, Follow]
    first: int
    one: bool
    day: date | None
    dated: bool


@strawberry.type(description="这一页的位置")
class PageInfo:
    has_next_page: bool = strawberry.field(description="后面还有没有")
    has_previous_page: bool = strawberry.field(description="前面还有没有")
    start_cursor: str | None = strawberry.field(description="第一个的游标")
    end_cursor: str | None = strawberry.field(description="最后一个的游标；下一页写 after: 它")


def _page_info(root: strawberry.Parent[Connected]) -> PageInfo:
    first, last = (root.cursors[0], root.cursors[-1]) if root.cursors else (None, None)
    return PageInfo(has_next_page=root.more, has_previous_page=root.begun, start_cursor=first, end_cursor=last)


async def _total_count(root: strawberry.Parent[Connected]) -> int:
    return await root.total()


@strawberry.type
class Connection:
    """Base of the connection types; each adds its `edges` and `nodes`."""

    page_info: PageInfo = strawberry.field(resolver=_page_info, description="这一页的位置")
    total_count: int = strawberry.field(resolver=_total_count, description="一共多少个；要另查一次")


def linked(relation: str) -> Any:
    """A connection along `relation` (`person.livesIn`); what it says and expects comes from the table of links."""
    link = _declared(relation)
    field = LinkField(link.name, one=False)

    async def resolve(
        root: strawberry.Parent[View],
        info: Asker,
        first: First = PAGE,
        after: After = None,
        filter: Any = None,
        order_by: OrderArgument = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Any:
        return await _resolved(
            info, field, root, first=first, after=after, filter=filter, order_by=order_by, as_of=as_of
        )

    resolve.__annotations__["filter"] = Annotated[
        filter_of(link) | None, strawberry.argument(description="只要符合条件的。")
    ]
    return strawberry.field(resolver=resolve, description=link.label, metadata={"expect": link.expect, LINK: field})


def linked_one(relation: str) -> Any:
    """The one link along `relation`, or null."""
    link = _declared(relation)
    field = LinkField(link.name, one=True)

    async def resolve(root: strawberry.Parent[View], info: Asker, as_of: AsOf = strawberry.UNSET) -> Any:
        return await _resolved(info, field, root, as_of=as_of)

    return strawberry.field(resolver=resolve, description=link.label, metadata={LINK: field})


def _declared(relation: str) -> Link:
    """The link of a kind, or of the first kind of place that has it."""
    kind, _, name = relation.partition(".")
    return next(LINKS[label, name] for label in (kind.title(), *PLACES) if (label, name) in LINKS)


def page_of(
    reading: Reading,
    field: LinkField,
    labels: Iterable[str],
    day: date | None,
    *,
    first: int = 1,
    after: str | None = None,
    filter: Any = None,
    order_by: Order | None = None,
    as_of: Any = strawberry.UNSET,
) -> Page:
    """What a field asks of nodes of `labels` when the field above it has the date `day`. Raises `QueryInvalid`, …"""
    reading.check_page(first)
    day = reading.day(as_of, day)
    where, target = _one_kind(filter)
    skip = _skip(after)
    ways = {
        label: Follow(
            label,
            field.name,
            day,
            first if field.one else first + 1,  # one more tells whether there is another
            skip,
            b"" if where is None else orjson.dumps(where),
            target,
            ordered_by(order_by),
        )
        for label in sorted(labels)
        if (label, field.name) in LINKS
    }
    return Page(ways, first, field.one, day, as_of is not strawberry.UNSET)


def followed(reading: Reading, page: Page, tree: Tree | None, root: View, path: Path) -> Any:
    """The value of a linked field: at once where it was read ahead, or else something to wait for.

    `tree`: all that is followed from `root` and beyond; None: this link alone.
    """
    if page.dated:
        reading.fix_date(path, page.day)
    found = at_once(reading, page, root)
    if found is UNREAD:
        way = page.ways[root.label]
        return _awaited(reading, page, tree or only(way), root, way)
    return found


def at_once(reading: Reading, page: Page, root: View) -> Any:
    """The value of a linked field, or `UNREAD`."""
    way = page.ways.get(root.label)
    if way is None:
        return _shown(reading, page, root, None, ())
    links = reading.known(way, root.id)
    return UNREAD if links is None else _shown(reading, page, root, way, links)


async def _resolved(info: Asker, field: LinkField, root: View, **asked: Any) -> Any:
    reading = info.context
    page = page_of(reading, field, [root.label], reading.day_at(info.path), **asked)
    value = followed(reading, page, None, root, info.path)
    return await value if isawaitable(value) else value


async def _awaited(reading: Reading, page: Page, tree: Tree, root: View, way: Follow) -> Any:
    return _shown(reading, page, root, way, await reading.follow(way, root.id, tree))


def _shown(reading: Reading, page: Page, root: View, way: Follow | None, links: Sequence[Linked]) -> Any:
    shown = links[: page.first]
    reading.spend(len(shown))
    if page.one:
        return shown[0] if shown else None
    skip = way.skip if way else 0
    cursors = [str(skip + number) for number in range(1, len(shown) + 1)]
    return Connected(
        shown, cursors, len(links) > page.first, skip > 0, partial(_total, reading, way, root.id), root.label
    )


async def _total(reading: Reading, way: Follow | None, node_id: str) -> int:
    if way is None:
        return 0

    async def load(ids: list[str]) -> list[int]:
        found = await reading.call(
            browse.linked_counts,
            way.source,
            way.name,
            ids,
            where=orjson.loads(way.where or b"null"),
            target=way.target,
            as_of=way.day,
            history=way.day is None,
        )
        return [found[node_id] for node_id in ids]

    return await reading.loader(("count", way), load).load(node_id)


def _one_kind(where: Any) -> tuple[Any, str | None]:
    """A filter as JSON, and the label it speaks of where it is one for several kinds."""
    if where is None:
        return None, None
    asked = as_json(where)
    if not type(where).__name__.startswith(("Party", "Location", "Bearer")):
        return asked, None
    if len(asked) != 1 or "edge" in asked:
        raise QueryInvalid("这里的条件须恰好写一种对象，例如 {person: {…}}")
    [(kind, inner)] = asked.items()
    return inner, kind.title()


def _skip(after: str | None) -> int:
    if not after:
        return 0
    if not (after.isascii() and after.isdigit()) or int(after) > DEEPEST:
        raise QueryInvalid("after 不是本服务给出的游标")
    return int(after)


def roots(label: str, description: str) -> Any:
    """A root connection over all entities of a kind."""

    async def resolve(
        info: Asker,
        first: First = PAGE,
        after: After = None,
        filter: Any = None,
        order_by: OrderArgument = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Any:
        return await browsed(info, label, first, after, filter, order_by, as_of)

    resolve.__annotations__["filter"] = Annotated[
        filter_type(label) | None, strawberry.argument(description="只要符合条件的。")
    ]
    return strawberry.field(resolver=resolve, description=description, metadata={"expect": 100})


async def browsed(
    info: Asker, label: str, first: int, after: str | None, where: Any, order: Order | None, as_of: Any
) -> Connected:
    reading = info.context
    reading.check_page(first)
    day = reading.set_date(info.path, as_of)
    asked, ordered = (as_json(where) if where is not None else None), ordered_by(order)
    found = await reading.call(browse.browse, label, where=asked, order=ordered, after=after, first=first, as_of=day)
    reading.spend(len(found.items))

    async def total() -> int:
        return await reading.call(browse.count, label, where=asked, as_of=day)

    return Connected([Linked(node, {}) for node in found.items], found.cursors, found.more, bool(after), total)


__all__ = ["AsOf", "Asker", "Connected", "Connection", "First", "OrderBy", "PageInfo", "linked", "linked_one", "roots"]
