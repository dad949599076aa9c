"""The ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.explorer.page import routes as explorer_routes
from api.guard import Guard
from api.limits import LIMITS, Limits
from api.problems import internal_failure
from api.rates import Rates
from api.view import PATH, GraphQLView, told
from api.websocket import Bounds, Sockets
from core.errors import RequestRefused, WeinaoError
from services.following import Follower
from services.keeping import Keeper
from services.readiness import readiness

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App


def create_app(
    app: App,
    context_of: Callable[[Request], AccessContext],
    *,
    hosts: Iterable[str] = (),
    limits: Limits = LIMITS,
    keeper: Keeper | None = None,
    follower: Follower | None = None,
    bounds: Bounds | None = None,
) -> Guard:
    """GraphQL at `/graphql` (POST; GET shows the explorer; subscriptions over WebSocket), `/healthz`, `/readyz`.

    `context_of` says who asks; `hosts` are names under which the server may be addressed beside those of loopback.
    `keeper` makes the changes, `follower` watches them for subscribers; whoever gives one stops it.
    """

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_request: Request) -> Response:
        """200 when every part is ready, 503 otherwise; which part is in the body."""
        try:
            parts = await asyncio.to_thread(readiness, app)
        except WeinaoError as error:
            return told(error, 503)
        ready = all(value for value in parts.values() if isinstance(value, bool))
        return Response(orjson.dumps(parts), status_code=200 if ready else 503, media_type="application/json")

    async def home(_request: Request) -> Response:
        return RedirectResponse("/graphql")

    others = Starlette(
        routes=[
            *explorer_routes(),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/", home),
        ],
        middleware=[Middleware(_Failures)],
        exception_handlers={HTTPException: _refused},
    )
    rates = Rates(app.settings.rate)
    view = GraphQLView(app, context_of, limits, keeper)
    sockets = Sockets(app, context_of, limits, rates, follower, bounds)

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette's layers would cost a query a tenth of its time.
        if scope["type"] == "websocket":
            await sockets(scope, receive, send)
            return
        answer = view if scope["path"] == PATH and scope["method"] == "POST" else others
        await answer(scope, receive, send)

    return Guard(door, hosts=hosts, limits=limits, rates=rates)


class _Failures:
    """Tells a reference instead of a traceback, which could quote data; Starlette's outermost layer would log one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # noqa: BLE001
            await told(internal_failure(error), 500)(scope, receive, send)


async def _refused(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = {404: "没有这个地址", 405: "这个地址不接受这种方法"}.get(status, "请求不被接受")
    return told(RequestRefused(message), status)
