"""Each test runs on the embedded server, and on the Neo4j that `WEINAO_TEST_NEO4J_URL` names.

That Neo4j must be one for tests: every test begins by emptying it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.progress import SILENT
from graph.projection.clear import clear
from graph.schema import install
from graph.store import Endpoint, GraphStore

NEO4J = os.environ.get("WEINAO_TEST_NEO4J_URL")


@pytest.fixture(scope="session", params=["embedded", *(["neo4j"] if NEO4J else [])])
def backend(request: pytest.FixtureRequest) -> Endpoint:
    if request.param == "embedded":
        endpoint: Endpoint = request.getfixturevalue("embedded_endpoint")
        return endpoint
    password = Path(os.environ["WEINAO_TEST_NEO4J_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
    return Endpoint(str(NEO4J), os.environ.get("WEINAO_TEST_NEO4J_USER", "neo4j"), password, "neo4j")


@pytest.fixture
def store(backend: Endpoint) -> Iterator[GraphStore]:
    """An empty graph with its schema."""
    with GraphStore.connect(backend) as opened:
        install(opened)
        clear(opened, 5_000, SILENT)
        opened.write("MATCH (w:Watermark) DELETE w")
        yield opened
