"""What somebody who follows is told, and what he is not: a real server, a real socket, a real database.

One home for the module: a log of changes written by hand, applied to an embedded database. Two grids with a home each:
张伟 lives at dwe_1 in grid g1, 王芳 at dwe_2 in g2. The server runs in a thread, as `weinao serve` configures it; the
header `Authorization` says who reads. Each test makes changes of its own, and no test needs another.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import math
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from starlette.requests import Request
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api.asgi import create_app
from api.limits import LIMITS
from api.server import PING_SECONDS, configured, reserve
from api.websocket import PROTOCOL, Bounds
from core.errors import AccessDenied
from core.settings import Settings
from governance.access import AccessContext, Role
from services.app import App, open_app
from services.following import _MOST_ROWS, PENDING, Follower
from services.projecting import apply_changes
from tests.api.changes import PHONE, edge, person, write

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2024, 6, 30)
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


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with open_app(Settings(home=tmp_path_factory.mktemp("followed"))) as app:
        app.day_kept = (math.inf, DAY)
        places = [
            ("create", label, f"{prefix}_{number}", {"name": f"{name}{number}", "code": f"g{number}"})
            for number in (1, 2)
            for label, prefix, name in (("Grid", "grd", "网格"), ("Building", "bld", "楼"), ("Dwelling", "dwe", "房"))
        ]
        for _, label, _, props in places:
            if label != "Grid":
                del props["code"]
            if label == "Dwelling":
                props["address"] = props.pop("name")
        tags = [
            ("create", "Tag", "tag_quiet", {"name": "quiet", "label": "安静", "level": "internal"}),
            ("create", "Tag", "tag_poor", {"name": "poor", "label": "低保", "level": "sensitive"}),
        ]
        people = [
            ("create", "Person", "per_1", person(app, "per_1", "张伟")),
            ("create", "Person", "per_2", person(app, "per_2", "王芳")),
        ]
        edges = []
        for number in (1, 2):
            edges += [
                edge("PART_OF", "Dwelling", f"dwe_{number}", "Building", f"bld_{number}"),
                edge("PART_OF", "Building", f"bld_{number}", "Grid", f"grd_{number}"),
                edge("LIVES_IN", "Person", f"per_{number}", "Dwelling", f"dwe_{number}"),
            ]
        write(app, *places, *tags, *people, edges=tuple(edges))
        yield app


# --- the server and its clients ------------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def server(home: App) -> Iterator[Server]:
    made = Server(home)
    yield made
    made.stop()


@pytest.fixture
def serving(home: App) -> Iterator[Callable[..., Server]]:
    """Servers of a test's own."""
    with ExitStack() as stack:

        def make(**options: Any) -> Server:
            made = Server(home, **options)
            stack.callback(made.stop)
            return made

        yield make


# --- what is told --------------------------------------------------------------------------------------------


def test_a_change_is_told_with_the_object_as_the_reader_may_see_it(server: Server, home: App) -> None:
    with server.client() as plain, server.client("opened") as opened:
        for client in (plain, opened):
            client.follow(server, PERSONS, ids=["per_1"])
        write(home, ("update", "Person", "per_1", person(home, "per_1", "张炜")))
        told = plain.told()
        assert told.pop("at").endswith("+08:00")
        node = {"name": "张炜", "phone": "160****5678"}
        assert told == {"id": "per_1", "kind": "PERSON", "change": "CHANGED", "node": node}
        assert opened.told()["node"]["phone"] == PHONE
    until(lambda: not server.follower._followings)


