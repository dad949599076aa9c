"""Service calls of different requests that wait at the same time run as one.

The first call of a shape starts at once; those that come while it runs wait for each other and start together when it
returns. So a lone request waits for nobody, and under load one round trip to the database answers many requests.

Python runs one thread at a time, so that more statements under way gain nothing, and cost what could have been joined:
a few lanes are enough. A statement that takes long keeps the others only for a moment.
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from api.limits import LIMITS
from core.deadline import deadline
from core.errors import GraphUnreachable, SettingsError
from services.together import JOINABLE, Ids

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App
    from services.lookup import Asked

_MOST_IDS = 256  # of the calls that run as one
_LANES = 2
_PATIENCE = 0.02  # seconds that a call waits for a lane
_THREADS = 8
_Key = tuple[Callable[..., Any], Hashable]
# What hits one call hits all; anything else may be due to one of them.
_COMMON = (GraphUnreachable, SettingsError)


class _Waiting(NamedTuple):
    context: AccessContext
    ids: Ids
    answer: asyncio.Future[Any]


class Coalescer:
    """One for each server. Not for threads; event loops may use it one after another."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._queues: dict[_Key, deque[_Waiting]] = {}  # a key is here while its calls wait or run
        self._pool = ThreadPoolExecutor(_THREADS, "weinao-reads")
        self._tasks: set[asyncio.Task[None]] = set()
        self._lanes: tuple[asyncio.AbstractEventLoop | None, asyncio.Semaphore] = (None, asyncio.Semaphore(_LANES))

    async def call(self, function: Callable[..., Any], context: AccessContext, *args: Any, **kwargs: Any) -> Any:
        """The result of `function(app, context, …)`, which blocks and so runs in a thread; raises what it raises."""
        joinable = JOINABLE.get(function)
        parts = joinable.split(*args, **kwargs) if joinable else None
        if parts is None:
            return await asyncio.to_thread(function, self._app, context, *args, **kwargs)
        shape, ids = parts
        key, loop = (function, shape), asyncio.get_running_loop()
        waiting = _Waiting(context, ids, loop.create_future())
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
            task = loop.create_task(self._run(key))
            self._tasks.add(task)  # the loop itself holds tasks only weakly
            task.add_done_callback(self._tasks.discard)
        queue.append(waiting)
        return await waiting.answer

    async def _run(self, key: _Key) -> None:
        try:
            while self._queues[key]:
                async with self._lane():
                    await self._answer(key, _take(self._queues[key]))
        finally:
            del self._queues[key]

    @asynccontextmanager
    async def _lane(self) -> AsyncIterator[None]:
        """Wait for a lane, but not for long."""
        loop = asyncio.get_running_loop()
        if self._lanes[0] is not loop:
            self._lanes = (loop, asyncio.Semaphore(_LANES))
        lanes = self._lanes[1]
        try:
            # Waiting with a bound costs a task more than waiting does.
            await (asyncio.wait_for(lanes.acquire(), _PATIENCE) if lanes.locked() else lanes.acquire())
        except TimeoutError:
            yield
            return
        try:
            yield
        finally:
            lanes.release()

    async def _answer(self, key: _Key, calls: Sequence[_Waiting]) -> None:
        if not calls:
            return
        function, shape = key
        asked = [(call.context, call.ids) for call in calls]
        try:
            results = await asyncio.get_running_loop().run_in_executor(
                self._pool, _answered, function, self._app, shape, asked
            )
        except Exception as error:  # noqa: BLE001 - handed to those who called
            if len(calls) == 1 or isinstance(error, _COMMON):
                for call in calls:
                    if not call.answer.done():
                        call.answer.set_exception(copy.copy(error))
            else:
                for call in calls:
                    await self._answer(key, [call])
            return
        for call, result in zip(calls, results, strict=True):
            if not call.answer.done():  # its request may have run out of time
                call.answer.set_result(result)


def _answered(function: Callable[..., Any], app: App, shape: Hashable, asked: Sequence[Asked]) -> Sequence[Any]:
    # Of several requests none may set the others a deadline: they have the whole of what one request has.
    with deadline(LIMITS.seconds):
        return JOINABLE[function].answer(app, shape, asked)


def _take(queue: deque[_Waiting]) -> list[_Waiting]:
    """The next calls to run as one, without those that nobody waits for any more."""
    taken: list[_Waiting] = []
    ids = 0
    while queue and (not taken or ids + len(queue[0].ids) <= _MOST_IDS):
        call = queue.popleft()
        if not call.answer.done():
            taken.append(call)
            ids += len(call.ids)
    return taken
