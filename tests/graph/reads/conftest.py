"""The little town, linked, in an embedded database of its own; read only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.embedded.server import EmbeddedServer
from graph.store import GraphStore
from tests.graph.linking.database import CountingStore, settle
from tests.graph.linking.town import TownBuilder, little_town


def read_town() -> TownBuilder:
    """The little town; the woman in 502 lived in 503 before, and 王建国's old id was merged into his present one."""
    town = little_town()
    town.lives("alone", "g503", since="2010-01-01", until="2015-03-01")
    town.lives("zhou", "other", since="2012-05-01", until="2016-01-01")
    for old, new in (("old", "older"), ("older", "wang")):
        town.changes.append({"change": "merged", "kind": "person", "entity_id": f"per_{old}", "other_id": f"per_{new}"})
    town.record("person", "li", "health_records", phone_index="index-of-a-phone")
    town.record("person", "alone", "health_records", phone_index="index-of-a-phone")
    return town


@pytest.fixture(scope="session")
def town_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    server = EmbeddedServer(tmp_path_factory.mktemp("reads"), "384m")
    try:
        with GraphStore.connect(server.start()) as store:
            settle(store, read_town())
            yield store
    finally:
        server.stop()


@pytest.fixture
def counting(town_store: GraphStore) -> CountingStore:
    return CountingStore(town_store)