def test_created_merged_and_removed(server: Server, home: App) -> None:
    with server.client() as client:
        client.follow(server, "subscription { entityChanged(kinds: [PERSON]) { id change node { id } } }")
        write(home, *(("create", "Person", f"per_new{n}", person(home, f"per_new{n}", "李新")) for n in (1, 2)))
        created = sorted((client.told() for _ in range(2)), key=lambda told: str(told["id"]))
        assert created[0] == {"id": "per_new1", "change": "CREATED", "node": {"id": "per_new1"}}
        gone = ("delete", "Person", "per_new1", {})
        write(home, gone, ("create", "Redirect", "per_new1", {"target": "per_new2"}))
        assert client.told() == {"id": "per_new1", "change": "MERGED", "node": {"id": "per_new2"}}
        write(home, ("delete", "Person", "per_new2", {}))
        assert client.told() == {"id": "per_new2", "change": "REMOVED", "node": None}


def test_a_relation_changes_both_its_ends_and_a_place_is_not_changed_by_its_homes(server: Server, home: App) -> None:
    with server.client() as client:
        client.follow(server, "subscription { entityChanged { id change node { __typename } } }")
        owns = edge("OWNS", "Person", "per_1", "Dwelling", "dwe_1")
        write(
            home,
            ("create", "Dwelling", "dwe_3", {"address": "新房"}),
            edges=(owns, edge("PART_OF", "Dwelling", "dwe_3", "Building", "bld_1")),
        )
        told = {(each["id"], each["change"]) for each in (client.told() for _ in range(3))}
        assert told == {("per_1", "CHANGED"), ("dwe_1", "CHANGED"), ("dwe_3", "CREATED")}
        assert client.silent()


def test_links_of_the_object_are_read_as_in_a_query(server: Server, home: App) -> None:
    query = (
        'subscription { entityChanged(ids: ["dwe_1"]) { node { ... on Dwelling { residents { nodes { name } } } } } }'
    )
    with server.client() as client:
        client.follow(server, query)
        write(home, ("update", "Dwelling", "dwe_1", {"address": "房1", "area": 60}))
        assert len(client.told()["node"]["residents"]["nodes"]) == 1


def test_who_may_not_see_is_not_told(server: Server, home: App) -> None:
    with server.client("g1") as near, server.client("g2") as far:
        for client in (near, far):
            client.follow(server, "subscription { entityChanged(kinds: [PERSON]) { id node { id } } }")
        write(home, ("update", "Person", "per_1", person(home, "per_1", "张伟")))
        write(home, ("update", "Person", "per_2", person(home, "per_2", "王芳")))
        assert near.told() == {"id": "per_1", "node": {"id": "per_1"}}
        assert far.told() == {"id": "per_2", "node": {"id": "per_2"}}
        assert near.silent()
        assert far.silent()


def test_tags_come_and_go_and_sensitive_ones_need_a_purpose(server: Server, home: App) -> None:
    query = """subscription($tags: [String!]) {
      tagChanged(tags: $tags) { id change tag { label } node { ... on Person { name } } }
    }"""
    with server.client() as plain, server.client("opened") as opened:
        plain.follow(server, query)
        opened.follow(server, query, tags=["低保"])
        assert plain.refused(query, tags=["poor"]) == "WN-AC-003"
        for tag in ("quiet", "poor"):
            write(home, edges=(edge("TAGGED", "Person", "per_2", "Tag", f"tag_{tag}", valid_from="2024-01-01"),))
        ended = edge("TAGGED", "Person", "per_2", "Tag", "tag_quiet", "update", valid_to="2024-06-01")
        write(home, edges=(ended,))
        node = {"name": "王芳"}
        assert plain.told() == {"id": "per_2", "change": "CREATED", "tag": {"label": "安静"}, "node": node}
        assert plain.told() == {"id": "per_2", "change": "REMOVED", "tag": {"label": "安静"}, "node": node}
        assert opened.told() == {"id": "per_2", "change": "CREATED", "tag": {"label": "低保"}, "node": node}
        assert plain.silent()
        assert opened.silent()


