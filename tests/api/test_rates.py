"""A client that asks too often is told when to come back; others are not kept waiting for it.

The clock of the buckets is given; over HTTP the rate is so low that no machine is too slow to pass it.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.asgi import create_app
from api.rates import Rates
from core.settings import Settings
from governance.access import AccessContext, Role
from services.app import open_app

READER = AccessContext(subject="tester", role=Role.GRID_WORKER)


def test_over_http(tmp_path: Any, connect: Any) -> None:
    app = open_app(Settings(home=tmp_path, rate=1), start_database=False)
    served = create_app(app, lambda _request: READER)
    first, other = connect(served), connect(served, address="127.0.0.2")
    assert first.ask("{__typename}") == {"data": {"__typename": "Query"}}
    refused = [first.request("POST", "/graphql", json={"query": "{__typename}"}) for _ in range(20)][-1]
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"
    assert refused.json()["errors"][0]["extensions"]["code"] == "WN-AP-006"
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert other.ask("{__typename}") == {"data": {"__typename": "Query"}}


def test_a_forwarded_address_gives_no_new_bucket(tmp_path: Any, connect: Any) -> None:
    served = create_app(open_app(Settings(home=tmp_path, rate=1), start_database=False), lambda _request: READER)
    statuses = {
        connect(served).request("GET", "/healthz", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(20)
    }
    assert 429 in statuses


@given(rate=st.integers(1, 5_000), seconds=st.integers(1, 20))
def test_nobody_gets_more_than_the_rate_and_one_second_beyond(rate: int, seconds: int) -> None:
    rates, steps = Rates(rate), 400
    allowed = sum(rates.wait("a", now=step * seconds / steps) == 0 for step in range(steps))
    assert allowed <= rate * (seconds + 1)
    assert allowed >= min(steps, rate * seconds) * 0.9 - 1


def test_the_wait_that_is_told_is_enough() -> None:
    rates = Rates(2)
    assert [rates.wait("a", now=0.0) for _ in range(3)] == [0, 0, 1]
    assert rates.wait("a", now=1.0) == 0


@pytest.mark.parametrize("clients", [20_000])
def test_many_clients_fill_no_memory(clients: int) -> None:
    rates = Rates(5)
    for number in range(clients):
        rates.wait(str(number), now=number / 1_000)
    assert len(rates._buckets) <= 10_000


def test_no_rate_is_no_bound() -> None:
    rates = Rates(0)
    assert {rates.wait("a", now=0.0) for _ in range(100_000)} == {0}
