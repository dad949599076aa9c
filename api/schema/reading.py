"""What one request carries through its resolvers: the reader, the batched links, the dates, the row budget."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar, cast

import strawberry
from graphql.pyutils import Path
from strawberry.dataloader import DataLoader

from api.limits import Limits
from core.errors import HomeBusy, QueryInvalid, QueryTooComplex, ServerStopping, WeinaoError
from services import days
from services.ahead import Follow, Found, Tree, read_ahead
from services.keeping import catch_up
from services.requests import Act, Answer, Content, once
from services.views import Linked

if TYPE_CHECKING:
    from api.coalescing import Coalescer
    from api.plan import Plan, Plans
    from governance.access import AccessContext
    from services.app import App
    from services.keeping import Keeper

MOST_WAIT: Final = 30.0  # seconds that a change may wait for the graph
P = ParamSpec("P")
R = TypeVar("R")
Inherit = Any  # a date, None (no date), or strawberry.UNSET (as the nearest ancestor)


class Reading:
    """One request. Links of one relation on one level become one read, however many rows ask for them."""

    def __init__(
        self,
        app: App,
        access: AccessContext,
        limits: Limits,
        coalescer: Coalescer | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.app = app
        self.access = access
        self.limits = limits
        self._coalescer = coalescer
        self._keeper = keeper
        self._links: Found = {}
        self._loaders: dict[tuple[Any, ...], DataLoader[str, Any]] = {}
        self._dates: dict[tuple[str, ...], date | None] = {}
        self._rows = 0
        self.plans: Plans | None = None  # of the document that is read for
        self.plan: Plan | None = None  # the one that is followed

    async def call(
        self, function: Callable[Concatenate[App, AccessContext, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a service, which blocks, in a thread; in a server together with like calls of other requests."""
        if self._coalescer:
            return cast("R", await self._coalescer.call(function, self.access, *args, **kwargs))
        return await asyncio.to_thread(function, self.app, self.access, *args, **kwargs)

    async def change(self, act: Act, content: Content, *, request_id: str | None, wait: float) -> tuple[Answer, bool]:
        """Make a change, once, never together with another; says too whether the graph shows it already.

        In a server the change takes its turn among others, and the graph is given `wait` seconds to follow. Otherwise
        the graph is brought up to the change before this returns, unless `wait` is 0.
        """
        # What was read before the change, for the field above it, is not what there is after it.
        self._links.clear()
        self._loaders.clear()
        self.plan = None
        if not 0 <= wait <= MOST_WAIT:
            raise QueryInvalid(f"wait 须在 0 与 {MOST_WAIT} 之间（秒）")
        made = partial(once, self.app, self.access, act, content, request_id)
        if self._keeper is None:
            answer = await asyncio.to_thread(made)
            if wait:
                await asyncio.to_thread(catch_up, self.app)
            return answer, wait > 0
        try:
            waiting = self._keeper.change(made)
        except HomeBusy:  # told at once by a keeper that takes no more
            raise ServerStopping("服务正在停止，没有写入", remedy="请稍后用同一 requestId 重发。") from None
        answer, number = await asyncio.wrap_future(waiting)
        seen = self._keeper.shown(number, resolved=answer.resolves)
        try:
            return answer, await asyncio.wait_for(asyncio.wrap_future(seen), wait)
        except TimeoutError:
            return answer, False

    def known(self, way: Follow, node_id: str) -> list[Linked] | None:
        """The neighbours of a node, where they were read ahead. Raises what speaks against asking for them."""
        links = self._links.get(way)
        if isinstance(links, WeinaoError):
            raise copy.copy(links)
        return None if links is None else links.get(node_id)

    async def follow(self, way: Follow, node_id: str, tree: Tree) -> list[Linked]:
        """The neighbours of a node; with them all is read that `tree` follows from it and its like."""
        await self.loader(("ahead", tree, way.source), partial(self._read_ahead, tree, way.source)).load(node_id)
        links = self.known(way, node_id)
        if links is None:
            raise AssertionError("what a tree begins with is always read")
        return links

    async def _read_ahead(self, tree: Tree, label: str, ids: list[str]) -> list[None]:
        for way, found in (await self.call(read_ahead, tree, label, ids)).items():
            links = self._links.setdefault(way, found)
            if isinstance(links, dict) and isinstance(found, dict):
                links |= found
        return [None] * len(ids)

    def loader(self, key: tuple[Any, ...], load: Callable[[list[str]], Awaitable[list[R]]]) -> DataLoader[str, R]:
        """The loader under `key`: what the rows of one level ask of it becomes one call of `load`."""
        if key not in self._loaders:
            self._loaders[key] = DataLoader(load)
        return self._loaders[key]

    def day(self, as_of: Inherit, above: date | None) -> date | None:
        """The day that a field means; unset is that of the field above."""
        if as_of is strawberry.UNSET:
            return above
        return days.asked_day(self.app, as_of) if as_of else None

    def day_at(self, path: Path) -> date | None:
        """The day of the nearest field above `path` that has one, or else the present."""
        keys = _response_keys(path)
        above = (keys[:length] for length in range(len(keys) - 1, 0, -1))
        return next((self._dates[key] for key in above if key in self._dates), days.present(self.app))

    def set_date(self, path: Path, as_of: Inherit) -> date | None:
        """Fix the date of the field at `path` and return it."""
        return self.fix_date(path, self.day(as_of, None) if as_of is not strawberry.UNSET else self.day_at(path))

    def fix_date(self, path: Path, day: date | None) -> date | None:
        self._dates[_response_keys(path)] = day
        return day

    def check_page(self, limit: int, offset: int = 0) -> None:
        if limit < 1 or offset < 0:
            raise QueryInvalid("limit 至少为 1，offset 不能为负")
        if limit > self.limits.page:
            raise QueryTooComplex(f"limit 不能超过 {self.limits.page}")

    @property
    def spent(self) -> int:
        """The rows counted so far."""
        return self._rows

    def unspend(self, spent: int) -> None:
        """Forget the rows counted since `spent`: they will be counted again."""
        self._rows = spent

    def spend(self, rows: int) -> None:
        """Count rows against what one request may return."""
        self._rows += rows
        if self._rows > self.limits.rows:
            raise QueryTooComplex(f"结果超过 {self.limits.rows} 个对象")


def _response_keys(path: Path | None) -> tuple[str, ...]:
    """The path of a field without the positions in lists, so that all rows of a level share one."""
    keys: list[str] = []
    while path is not None:
        if isinstance(path.key, str):
            keys.append(path.key)
        path = path.prev
    return tuple(reversed(keys))
