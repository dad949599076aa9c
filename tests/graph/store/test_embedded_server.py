"""The managed server: found again, cleaned up, stopped, never open to others."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import GraphStartFailed, GraphUnreachable, HomeNotWritable
from graph.embedded import EmbeddedServer
from graph.embedded.process import alive
from graph.store import Endpoint, GraphStore

pytestmark = pytest.mark.long

START = """
import sys
from pathlib import Path
from graph.embedded import EmbeddedServer
EmbeddedServer(Path(sys.argv[1]), "256m").start()
"""


def run_statement(endpoint: Endpoint, cypher: str) -> list[dict[str, Any]]:
    with GraphStore.connect(endpoint) as store:
        return store.write(cypher)


def process_of(server: EmbeddedServer) -> psutil.Process:
    return psutil.Process(int(server.status().pid or 0))


def test_life_of_a_server(server: EmbeddedServer) -> None:
    assert not server.status().running
    assert not server.stop()

    endpoint = server.start()
    assert server.started_here
    status = server.status()
    assert status.running
    assert status.endpoint == endpoint
    assert (status.memory or 0) > 1_000_000
    assert run_statement(endpoint, "CREATE (n:Tag {id: 'kept'}) RETURN n.id AS id") == [{"id": "kept"}]

    other = EmbeddedServer(server.layout.root, "256m")
    assert other.start() == endpoint
    assert not other.started_here
    with other.running() as again:
        assert again == endpoint
    assert server.status().running, "whoever found it running leaves it running"

    assert server.stop()
    assert not server.status().running
    with server.running() as restarted:
        assert run_statement(restarted, "MATCH (n:Tag) RETURN n.id AS id") == [{"id": "kept"}]
    assert not server.status().running


def test_nothing_listens_beyond_loopback_and_no_secret_shows(server: EmbeddedServer) -> None:
    endpoint = server.start()
    process = process_of(server)
    listening = [c for c in process.net_connections("all") if c.status == psutil.CONN_LISTEN]
    assert listening
    assert {connection.laddr.ip for connection in listening} <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}

    assert endpoint.password not in " ".join(process.cmdline())
    assert endpoint.password not in " ".join(process.environ().values())
    assert endpoint.password not in repr(endpoint)
    layout = server.layout
    for secret in (layout.password, layout.arguments):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.root.stat().st_mode) == 0o700
    texts = [path.read_bytes() for path in layout.root.rglob("*") if path.is_file() and path != layout.password]
    assert not any(endpoint.password.encode() in text for text in texts)

    with pytest.raises(GraphUnreachable):
        GraphStore.connect(Endpoint(endpoint.url, "root", "wrong", "weinao"))


def test_after_sigkill_the_next_start_recovers(server: EmbeddedServer) -> None:
    endpoint = server.start()
    run_statement(endpoint, "CREATE (n:Tag {id: 'kept'})")
    process_of(server).kill()
    assert server.layout.state.exists(), "the state file is stale now"
    again = server.start()
    assert server.started_here
    assert run_statement(again, "MATCH (n:Tag) RETURN n.id AS id") == [{"id": "kept"}]


def test_a_reused_process_id_is_not_taken_for_the_server(server: EmbeddedServer) -> None:
    server.layout.root.mkdir()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        created = psutil.Process(stranger.pid).create_time()
        server.layout.state.write_text(json.dumps({"pid": stranger.pid, "created": created, "bolt_port": 1}))
        assert not server.status().running
        assert not server.stop()
        assert stranger.poll() is None, "a stranger is never ended"
        stranger.kill()


def test_a_server_is_found_though_its_state_file_is_gone(server: EmbeddedServer) -> None:
    endpoint = server.start()
    for left in ("", "{", '{"pid": 1}', '{"pid": 999999999, "created": 0.0, "bolt_port": 7}'):
        server.layout.state.write_text(left)
        found = EmbeddedServer(server.layout.root, "256m")
        assert found.start() == endpoint, left
        assert not found.started_here


def test_a_killed_starter_leaves_no_second_server(server: EmbeddedServer) -> None:
    with subprocess.Popen([sys.executable, "-c", START, str(server.layout.root)]) as starter:
        while not server.layout.arguments.exists() or not server.layout.output.exists():
            assert starter.poll() is None
            time.sleep(0.005)
        starter.kill()
    server.start()
    assert len(servers_of(server)) == 1


def test_a_server_outlives_its_starter(server: EmbeddedServer) -> None:
    subprocess.run([sys.executable, "-c", START, str(server.layout.root)], check=True)
    endpoint = server.start()
    assert not server.started_here
    assert run_statement(endpoint, "RETURN 1 AS n") == [{"n": 1}]


def test_two_that_start_at_once_share_one_server(server: EmbeddedServer) -> None:
    command = [sys.executable, "-c", START, str(server.layout.root)]
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda _: subprocess.run(command, check=False).returncode, range(3)))
    assert ended == [0, 0, 0]
    assert len(servers_of(server)) == 1


def test_a_frozen_server_is_replaced(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.embedded.server._ANSWER_SECONDS", 1.0)
    run_statement(server.start(), "CREATE (n:Tag {id: 'kept'})")
    frozen = process_of(server)
    frozen.suspend()
    again = server.start()
    assert server.started_here
    assert not alive(frozen)
    assert run_statement(again, "MATCH (n:Tag) RETURN n.id AS id") == [{"id": "kept"}]


def test_a_lost_password_file_is_made_anew(server: EmbeddedServer) -> None:
    first = server.start()
    run_statement(first, "CREATE (n:Tag {id: 'kept'})")
    server.stop()
    server.layout.password.unlink()
    second = server.start()
    assert second.password != first.password
    assert run_statement(second, "MATCH (n:Tag) RETURN n.id AS id") == [{"id": "kept"}]


@pytest.mark.parametrize("left", [None, "another-password-than-its-own"])
def test_a_server_whose_password_is_not_in_the_file_is_replaced(server: EmbeddedServer, left: str | None) -> None:
    run_statement(server.start(), "CREATE (n:Tag {id: 'kept'})")
    server.layout.password.unlink()
    if left:
        server.layout.password.write_text(left)
    again = server.start()
    assert server.started_here
    assert run_statement(again, "MATCH (n:Tag) RETURN n.id AS id") == [{"id": "kept"}]


def test_a_heap_that_cannot_be_had_says_so(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "db", "999999g")
    with pytest.raises(GraphStartFailed, match=r"内存不足|WEINAO_DB_MEMORY"):
        server.start()
    assert not server.status().running


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeNotWritable):
        EmbeddedServer(tmp_path / "file" / "db", "256m").start()


def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / '微脑 "数据" #1 \\x', "256m")
    with server.running() as endpoint:
        assert run_statement(endpoint, "RETURN 1 AS n") == [{"n": 1}]


def test_a_store_whose_server_is_gone_says_so(server: EmbeddedServer) -> None:
    with GraphStore.connect(server.start()) as store:
        os.kill(int(server.status().pid or 0), signal.SIGKILL)
        with pytest.raises(GraphUnreachable) as caught:
            store.read("RETURN 1 AS n")
    assert "weinao db start" in caught.value.advice


def servers_of(server: EmbeddedServer) -> list[int]:
    """Process ids of all servers of this folder."""
    marker = f"@{server.layout.arguments}"
    return [p.pid for p in psutil.process_iter(["cmdline"]) if marker in (p.info["cmdline"] or [])]
