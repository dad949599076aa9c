"""Connections: pages of what a field lists, with filters and orders, in the form that Relay fixed.

https://relay.dev/graphql/connections.htm; `nodes` leads past the edges, for whoever needs no cursor and no relation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any

import strawberry
from strawberry.dataloader import DataLoader

from api.schema.filters import Order, as_json, filter_of, filter_type, order_by
from api.schema.reading import Reading
from core.catalogue.links import LINKS, PLACES, Link
from core.errors import QueryInvalid
from services import browse
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


@dataclass(frozen=True, slots=True)
class Connected:
    """The value of a connection: `edges`, their cursors, and how to count everything that the filter allows."""

    edges: Sequence[Linked]
    cursors: Sequence[str]
    more: bool
    begun: bool
    total: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[View]:
        return [edge.node for edge in self.edges]


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


def connected(
    links: Sequence[Linked], cursors: Sequence[str], more: bool, begun: bool, total: Any, near: str | None = None
) -> Connected:
    """`near`: the label of what the links begin at."""
    pairs = zip(links, cursors, strict=True)
    edges = [Linked(link.node, {**link.edge, "cursor": cursor, "near": near}) for link, cursor in pairs]
    return Connected(edges, cursors, more, begun, total)


def linked(relation: str) -> Any:
    """A connection along `relation` (`person.livesIn`); what it says and expects comes from the table of links."""
    link = _declared(relation)

    async def resolve(
        root: strawberry.Parent[View],
        info: Asker,
        first: First = PAGE,
        after: After = None,
        filter: Any = None,
        order_by: OrderArgument = None,
        as_of: AsOf = strawberry.UNSET,
    ) -> Any:
        return await _follow(info, relation, root, first, after, filter, order_by, as_of)

    resolve.__annotations__["filter"] = Annotated[
        filter_of(link) | None, strawberry.argument(description="只要符合条件的。")
    ]
    return strawberry.field(resolver=resolve, description=link.label, metadata={"expect": link.expect})


def linked_one(relation: str) -> Any:
    """The one link along `relation`, or null."""

    async def resolve(root: strawberry.Parent[View], info: Asker, as_of: AsOf = strawberry.UNSET) -> Any:
        found = await info.context.linked(relation, root.id, as_of=as_of, limit=1, path=info.path)
        return found[0] if found else None

    return strawberry.field(resolver=resolve, description=_declared(relation).label)


def _declared(relation: str) -> Link:
    """The link of a kind, or of the first kind of place that has it."""
    kind, _, name = relation.partition(".")
    return next(LINKS[label, name] for label in (kind.title(), *PLACES) if (label, name) in LINKS)


async def _follow(
    info: Asker, relation: str, root: View, first: int, after: str | None, where: Any, order: Order | None, as_of: Any
) -> Connected:
    reading = info.context
    reading.check_page(first)
    name = relation.partition(".")[2]
    if (root.label, name) not in LINKS:
        return Connected((), (), more=False, begun=False, total=_none)
    skip = _skip(after)
    asked, target = _one_kind(where)
    # Whoever is bound to grids gets full pages of what he may see: the statement itself leaves out the rest.
    plain = asked is None and order is None and not skip and not reading.access.grids
    if plain:
        links = await reading.linked(relation, root.id, as_of=as_of, limit=first + 1, path=info.path)
        day = reading.set_date(info.path, as_of)
        shown, more = links[:first], len(links) > first
        cursors: Sequence[str] = [str(number) for number in range(1, len(shown) + 1)]
    else:
        day = reading.set_date(info.path, as_of)
        key = (root.label, name, str(asked), target, order_by(order), skip, first, day)
        found = await _loader(reading, key, asked).load(root.id)
        shown, cursors, more = [item for item in found.items if isinstance(item, Linked)], found.cursors, found.more
        reading.spend(len(shown))
    total = partial(_total, reading, root, name, asked, target, day)
    return connected(shown, cursors, more, skip > 0, total, root.label)


def _loader(reading: Reading, key: tuple[Any, ...], asked: Any) -> DataLoader[str, browse.Slice]:
    label, name, _, target, order, skip, first, day = key

    async def load(ids: list[str]) -> list[browse.Slice]:
        found = await reading.call(
            browse.linked_slices,
            label,
            name,
            ids,
            where=asked,
            target=target,
            order=order,
            skip=skip,
            first=first,
            as_of=day,
            history=day is None,
        )
        return [found[node_id] for node_id in ids]

    return reading.loader(("page", *key), load)


async def _total(reading: Reading, root: View, name: str, asked: Any, target: str | None, day: date | None) -> int:
    async def load(ids: list[str]) -> list[int]:
        found = await reading.call(
            browse.linked_counts, root.label, name, ids, where=asked, target=target, as_of=day, history=day is None
        )
        return [found[node_id] for node_id in ids]

    key = ("count", root.label, name, str(asked), target, day)
    return await reading.loader(key, load).load(root.id)


async def _none() -> int:
    return 0


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
    asked, ordered = (as_json(where) if where is not None else None), order_by(order)
    found = await reading.call(browse.browse, label, where=asked, order=ordered, after=after, first=first, as_of=day)
    reading.spend(len(found.items))

    async def total() -> int:
        return await reading.call(browse.count, label, where=asked, as_of=day)

    links = [Linked(node, {}) for node in found.items if isinstance(node, View)]
    return connected(links, found.cursors, found.more, bool(after), total)


__all__ = ["AsOf", "Asker", "Connected", "Connection", "First", "OrderBy", "PageInfo", "linked", "linked_one", "roots"]
