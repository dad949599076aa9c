"""The server takes its port first, tells when it answers, listens on loopback alone, and ends on Ctrl-C.

Servers run in processes of their own, over an empty home, with and without the fast parts; nothing asks a database.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import psutil
import pytest

from api.server import reserve, serve
from core.errors import DevelopmentIdentityRefused, InvalidSetting, PortInUse
from services.app import App

# Platforms exist for which neither has a build.
WITHOUT_FAST_PARTS = "import sys\nsys.modules['uvloop'] = sys.modules['httptools'] = None\n"
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path
from api.server import reserve, serve
from core.settings import Settings
from services.app import open_app

listener = reserve("127.0.0.1", 0)
app = open_app(Settings(home=Path(sys.argv[1])), start_database=False)
serve(app, host="127.0.0.1", port=0, listener=listener, on_ready=lambda url: print(url, flush=True))
print("ended", flush=True)
"""


def test_a_port_in_use_is_told_before_anything_starts() -> None:
    with reserve("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            reserve("127.0.0.1", port)
    reserve("127.0.0.1", port).close()


def test_an_address_that_is_not_ours_is_a_wrong_setting() -> None:
    with pytest.raises(InvalidSetting):
        reserve("203.0.113.7", 0)
    with pytest.raises(InvalidSetting):
        reserve("no such host", 0)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_the_development_identity_is_refused_beyond_loopback(closed_office: App, host: str) -> None:
    with pytest.raises(DevelopmentIdentityRefused):
        serve(closed_office, host=host, port=0)


@contextmanager
def running(home: Path, before: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its address; killed if the test did not end it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", before + PROGRAM, str(home)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("before", ["", WITHOUT_FAST_PARTS], ids=["fast", "plain"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_on_loopback_and_ends_cleanly(tmp_path: Path, ending: signal.Signals, before: str) -> None:
    with running(tmp_path, before) as (process, url):
        assert url.startswith("http://127.0.0.1:")
        page = httpx.get(url, trust_env=False)
        assert page.status_code == 200
        asked = httpx.post(url, json={"query": '{person(id: "880102199001011230"){nmae}}'}, trust_env=False)
        assert asked.json()["errors"][0]["extensions"]["code"] == "WN-AP-002"
        assert "server" not in asked.headers
        listening = [c for c in psutil.Process(process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
        assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
        process.send_signal(ending)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.strip() == "ended"
    assert "880102199001011230" not in output + errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("before", ["", WITHOUT_FAST_PARTS], ids=["fast", "plain"])
def test_headers_without_end_end_the_connection(tmp_path: Path, before: str) -> None:
    with running(tmp_path, before) as (_, url):
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port), timeout=30) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ")
            with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
                connection.sendall(b"x" * 50_000_000)
        long = {"X-Long": "x" * 30_000}
        assert httpx.get(address.copy_with(path="/healthz"), headers=long, trust_env=False).text == "ok"


def test_a_large_query_in_many_pieces_is_no_long_header(tmp_path: Path) -> None:
    text = ("{__typename} #" + " " * 19_000).encode()

    def pieces() -> Iterator[bytes]:
        body = b'{"query":"%s","operationName":null}' % text + b" " * 180_000
        for start in range(0, len(body), 1_000):
            yield body[start : start + 1_000]

    with running(tmp_path) as (_, url), httpx.Client(trust_env=False) as client:
        for _ in range(3):  # on one connection
            answer = client.post(url, content=pieces(), headers={"Content-Type": "application/json"})
            assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("before", ["", WITHOUT_FAST_PARTS], ids=["fast", "plain"])
def test_whom_a_stop_leaves_without_an_answer_is_told_so(tmp_path: Path, before: str) -> None:
    """A request whose text has not come yet is the only one that a server over an empty home can be busy with."""
    with running(tmp_path, before) as (process, url):
        address = httpx.URL(url)
        head = (
            "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
        )
        with socket.create_connection((address.host, address.port), timeout=60) as connection:
            connection.sendall(head.encode() + b"{")
            assert httpx.get(address.copy_with(path="/healthz"), trust_env=False).text == "ok"  # the head was read
            process.send_signal(signal.SIGTERM)
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        _, errors = process.communicate(timeout=60)
    told, _, body = answer.partition(b"\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 503 ")
    assert b"content-type: application/json" in told
    assert orjson.loads(body)["errors"][0]["extensions"]["code"] == "WN-AP-011"
    assert process.returncode == 0
    assert "Traceback" not in errors
