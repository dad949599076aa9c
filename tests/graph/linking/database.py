"""A town in a database: linked, logged and projected as the application does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from graph.linking.changes import diff, latest_state
from graph.linking.inputs import GraphState
from graph.linking.link import link
from graph.projection import project
from graph.schema import install
from graph.store import GraphStore
from tests.graph.linking.town import TownBuilder


class Log:
    """A projection log in memory."""

    def __init__(self, nodes: pl.DataFrame, edges: pl.DataFrame) -> None:
        self._nodes, self._edges = nodes, edges

    def nodes(self, after: int) -> Iterator[pl.DataFrame]:
        yield self._nodes.filter(pl.col("seq") > after)

    def edges(self, after: int) -> Iterator[pl.DataFrame]:
        yield self._edges.filter(pl.col("seq") > after)

    def latest_nodes(self) -> pl.DataFrame:
        return latest_state(self._nodes, self._edges).nodes

    def latest_edges(self) -> pl.DataFrame:
        return latest_state(self._nodes, self._edges).edges

    def newest(self) -> int:
        return int(self._nodes["seq"].max() or 0)


def settle(store: GraphStore, town: TownBuilder) -> None:
    """Puts a town into an empty database."""
    install(store)
    project(store, Log(*diff(GraphState(), link(town.inputs()), 1)))


class CountingStore:
    """A store that counts its reads."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.reads = 0

    def read(self, cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        self.reads += 1
        return self._store.read(cypher, **params)