def test_events_by_kind_and_by_place(server: Server, home: App) -> None:
    query = """subscription($kinds: [String!], $places: [ID!]) {
      eventChanged(kinds: $kinds, places: $places) { id change node { kind } }
    }"""
    with server.client() as here, server.client() as there, server.client() as disputes:
        here.follow(server, query, places=["grd_1"])
        there.follow(server, query, places=["grd_2", "dwe_2"])
        disputes.follow(server, query, kinds=["dispute"])
        for number, kind in ((1, "complaint"), (2, "dispute")):
            happened = edge("OCCURRED_AT", "Event", f"evt_{number}", "Dwelling", f"dwe_{number}")
            write(home, ("create", "Event", f"evt_{number}", {"kind": kind}), edges=(happened,))
        assert here.told() == {"id": "evt_1", "change": "CREATED", "node": {"kind": "complaint"}}
        second = {"id": "evt_2", "change": "CREATED", "node": {"kind": "dispute"}}
        assert there.told() == second
        assert disputes.told() == second
        assert all(client.silent() for client in (here, there, disputes))


def test_nothing_is_told_before_the_graph_shows_it_and_nothing_from_before(server: Server, home: App) -> None:
    write(home, ("update", "Person", "per_1", person(home, "per_1", "从前")))
    with server.client() as client:
        client.follow(server, PERSONS, ids=["per_1"])
        write(home, ("update", "Person", "per_1", person(home, "per_1", "以后")), apply=False)
        assert client.silent()
        apply_changes(home)
        assert client.told()["node"]["name"] == "以后"


def test_what_another_process_does_is_told(server: Server, home: App) -> None:
    program = """
import sys
from pathlib import Path
from core.settings import Settings
from services.app import open_app
from tests.api.changes import person, write
app = open_app(Settings(home=Path(sys.argv[1])), start_database=False)
write(app, ("update", "Person", "per_2", person(app, "per_2", "远方")))
app.close()
"""
    with server.client() as client:
        client.follow(server, PERSONS, ids=["per_2"])
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(
            [sys.executable, "-c", program, str(home.settings.home)], cwd=ROOT, env=environment, check=True, timeout=60
        )
        assert client.told()["node"]["name"] == "远方"


def test_what_was_told_is_in_the_audit_log_without_values(server: Server, home: App) -> None:
    with server.client("g1") as client:
        client.follow(server, PERSONS, ids=["per_1"])
        write(home, ("update", "Person", "per_1", person(home, "per_1", "留痕")))
        client.told()
    lines = [line for line in home.audit.entries() if line["action"] == "follow.entity"]
    assert (lines[-1]["subject"], lines[-1]["ids"]) == ("grid-one", ["per_1"])
    assert home.audit.verify() == []


def test_no_log_holds_what_was_told(
    serving: Callable[..., Server], home: App, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = serving()
    with server.client("opened") as client:
        client.follow(server, PERSONS, ids=["per_1"])
        write(home, ("update", "Person", "per_1", person(home, "per_1", "不入日志")))
        assert client.told()["node"] == {"name": "不入日志", "phone": PHONE}
    served = [record.getMessage() for record in caplog.records if record.name.startswith(("uvicorn", "weinao"))]
    assert not any("不入日志" in line for line in served)
    assert not any(PHONE in line for line in served)


def test_the_client_of_the_guide_is_told(server: Server, home: App) -> None:
    text = (ROOT / "docs" / "guide" / "following.md").read_text(encoding="utf-8")
    [program] = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    environment = {**os.environ, "WEINAO_WS": f"ws://127.0.0.1:{server.port}/graphql"}
    before = len(server.follower._followings)
    with subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE) as running:
        until(lambda: len(server.follower._followings) > before)
        write(home, ("update", "Person", "per_1", person(home, "per_1", "手册")))
        assert running.stdout is not None
        told = orjson.loads(running.stdout.readline())["entityChanged"]
        running.kill()
    assert told["node"]["name"] == "手册"


