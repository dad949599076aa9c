"""The server takes its port first, tells when it answers, listens on loopback alone, and ends on Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from api.server import reserve, serve
from core.errors import DevelopmentIdentityRefused, InvalidSetting, PortInUse
from services.app import App

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


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_on_loopback_and_ends_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert url.startswith("http://127.0.0.1:")
            page = httpx.get(url, trust_env=False)
            assert page.status_code == 200
            asked = httpx.post(url, json={"query": '{person(id: "880102199001011230"){nmae}}'}, trust_env=False)
            assert asked.json()["errors"][0]["extensions"]["code"] == "WN-AP-002"
            assert "server" not in asked.headers
            listening = [c for c in psutil.Process(process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
            assert {connection.laddr.ip for connection in listening} == {"127.0.0.1"}
        finally:
            process.send_signal(ending)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.strip() == "ended"
    assert "880102199001011230" not in output + errors
    assert "Traceback" not in errors
