"""A town in a database: linked, logged and projected as the application does it."""

from __future__ import annotations

from typing import Any

import polars as pl

from graph.linking.changes import diff, latest_state
from graph.linking.inputs import GraphState
from graph.linking.link import link
from graph.projection import Part, Phase, project
from graph.schema import install
from graph.store import GraphStore
from tests.contract.log import in_two
from tests.graph.linking.town import TownBuilder


class Log:
    """A projection log in memory."""

    def __init__(self, nodes: pl.DataFrame, edges: pl.DataFrame) -> None:
        self._nodes, self._edges = nodes, edges

    def changes(self, seq: int, phase: Phase) -> Part:
        frame = self._edges if phase.edges else self._nodes
        return in_two(frame.filter(pl.col("seq") == seq, phase.wanted), phase)

    def latest(self, phase: Phase) -> Part:
        state = latest_state(self._nodes, self._edges)
        return in_two((state.edges if phase.edges else state.nodes).with_columns(op=pl.lit("create")), phase)

    def seqs(self, after: int) -> list[int]:
        return sorted({seq for frame in (self._nodes, self._edges) for seq in frame["seq"] if seq > after})

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
