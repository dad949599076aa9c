"""For all tests: one embedded database, started when the first asks for it, and which cases Hypothesis makes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same cases in every run: what fails comes from a change. `--hypothesis-profile search` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2_000, deadline=None)
settings.load_profile("same")


@pytest.fixture(scope="session")
def embedded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A running `EmbeddedServer`; tests share its one database, so each begins by emptying what it uses."""
    from graph.embedded import EmbeddedServer

    server = EmbeddedServer(tmp_path_factory.mktemp("embedded"), "512m")
    with server.running():
        yield server


@pytest.fixture(scope="session")
def embedded_endpoint(embedded_server: object) -> object:
    """Where the shared server listens."""
    return embedded_server.status().endpoint  # type: ignore[attr-defined]
