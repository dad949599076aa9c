"""Subscriptions over WebSocket: the protocol `graphql-transport-ws`, and no other.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md; the close codes are its own. The
guard has looked at host, origin and rate before; pings of the WebSocket itself and the size of a message are the
server's to keep (`api.server`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.coalescing import Coalescer
from api.execution import follow
from api.limits import Limits
from api.problems import body, internal_failure, problems, refusal
from api.rates import Rates
from api.schema.subscription import Follow
from api.trusted import TrustedDocuments
from api.view import told
from core.errors import QueryInvalid, RequestRefused, TooManyRequests, TooManySubscriptions, WeinaoError
from services.following import Follower

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App

PROTOCOL: Final = "graphql-transport-ws"
_IDENTITY: Final = (b"authorization", b"weinao-purpose")  # what a browser can only say in `connection_init`
_LONGEST_ID: Final = 128
_LONGEST_HEADER: Final = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Of connections and what they carry. `send_seconds`: so long a message may wait for a client to read."""

    connections: int = 100
    of_one_client: int = 10
    subscriptions: int = 20
    init_seconds: float = 10.0
    send_seconds: float = 15.0


class _Closed(Exception):
    """The connection ends, with a code of the protocol; None: it has ended already."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Sockets:
    """An ASGI application for the scope `websocket`; `context_of` says who asks, given the handshake as a request."""

    def __init__(
        self,
        app: App,
        context_of: Callable[[Request], AccessContext],
        limits: Limits,
        rates: Rates,
        follower: Follower | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.app = app
        self.context_of = context_of
        self.limits = limits
        self.rates = rates
        self.bounds = bounds or Bounds()
        self.follower = follower or Follower(app)
        self.coalescer = Coalescer(app)
        self.trusted = TrustedDocuments(app.settings.trusted_documents)
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"][0] if scope["client"] else ""
        await receive()  # websocket.connect
        if PROTOCOL not in scope["subprotocols"]:
            error: WeinaoError = RequestRefused(
                f"子协议须是 {PROTOCOL}", remedy="请用支持这个子协议的 GraphQL 客户端。"
            )
            await told(error, 400)(scope, receive, send)
            return
        if self._open.total() >= self.bounds.connections or self._open[client] >= self.bounds.of_one_client:
            await told(TooManySubscriptions("打开的连接过多"), 429)(scope, receive, send)
            return
        self._open[client] += 1
        try:
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL, "headers": []})
            await _Connection(self, scope, receive, send).run(client)
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]


class _Connection:
    """One client: its messages in their order, a task for each subscription."""

    def __init__(self, sockets: Sockets, scope: Scope, receive: Receive, send: Send) -> None:
        self._sockets = sockets
        self._scope = scope
        self._receive = receive
        self._send_message = send
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failed: asyncio.Future[_Closed] = asyncio.get_running_loop().create_future()
        self._sending = asyncio.Lock()

    async def run(self, client: str) -> None:
        try:
            await self._begin(client)
            while True:
                await self._handle(await self._next(client))
        except _Closed as end:
            if end.code is not None:
                await self._close(end.code, end.reason)
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin(self, client: str) -> None:
        try:
            async with asyncio.timeout(self._sockets.bounds.init_seconds):
                message = await self._next(client)
                while message["type"] == "ping":
                    await self._send({"type": "pong"})
                    message = await self._next(client)
        except TimeoutError:
            raise _Closed(4408, "Connection initialisation timeout") from None
        if message["type"] != "connection_init":
            raise _Closed(4401, "Unauthorized")
        request = _request(self._scope, message.get("payload"))
        self._access_of = partial(self._sockets.context_of, request)
        try:
            self._access_of()
        except WeinaoError as error:
            raise _Closed(4403, error.code) from None
        await self._send({"type": "connection_ack"})

    async def _next(self, client: str) -> dict[str, Any]:
        """The next message; what the tasks could not send ends the connection too."""
        receiving = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait((receiving, self._failed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not receiving.done():
                receiving.cancel()
        if self._failed.done():
            raise self._failed.result()
        received: Message = await receiving
        if received["type"] == "websocket.disconnect":
            raise _Closed
        if self._sockets.rates.wait(client):
            raise _Closed(4429, f"{TooManyRequests.code} too many messages")
        return _message(received.get("text"))

    async def _handle(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(key), "payload": dict(payload)} if 0 < len(key) <= _LONGEST_ID:
                await self._subscribe(key, payload)
            case {"type": "complete", "id": str(key)}:
                task = self._tasks.pop(key, None)
                if task is not None:
                    task.cancel()
            case {"type": "connection_init"}:
                raise _Closed(4429, "Too many initialisation requests")
            case _:
                raise _Closed(4400, "Invalid message")

    async def _subscribe(self, key: str, payload: dict[str, Any]) -> None:
        if key in self._tasks:
            raise _Closed(4409, "Subscriber for this id already exists")
        most = self._sockets.bounds.subscriptions
        if len(self._tasks) >= most:
            error = TooManySubscriptions(f"一条连接至多 {most} 个订阅")
            await self._send({"type": "error", "id": key, "payload": refusal(error)["errors"]})
            return
        self._tasks[key] = asyncio.create_task(self._serve(key, payload))

    async def _serve(self, key: str, payload: dict[str, Any]) -> None:
        """One subscription to its end. Nothing is raised: what it meets is told to the client."""
        try:
            last = await self._answer(key, payload)
        except _Closed as end:
            if not self._failed.done():
                self._failed.set_result(end)
            return
        except WeinaoError as error:
            last = {"type": "error", "id": key, "payload": refusal(error)["errors"]}
        except Exception as error:  # noqa: BLE001 - nothing of the library's may reach a client
            last = {"type": "error", "id": key, "payload": refusal(internal_failure(error))["errors"]}
        if self._tasks.pop(key, None) is None:
            return  # the client ended it meanwhile
        try:
            await self._send(last)
        except _Closed as end:
            if not self._failed.done():
                self._failed.set_result(end)

    async def _answer(self, key: str, payload: dict[str, Any]) -> dict[str, Any]:
        sockets = self._sockets
        variables, operation = payload.get("variables"), payload.get("operationName")
        if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
            raise QueryInvalid("variables 须是一个 JSON 对象，operationName 须是文字")
        query = sockets.trusted.text(payload.get("query"), payload.get("documentId"))

        def reading() -> Follow:
            return Follow(sockets.app, self._access_of, sockets.limits, sockets.coalescer, sockets.follower)

        async with aclosing(follow(reading, query, variables, operation)) as results:
            async for result in results:
                if result.data is None and result.errors and all(not error.path for error in result.errors):
                    return {"type": "error", "id": key, "payload": problems(result.errors)}
                await self._send({"type": "next", "id": key, "payload": body(result)})
        return {"type": "complete", "id": key}

    async def _send(self, message: dict[str, Any]) -> None:
        """Raises `_Closed` where the client has gone, or does not read."""
        text = orjson.dumps(message).decode()
        try:
            async with asyncio.timeout(self._sockets.bounds.send_seconds), self._sending:
                await self._send_message({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise _Closed(1013, "the client does not read") from None
        except (OSError, RuntimeError):  # how servers say that a connection has gone
            raise _Closed from None

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(self._sockets.bounds.send_seconds):
                await self._send_message({"type": "websocket.close", "code": code, "reason": reason})
        except (TimeoutError, OSError, RuntimeError):
            return  # it has gone; the server frees the rest


def _message(text: str | None) -> dict[str, Any]:
    """Raises `_Closed` for what is no message of the protocol."""
    try:
        found = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise _Closed(4400, "Invalid message")
    return found


def _request(scope: Scope, payload: object) -> Request:
    """The handshake as a request; what `connection_init` says of identity and purpose stands in for absent headers."""
    headers = list(scope["headers"])
    present = {name.lower() for name, _ in headers}
    given = payload if isinstance(payload, Mapping) else {}
    for name, value in given.items():
        key = str(name).lower().encode(errors="replace")
        if key in _IDENTITY and key not in present and isinstance(value, str) and len(value) <= _LONGEST_HEADER:
            headers.append((key, (value if value.isascii() else quote(value)).encode()))
    return Request({**scope, "type": "http", "method": "GET", "headers": headers})
