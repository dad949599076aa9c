"""Where reads and writes go, and when they end: addresses of clusters, bookmarks, deadlines.

Fixture strategy: a single Neo4j answers a cluster's questions too (`neo4j://`: it names itself for all work), so
that the routed way is run on it where there is one. The embedded server knows one time limit for all statements.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.deadline import deadline
from core.errors import QueryTimedOut, StatementRefused
from core.progress import SILENT
from graph.embedded import EmbeddedServer, launch
from graph.projection import project, watermark
from graph.projection.clear import clear
from graph.schema import install
from graph.store import Endpoint, GraphStore
from tests.contract.conftest import NEO4J
from tests.contract.log import held, random_log

ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a + b < 0 RETURN count(*) AS n"


@pytest.fixture
def routed(backend: Endpoint) -> Iterator[GraphStore]:
    """An empty graph, asked as a cluster is."""
    if NEO4J is None or backend.url != NEO4J:
        pytest.skip("the embedded server is no cluster, and its address never says so")
    url = "neo4j://" + backend.url.partition("://")[2]
    with GraphStore.connect(replace(backend, url=url)) as opened:
        install(opened)
        clear(opened, 5_000, SILENT)
        opened.write("MATCH (w:Watermark) DELETE w")
        yield opened


@pytest.mark.parametrize(
    ("url", "cluster"),
    [
        ("neo4j://a:7687", True),
        ("neo4j+s://a:7687", True),
        ("neo4j+ssc://a:7687", True),
        ("bolt://a:7687", False),
        ("bolt+s://a:7687", False),
    ],
)
def test_the_address_says_whether_it_is_a_cluster(url: str, cluster: bool) -> None:
    assert Endpoint(url, "neo4j", "", "neo4j").routed is cluster


def test_the_whole_way_runs_on_a_cluster(routed: GraphStore) -> None:
    log = random_log(3, people=30, batches=3)
    assert project(routed, log, batch=20).rebuilt
    assert held(routed) == log.expected()
    found = watermark(routed)
    assert found
    assert found.seq == 3
    assert project(routed, log, rebuild=True, batch=20).rebuilt, "emptying the graph commits by itself, on the leader"
    assert held(routed) == log.expected()


def test_a_read_is_no_writing_session(routed: GraphStore) -> None:
    with pytest.raises(StatementRefused):
        routed.read("CREATE (:Tag {id: 'tag_1'})")
    assert routed.read_newest("MATCH (t:Tag) RETURN count(t) AS n") == [{"n": 0}]


def test_a_read_waits_for_what_this_process_wrote(routed: GraphStore) -> None:
    def write_and_read(number: int) -> bool:
        routed.write("CREATE (:Tag {id: $id})", id=f"tag_{number}")
        return bool(routed.read("MATCH (t:Tag {id: $id}) RETURN t", id=f"tag_{number}"))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(write_and_read, range(40)))
    # A server that lags would have had to catch up to this before it answered.
    assert routed.bookmarks()
    with routed.transaction() as transaction:
        assert transaction.run("MATCH (t:Tag) RETURN count(t) AS n") == [{"n": 40}]


def test_a_single_server_needs_no_bookmarks(store: GraphStore) -> None:
    store.write("CREATE (:Tag {id: 'tag_1'})")
    assert store.bookmarks() == frozenset()


def test_nothing_is_asked_after_the_deadline(store: GraphStore) -> None:
    with deadline(0.01):
        time.sleep(0.02)
        with pytest.raises(QueryTimedOut) as caught:
            store.read("RETURN 1 AS one")
    assert caught.value.code == "WN-AP-003"
    assert store.read("RETURN 1 AS one") == [{"one": 1}]


def test_what_ends_in_time_is_not_disturbed(store: GraphStore) -> None:
    with deadline(30):
        assert store.read("UNWIND range(1, 3) AS n RETURN n") == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_the_embedded_server_bounds_every_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(launch._SERVER, "command.timeout", "1000")
    server = EmbeddedServer(tmp_path, "256m")
    with server.running() as endpoint, GraphStore.connect(endpoint) as opened:
        with pytest.raises(QueryTimedOut):
            opened.read(ENDLESS)
        assert opened.read("RETURN 1 AS one") == [{"one": 1}]


def test_a_read_ends_in_the_database_too(routed: GraphStore) -> None:
    started = time.monotonic()
    with deadline(1), pytest.raises(QueryTimedOut) as caught:
        routed.read(ENDLESS)
    assert caught.value.code == "WN-AP-003"
    assert time.monotonic() - started < 10
    running = routed.read("SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND' RETURN *")
    assert running == []
