"""For all tests: one embedded database, started when the first asks for it, which cases are made up, who runs what.

Several workers each take the next file when they are free. But the tests of a folder that shares databases go to one of
them, so that these are started once; and what takes longest comes first, so that none is left with it at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

from tests.forks import forks
from tests.short_lived import short_lived_servers

if TYPE_CHECKING:
    from graph.embedded import EmbeddedServer
    from graph.store import Endpoint

# The same cases in every run: what fails comes from a change. `--hypothesis-profile search` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile("same")

short_lived_servers()

# In this order; all others follow. In `make test` one worker has the first for minutes, and the other makes the town of
# the third; in `make test-long`, which has nothing of the first, it is made while the other worker has the second.
FIRST = ("tests/api/", "tests/graph/store/", "tests/end_to_end/")
TOGETHER = ("tests/api/", "tests/contract/", "tests/graph/reads/", "tests/graph/tags/")


class _Folders(LoadFileScheduling):
    """Files to whoever is free, but those of a folder in `TOGETHER` to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return _Folders(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, one in enumerate(FIRST) if item.nodeid.startswith(one)), len(FIRST)))


def pytest_unconfigure() -> None:
    forks().close()


@pytest.fixture(scope="session")
def embedded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A running server; tests share its one database, so each begins by emptying what it uses."""
    from graph.embedded import EmbeddedServer

    server = EmbeddedServer(tmp_path_factory.mktemp("embedded"), "512m")
    with server.running():
        yield server


@pytest.fixture(scope="session")
def embedded_endpoint(embedded_server: EmbeddedServer) -> Endpoint | None:
    """Where the shared server listens."""
    return embedded_server.status().endpoint
