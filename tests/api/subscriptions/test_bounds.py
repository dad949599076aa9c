"""How much there may be: connections, subscriptions, messages, what a slow reader leaves unread; and the end.

One home and one server for all (see conftest.py): a real server, a real socket, a real database.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.app import App, open_app
from tests.api.changes import write
from tests.api.subscriptions.server import PERSONS, Server, ending, until


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
                with suppress(ConnectionClosed):  # it may end before all are sent
                    for _ in range(50):
                        client.send(type="ping")
                assert ending(client.opened) == 4429
        finally:
            server.stop()


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
            assert not server.follower._followings


def test_the_end_of_the_server_ends_the_connections(home: App) -> None:
    server = Server(home)
    with server.client() as client:
        client.follow(server, PERSONS)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 5
        assert ending(client.opened) == 1012
    assert "weinao-following" not in {thread.name for thread in threading.enumerate() if thread.is_alive()}
