"""A server in a thread, as `weinao serve` configures it, and clients that follow over a socket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import uvicorn
from starlette.requests import Request
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from api.asgi import create_app
from api.server import configured, reserve
from api.websocket import PROTOCOL, Bounds
from core.errors import AccessDenied
from governance.access import AccessContext, Role
from services.app import App
from services.following import Follower

PATIENCE = 10.0  # seconds for something to come
READERS = {
    "": AccessContext(subject="dev", role=Role.DEVELOPMENT),
    "opened": AccessContext(subject="dev", role=Role.DEVELOPMENT, purpose="走访"),
    "g1": AccessContext(subject="grid-one", role=Role.GRID_WORKER, grids=("g1",)),
    "g2": AccessContext(subject="grid-two", role=Role.GRID_WORKER, grids=("g2",)),
}
PERSONS = (
    "subscription($ids: [ID!]) { entityChanged(ids: $ids) { id kind change at node { ... on Person { name phone } } } }"
)
numbers = itertools.count(1)


def context_of(request: Request) -> AccessContext:
    said = request.headers.get("Authorization", "")
    if said not in READERS:
        raise AccessDenied("不认识")
    return READERS[said]


class Server:
    """A server in a thread of its own."""

    def __init__(self, app: App, *, pending: int = 10_000, narrow: bool = False, **bounds: Any) -> None:
        self.follower = Follower(app, poll=0.05, pending=pending)
        listener = reserve("127.0.0.1", 0)
        if narrow:  # what is accepted here inherits it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        self.port = listener.getsockname()[1]
        application = create_app(app, context_of, follower=self.follower, bounds=Bounds(**bounds))
        self._server = uvicorn.Server(configured(application))
        self._listener = listener
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve(sockets=[listener])))
        self._thread.start()
        until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self.follower.stop()
        self._listener.close()

    @contextmanager
    def connection(self, reader: str = "", **options: Any) -> Iterator[ClientConnection]:
        headers = {"Authorization": reader} if reader else {}
        given = {"subprotocols": [PROTOCOL], "additional_headers": headers, "proxy": None} | options
        host, path = given.pop("host", "127.0.0.1"), given.pop("path", "/graphql")
        if "sock" not in given:
            given["sock"] = socket.create_connection(("127.0.0.1", self.port))
        with connect(f"ws://{host}:{self.port}{path}", **given) as opened:
            yield opened

    @contextmanager
    def client(self, reader: str = "", **options: Any) -> Iterator[Client]:
        with self.connection(reader, **options) as opened:
            client = Client(opened)
            client.send(type="connection_init")
            assert client.receive() == {"type": "connection_ack"}
            yield client


class Client:
    def __init__(self, opened: ClientConnection) -> None:
        self.opened = opened

    def send(self, **message: Any) -> None:
        self.opened.send(orjson.dumps(message).decode())

    def receive(self, patience: float = PATIENCE) -> dict[str, Any]:
        message: dict[str, Any] = orjson.loads(self.opened.recv(timeout=patience))
        return message

    def follow(self, server: Server, query: str, **variables: Any) -> str:
        """Returns when the server follows: what changes from now on is told."""
        key, before = str(next(numbers)), len(server.follower._followings)
        self.send(type="subscribe", id=key, payload={"query": query, "variables": variables})
        until(lambda: len(server.follower._followings) > before)
        return key

    def refused(self, query: Any, **variables: Any) -> str:
        """The code of the error that a subscription is answered with."""
        self.send(type="subscribe", id="r", payload={"query": query, "variables": variables})
        answer = self.receive()
        assert (answer["type"], answer["id"]) == ("error", "r")
        return str(answer["payload"][0]["extensions"]["code"])

    def told(self) -> dict[str, Any]:
        """The next change: the value of the one root field."""
        message = self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        [change] = message["payload"]["data"].values()
        return dict(change)

    def silent(self) -> bool:
        """Whether nothing else was sent, up to the answer to a ping."""
        time.sleep(0.3)  # several looks of the follower
        self.send(type="ping")
        return self.receive() == {"type": "pong"}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def ending(opened: ClientConnection) -> int | None:
    """The code that the server closes a connection with."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            opened.recv(timeout=PATIENCE)
    return opened.close_code
