"""The door: what is refused before GraphQL sees it, WebSockets too, and the headers that every response carries.

The host is checked so that a page elsewhere cannot reach a loopback server under a name of its own (DNS rebinding);
origin and content type, so that it cannot post here from a visitor's browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import LIMITS, Limits
from api.rates import Rates
from api.view import PATH, told
from core.errors import RequestRefused, ServerStopping, TooManyRequests

LOOPBACK = ("127.0.0.1", "localhost", "::1")
BODY_SECONDS = 10.0
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


class Guard:
    """ASGI middleware. `hosts` are the names under which the server may be addressed, beside those of loopback."""

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str] = (), limits: Limits = LIMITS, rates: Rates | None = None
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.strip("[]").lower() for host in (*LOOPBACK, *hosts))
        self._limits = limits
        self._rates = rates or Rates(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        send, begun = _with_headers(send), False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._request(scope, receive, sending)
        except asyncio.CancelledError:  # the server ends, and waits no longer
            if begun:
                raise
            await told(ServerStopping("服务正在停止，没有等到结果"), 503)(scope, receive, sending)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._too_often(scope["client"]) or self._refuse(scope["method"], _headers(scope))
        if refused:
            await refused(scope, receive, send)
            return
        if scope["method"] == "POST":
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    body = await self._body(receive)
            except TimeoutError:
                await told(RequestRefused("请求正文迟迟没有传完"), 408)(scope, receive, send)
                return
            if body is None:
                await self._too_large()(scope, receive, send)
                return
            receive = _replay(body)
        await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A handshake. It is a GET that a page elsewhere can make, so that host and origin count as for a POST."""
        path, asked = scope["path"], scope["query_string"]
        scope["path"], scope["query_string"] = PATH, b""  # the server writes both into its log
        refused = self._too_often(scope["client"])
        if refused is None and path != PATH:
            refused = told(RequestRefused("没有这个地址"), 404)
        if refused is None and asked:
            refused = told(RequestRefused("查询不能写在网址里"), 400)
        headers, send = _headers(scope), _with_headers(send)
        refused = refused or self._refuse("GET", headers) or _foreign(headers)
        if refused is None:
            await self._app(scope, receive, send)
        else:
            await receive()  # websocket.connect
            await refused(scope, receive, send)

    def _too_often(self, client: tuple[str, int] | None) -> Response | None:
        seconds = self._rates.wait(client[0] if client else "")
        if not seconds:
            return None
        return told(TooManyRequests(f"请求过于频繁，请 {seconds} 秒后再试"), 429, {"Retry-After": str(seconds)})

    def _refuse(self, method: str, headers: dict[bytes, str]) -> Response | None:
        host = headers.get(b"host", "")
        if _hostname(host) not in self._hosts:
            return told(RequestRefused("不是本服务的主机名"), 421)
        if method not in {"GET", "HEAD", "POST"}:
            return told(RequestRefused("只接受 GET 与 POST"), 405)
        if method == "POST":
            if foreign := _foreign(headers):
                return foreign
            if headers.get(b"content-type", "").partition(";")[0].strip().lower() != "application/json":
                return told(RequestRefused("Content-Type 须是 application/json"), 415)
            length = headers.get(b"content-length", "0")
            if not length.isascii() or not length.isdigit() or int(length) > self._limits.body_bytes:
                return self._too_large()
        return None

    def _too_large(self) -> Response:
        return told(RequestRefused(f"请求正文超过 {self._limits.body_bytes // 1024} KiB"), 413)

    async def _body(self, receive: Receive) -> bytes | None:
        """The whole body, or None when it is larger than allowed."""
        body = bytearray()
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limits.body_bytes:
                return None
        return bytes(body)


def _foreign(headers: dict[bytes, str]) -> Response | None:
    """The refusal of what a page of another origin sends."""
    origin = headers.get(b"origin")
    elsewhere = origin is not None and urlsplit(origin).netloc.lower() != headers.get(b"host", "").lower()
    if elsewhere or headers.get(b"sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return told(RequestRefused("不接受来自其他网页的请求"), 403)
    return None


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _headers(scope: Scope) -> dict[bytes, str]:
    """The request's headers; of one that is there twice the first."""
    return {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            given = message["headers"]
            present = {name for name, _ in given}
            message["headers"] = [*given, *(header for header in _RAW_HEADERS if header[0] not in present)]
        await send(message)

    return sending


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
