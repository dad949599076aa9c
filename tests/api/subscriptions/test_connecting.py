"""Who may connect, and how: the handshake, the protocol, the rules for queries.

One home and one server for all (see conftest.py): a real server, a real socket, a real database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from websockets.exceptions import InvalidStatus

from api.limits import LIMITS
from services.app import App
from tests.api.changes import person, write
from tests.api.subscriptions.server import PERSONS, Client, Server, ending

INIT: dict[str, Any] = {"type": "connection_init"}
TYPENAME = {"type": "subscribe", "id": "1", "payload": {"query": PERSONS}}


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
