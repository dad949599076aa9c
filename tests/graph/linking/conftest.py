from __future__ import annotations

import orjson
import polars as pl
import pytest

from graph.linking.inputs import DesiredGraph
from graph.linking.link import link
from tests.graph.linking.town import TownBuilder, little_town


class Linked:
    """A linked town to ask in tests."""

    def __init__(self, town: TownBuilder) -> None:
        self.town = town
        self.graph: DesiredGraph = link(town.inputs())

    def node(self, node_id: str) -> dict:
        (row,) = self.graph.nodes.filter(pl.col("id") == node_id).iter_rows(named=True)
        return orjson.loads(row["props"]) | {"label": row["label"]}

    def ids(self, label: str) -> set[str]:
        return set(self.graph.nodes.filter(pl.col("label") == label)["id"])

    def edges(self, kind: str, *, from_id: str | None = None, to_id: str | None = None) -> list[dict]:
        rows = self.graph.edges.filter(pl.col("type") == kind)
        if from_id:
            rows = rows.filter(pl.col("from_id") == from_id)
        if to_id:
            rows = rows.filter(pl.col("to_id") == to_id)
        return [row | orjson.loads(row["props"]) for row in rows.iter_rows(named=True)]

    def place(self, label: str, name: str) -> str:
        found = [
            row["id"]
            for row in self.graph.nodes.filter(pl.col("label") == label).iter_rows(named=True)
            if orjson.loads(row["props"])["name"] == name
        ]
        assert len(found) == 1, f"{label} {name}: {len(found)}"
        return found[0]


@pytest.fixture(scope="module")
def linked() -> Linked:
    return Linked(little_town())