def test_the_limits_of_the_guide_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "guide" / "following.md").read_text(encoding="utf-8").partition("### Limits")[2]
    told = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text)}
    bounds = Bounds()
    assert {
        bounds.connections, bounds.of_one_client, bounds.subscriptions, int(bounds.init_seconds), PENDING, _MOST_ROWS,
        int(bounds.send_seconds), int(PING_SECONDS), LIMITS.body_bytes // 1024,
    } <= told  # fmt: skip


# --- who may connect, and how --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"origin": "http://elsewhere.example"}, 403),
        ({"additional_headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"host": "elsewhere.example"}, 421),
        ({"subprotocols": ["graphql-ws"]}, 400),
        ({"subprotocols": None}, 400),
        ({"path": "/graphql?query=subscription"}, 400),
        ({"path": "/elsewhere"}, 404),
    ],
)
def test_a_handshake_that_is_not_ours_is_refused(server: Server, options: dict[str, Any], status: int) -> None:
    with pytest.raises(InvalidStatus) as refused, server.connection(**options):
        pass
    assert refused.value.response.status_code == status
    assert orjson.loads(refused.value.response.body)["errors"][0]["extensions"]["code"] == "WN-AP-005"


def test_a_page_of_our_own_may_connect(server: Server) -> None:
    origin = f"http://127.0.0.1:{server.port}"
    with server.client(origin=origin, additional_headers={"Sec-Fetch-Site": "same-origin"}) as client:
        assert client.silent()


def test_a_browser_says_who_reads_in_connection_init(server: Server, home: App) -> None:
    with server.connection() as opened:
        client = Client(opened)
        client.send(type="connection_init", payload={"Authorization": "g2"})
        assert client.receive() == {"type": "connection_ack"}
        client.follow(server, "subscription { entityChanged(kinds: [PERSON]) { id } }")
        for key in ("per_1", "per_2"):
            write(home, ("update", "Person", key, person(home, key, "某人")))
        assert client.told() == {"id": "per_2"}


INIT: dict[str, Any] = {"type": "connection_init"}
TYPENAME = {"type": "subscribe", "id": "1", "payload": {"query": PERSONS}}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "connection_init", "payload": {"authorization": "nobody"}}], 4403),
        ([TYPENAME], 4401),
        ([INIT, INIT], 4429),
        ([INIT, TYPENAME, TYPENAME], 4409),
        ([INIT, {"type": "next"}], 4400),
        ([INIT, {"type": "subscribe", "id": "", "payload": {}}], 4400),
        ([INIT, {"type": "subscribe", "id": "1"}], 4400),
        ([INIT, ["subscribe"]], 4400),
        ([INIT, {"type": "ping", "payload": "x" * LIMITS.body_bytes}], 1009),
        ([], 4408),
    ],
)
def test_what_breaks_the_protocol_ends_the_connection(
    serving: Callable[..., Server], messages: list[Any], code: int
) -> None:
    server = serving(init_seconds=0.3)
    with server.connection() as opened:
        for message in messages:
            opened.send(orjson.dumps(message).decode())
        assert ending(opened) == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{ person(id: "per_1") { id } }', "WN-AP-002"),
        ("subscription { nobody }", "WN-AP-002"),
        ("subscription { entityChanged { id } tagChanged { id } }", "WN-AP-002"),
        ("subscription($ids: [ID!]!) { entityChanged(ids: $ids) { id } }", "WN-AP-002"),
        ("subscription { entityChanged { " + " ".join(f"a{n}: id" for n in range(60)) + " } }", "WN-AP-001"),
        (None, "WN-AP-002"),
        (7, "WN-AP-002"),
    ],
)
def test_the_rules_for_queries_hold_for_subscriptions(server: Server, query: Any, code: str) -> None:
    with server.client() as client:
        assert client.refused(query) == code
        assert client.silent()


