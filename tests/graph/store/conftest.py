"""Servers of their own, for tests that kill or stop them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.embedded import EmbeddedServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that is not running yet."""
    made = EmbeddedServer(tmp_path / "db", "256m")
    yield made
    made.stop()
