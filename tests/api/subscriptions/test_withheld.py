"""What is not told: to whom it is hidden, and to no log.

One home and one server for all (see conftest.py): a real server, a real socket, a real database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from services.app import App
from tests.api.changes import PHONE, person, write
from tests.api.subscriptions.server import PERSONS, Server


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