def test_over_http_a_subscription_is_told_where_to_go(server: Server) -> None:
    asked = httpx.post(f"http://127.0.0.1:{server.port}/graphql", json={"query": PERSONS}, trust_env=False)
    error = asked.json()["errors"][0]
    assert error["extensions"]["code"] == "WN-AP-002"
    assert "WebSocket" in error["extensions"]["remedy"]


def test_how_many_subscriptions_and_connections_there_may_be(serving: Callable[..., Server]) -> None:
    server = serving(subscriptions=2, of_one_client=2)
    with server.client() as first, server.client():
        key = first.follow(server, PERSONS)
        first.follow(server, PERSONS)
        assert first.refused(PERSONS) == "WN-AP-009"
        first.send(type="complete", id=key)
        until(lambda: len(server.follower._followings) == 1)
        first.follow(server, PERSONS)  # there is room again
        with pytest.raises(InvalidStatus) as refused, server.connection():
            pass
        assert refused.value.response.status_code == 429
        assert orjson.loads(refused.value.response.body)["errors"][0]["extensions"]["code"] == "WN-AP-009"
    until(lambda: not server.follower._followings)
    with server.client() as again:
        assert again.silent()


def test_the_rate_holds_for_messages(tmp_path: Path, home: App) -> None:
    with open_app(home.settings.model_copy(update={"rate": 5}), start_database=False) as app:
        server = Server(app)
        try:
            with server.client() as client:
                for _ in range(50):
                    client.send(type="ping")
                assert ending(client.opened) == 4429
        finally:
            server.stop()


# --- the slow, and the end -----------------------------------------------------------------------------------


def test_a_slow_client_is_dropped_with_a_code_and_a_quick_one_is_told_all(
    serving: Callable[..., Server], home: App
) -> None:
    server = serving(pending=30, narrow=True)
    long = " ".join(f"a{number}: name" for number in range(48))
    query = f"subscription {{ entityChanged(kinds: [HOUSEHOLD]) {{ id node {{ ... on Household {{ {long} }} }} }} }}"
    query = query.replace("name", "address")
    address, rounds, size = "很长的地址" * 20, 6, 20

    with server.client() as quick, socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.connect(("127.0.0.1", server.port))
        with server.client(sock=narrow, max_queue=1) as slow:
            quick.follow(server, query)
            slow.follow(server, query)
            heard = 0
            for turn in range(rounds):
                op = "update" if turn else "create"
                rows = [(op, "Household", f"hou_{n}", {"address": f"{address}{turn}"}) for n in range(size)]
                write(home, *rows)
                heard += sum(quick.told()["id"].startswith("hou_") for _ in range(size))
            assert heard == rounds * size
            until(lambda: any(each._end is not None for each in server.follower._followings))
            seen = 0
            while (message := slow.receive())["type"] == "next":
                seen += 1
            assert seen < rounds * size
            assert message["payload"][0]["extensions"]["code"] == "WN-AP-010"
            assert slow.silent()  # the connection stands, and he may begin anew


def test_who_reads_nothing_at_all_is_let_go(serving: Callable[..., Server], home: App) -> None:
    server = serving(narrow=True, send_seconds=0.3)
    long = " ".join(f"a{number}: address" for number in range(48))
    query = f"subscription {{ entityChanged(kinds: [HOUSEHOLD]) {{ id node {{ ... on Household {{ {long} }} }} }} }}"
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.connect(("127.0.0.1", server.port))
        with server.client(sock=narrow, max_queue=1, close_timeout=0.1) as client:
            client.follow(server, query)
            rows = [("create", "Household", f"hou_x{n}", {"address": "很长的地址" * 20}) for n in range(200)]
            write(home, *rows)
            until(lambda: not server.follower._followings)


def test_the_end_of_the_server_ends_the_connections(home: App) -> None:
    server = Server(home)
    with server.client() as client:
        client.follow(server, PERSONS)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 5
        assert ending(client.opened) == 1012
    assert "weinao-following" not in {thread.name for thread in threading.enumerate() if thread.is_alive()}
