"""The guide to following says what holds: its client runs, its limits are those of the code.

One home and one server for all (see conftest.py): a real server, a real socket, a real database.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import orjson

from api.limits import LIMITS
from api.server import PING_SECONDS
from api.websocket import Bounds
from services.app import App
from services.following import _MOST_ROWS, PENDING
from tests.api.changes import person, write
from tests.api.subscriptions.server import Server, until

ROOT = Path(__file__).resolve().parents[3]


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
