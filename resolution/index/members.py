"""Which records stand behind a node, and the entity that each was given."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

_COLUMNS: Final = ("record_id", "node", "entity_id", "probability", "weight")


@dataclass(frozen=True, slots=True)
class Assignment:
    """`weight`: of the record's strongest link in its cluster (bits), None for a record alone."""

    record_id: str
    entity_id: str
    probability: float
    weight: float | None


class Members:
    """Records by node, node by record, entity by node; those of a run in sorted lists, changes beside them."""

    def __init__(self, size: int, members: pl.DataFrame) -> None:
        self.frame = members if members["record_id"].is_sorted() else members.sort("record_id")
        self._ids: list[str] = self.frame["record_id"].to_list()
        self._nodes = self.frame["node"].to_numpy()
        self._order = np.argsort(self._nodes, kind="stable")
        self._starts = np.searchsorted(self._nodes[self._order], np.arange(size + 1)).astype(np.int64)
        # All records of a node are of one entity, so the first one's is the node's.
        self._entities = self.frame["entity_id"].gather(self._order[self._starts[:-1]])
        self._node: dict[str, int | None] = {}
        self._changed: dict[int, list[str]] = {}
        self._given: dict[int, str] = {}

    def __contains__(self, record_id: str) -> bool:
        return self._find(record_id) is not None

    def node(self, record_id: str) -> int:
        """Raises `KeyError`."""
        node = self._find(record_id)
        if node is None:
            raise KeyError(record_id)
        return node

    def _find(self, record_id: str) -> int | None:
        if record_id in self._node:
            return self._node[record_id]
        place = bisect_left(self._ids, record_id)
        return int(self._nodes[place]) if place < len(self._ids) and self._ids[place] == record_id else None

    def records(self, node: int) -> list[str]:
        """In their order; not to be changed."""
        changed = self._changed.get(node)
        if changed is not None:
            return changed
        low, high = self._starts[node : node + 2].tolist()
        return [self._ids[place] for place in self._order[low:high].tolist()]

    def entity(self, node: int) -> str | None:
        """None for a node that no run has seen."""
        given = self._given.get(node)
        if given is not None:
            return given
        return self._entities[node] if node < len(self._entities) else None

    def add(self, record_id: str, node: int) -> None:
        records = self.records(node) if node in self._changed or node < len(self._entities) else []
        self._changed[node] = sorted([*records, record_id])
        self._node[record_id] = node

    def remove(self, record_id: str) -> int:
        """The node that the record was of."""
        node = self.node(record_id)
        self._node[record_id] = None
        self._changed[node] = [other for other in self.records(node) if other != record_id]
        return node

    def give(self, node: int, entity_id: str) -> None:
        self._given[node] = entity_id

    def entities(self) -> Iterable[str]:
        """The entities that the run left."""
        return self._entities.unique()

    def current(self, weights: Mapping[int, float | None], gone: Collection[int]) -> pl.DataFrame:
        """record_id, node, entity_id, probability, weight of every record; `weights` of the nodes that were touched."""
        touched = {*weights, *self._changed, *gone}
        kept = self.frame.filter(~pl.col("node").is_in(list(touched)))
        rows = [
            (name, node, self.entity(node), probability(weight), weight)
            for node, weight in sorted(weights.items())
            if node not in gone
            for name in self.records(node)
        ]
        since = pl.DataFrame(rows, schema=kept.select(_COLUMNS).schema, orient="row")
        return pl.concat([kept.select(_COLUMNS), since]).sort("record_id")


def probability(weight: float | None) -> float:
    """Of a match weight in bits; a record without any link in its cluster is certain to be itself."""
    return 1.0 if weight is None else 1 / (1 + 2.0**-weight)
