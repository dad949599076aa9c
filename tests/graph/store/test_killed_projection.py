"""SIGKILL amid a projection, of the program or of its database: the next run finishes, nothing lost, nothing twice.

The points of death are statement counts drawn from a seed, so that a failure can be repeated.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys

import pytest

from core.errors import GraphUnreachable
from graph.embedded import EmbeddedServer
from graph.projection import watermark
from graph.schema import install
from graph.store import GraphStore, Transaction
from tests.contract.log import held, random_log
from tests.graph.store.projector import kill_at, project_all

pytestmark = pytest.mark.long

SEED, BATCH = 5, 17
LOG = random_log(SEED)


@pytest.fixture
def prepared(server: EmbeddedServer) -> EmbeddedServer:
    with GraphStore.connect(server.start()) as store:
        install(store)
    return server


def assert_whole(store: GraphStore) -> None:
    assert held(store) == LOG.expected()
    mark = watermark(store)
    assert mark is not None
    assert (mark.seq, mark.rebuilding) == (LOG.newest(), False)


def test_the_program_is_killed_again_and_again(prepared: EmbeddedServer) -> None:
    endpoint = prepared.start()
    rng = random.Random(1)
    deaths = 0
    while True:
        arguments = [endpoint.url, prepared.layout.password, SEED, BATCH, rng.randint(15, 80)]
        command = [sys.executable, "-m", "tests.graph.store.projector", *map(str, arguments)]
        done = subprocess.run(command, check=False, capture_output=True)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        deaths += 1
    assert deaths >= 3
    with GraphStore.connect(endpoint) as store:
        assert_whole(store)


def test_the_database_is_killed_again_and_again(prepared: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(2)
    deaths = 0
    while True:
        with GraphStore.connect(prepared.start()) as store, monkeypatch.context() as patched:
            patched.setattr(Transaction, "run", Transaction.run)
            kill_at(rng.randint(50, 130), int(prepared.status().pid or 0))
            try:
                project_all(store, LOG, BATCH)
            except GraphUnreachable:
                deaths += 1
                assert not prepared.status().running
            else:
                break
    assert deaths >= 2
    with GraphStore.connect(prepared.start()) as store:
        assert_whole(store)
