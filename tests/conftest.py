"""One embedded database for the whole run, started when the first test asks for it and stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


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
