"""`weinao serve`: one worker, on one address, until Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import unquote

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

from api.asgi import create_app
from api.limits import LIMITS
from api.protocol import HTTP
from api.schema.build import schema
from core.errors import InvalidSetting, PortInUse
from services.following import Follower
from services.identity import reader
from services.keeping import Keeper

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App

PURPOSE_HEADER = "Weinao-Purpose"
SHUTDOWN_SECONDS = 5
PING_SECONDS = 20.0  # between the pings of a WebSocket, and for the answer to one


def reserve(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything slow is started. Raises `PortInUse`, `InvalidSetting`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError:
        raise InvalidSetting(f"地址 {host} 无法解析，请检查 WEINAO_HOST") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"端口 {port} 已被占用") from None
        raise InvalidSetting(f"不能在 {host}:{port} 上监听：{error.strerror}") from None
    return listener


def serve(
    app: App,
    *,
    host: str,
    port: int,
    on_ready: Callable[[str], None] | None = None,
    listener: socket.socket | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; running requests get `SHUTDOWN_SECONDS` to end.

    `on_ready` is called with the address once requests are answered. `listener` comes from `reserve`; without it
    the port is taken here. Raises `PortInUse`, `InvalidSetting`, `DevelopmentIdentityRefused`.
    """
    reader(app.settings, host=host)
    taken = listener or reserve(host, port)

    def context_of(request: Request) -> AccessContext:
        purpose = unquote(request.headers.get(PURPOSE_HEADER, ""))
        return reader(app.settings, host=host, purpose=purpose)

    keeper, follower = Keeper(app), Follower(app)
    application = create_app(app, context_of, hosts=(host, app.settings.host), keeper=keeper, follower=follower)
    config = configured(application)
    _settle()
    name = f"[{host}]" if ":" in host else host
    server = _Server(
        config,
        on_ready=lambda: on_ready(f"http://{name}:{taken.getsockname()[1]}/graphql") if on_ready else None,
        on_stop=keeper.stop,
    )
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(server.serve(sockets=[taken]))
    except KeyboardInterrupt:
        return  # it came before the server had its handlers
    finally:
        follower.stop()
        keeper.stop()
        taken.close()


def configured(application: ASGIApp) -> uvicorn.Config:
    """How the server runs, whoever starts it."""
    return uvicorn.Config(
        application,
        access_log=False,  # addresses of requests say who was looked at
        log_config=None,
        log_level="warning",  # at DEBUG the WebSocket library logs what it sends, and that is about people
        http=HTTP,
        lifespan="off",
        proxy_headers=False,  # who asks is who is connected, and not what a header claims
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=LIMITS.body_bytes,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,  # a small message may unpack to a large one
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=10,
        limit_concurrency=200,
    )


def _settle() -> None:
    """Build what the first request would wait for, and take all that exists by now out of garbage collection.

    The schema and the libraries are two hundred thousand objects that never go; looking through them again and again
    would take a tenth of the time of a request.
    """
    schema()
    gc.collect()
    gc.freeze()


class _Server(uvicorn.Server):
    """Tells when it answers and when it ends, and returns after a signal instead of raising it again: the caller has
    things to close.

    `on_stop` runs in a thread while requests end: whoever waits for the graph to follow gets his answer then.
    """

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.gather(super().shutdown(sockets), asyncio.to_thread(self._on_stop))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        del sig, frame
        self.force_exit = self.should_exit  # a second signal waits for nobody
        self.should_exit = True
