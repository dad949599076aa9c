"""What holds a cluster together and what keeps two apart: strongest trees, widest paths, weakest bridges."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolution.state import State

_WIDEST_SEARCH: Final = 5_000  # nodes; a component that large is no cluster


@dataclass(frozen=True, slots=True)
class Link:
    """Two records (one for each group of records alike) and the weight between them in bits; `cut`: the clustering
    put them into different entities.
    """

    record_a: str
    record_b: str
    weight: float
    cut: bool = False


class Weave:
    """The scored pairs of a state, read around a few nodes at a time."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._threshold = state.decision.threshold

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        pairs = self._state.pairs
        return (
            pairs["a"].cast(pl.Int64).to_numpy(),
            pairs["b"].cast(pl.Int64).to_numpy(),
            pairs["weight"].cast(pl.Float64).to_numpy(),
        )

    def weight(self, x: int, y: int) -> float | None:
        """The weight of a pair, None when no blocking key brought it up."""
        a, b, weight = self._arrays
        found = np.flatnonzero((a == min(x, y)) & (b == max(x, y)))
        return float(weight[found[0]]) if len(found) else None

    def entity_nodes(self, entity_id: str) -> list[int]:
        return sorted(self._state.members.filter(pl.col("entity_id") == entity_id)["node"].unique())

    def inside(self, nodes: Sequence[int]) -> list[tuple[int, int, float]]:
        """The pairs between `nodes`."""
        a, b, weight = self._arrays
        chosen = np.array(nodes, dtype=np.int64)
        found = np.flatnonzero(np.isin(a, chosen))
        found = found[np.isin(b[found], chosen)]
        return list(zip(a[found].tolist(), b[found].tolist(), weight[found].tolist(), strict=True))

    def tree(self, entity_id: str) -> list[Link]:
        """The maximum spanning tree of an entity's pairs, the strongest link first (Kruskal 1956)."""
        nodes = self.entity_nodes(entity_id)
        root = {node: node for node in nodes}

        def find(node: int) -> int:
            while root[node] != node:
                root[node] = root[root[node]]
                node = root[node]
            return node

        kept = []
        for a, b, weight in sorted(self.inside(nodes), key=lambda pair: (-pair[2], pair[0], pair[1])):
            if find(a) != find(b):
                root[find(a)] = find(b)
                kept.append((a, b, weight))
        return self.links(kept)

    def between(self, entity_a: str, entity_b: str) -> tuple[int, float] | None:
        """How many pairs were scored between two entities, and the sum of their weights over the threshold (bits)."""
        ours, theirs = set(self.entity_nodes(entity_a)), set(self.entity_nodes(entity_b))
        across = [w for a, b, w in self.inside(sorted(ours | theirs)) if (a in ours) != (b in ours)]
        return (len(across), sum(w - self._threshold for w in across)) if across else None

    def path(self, x: int, y: int) -> tuple[Link, ...]:
        """The path from `x` to `y` above the threshold whose weakest link is strongest; empty where there is none.

        Of equally strong paths the one with fewer links.
        """
        near = self._neighbourhood(x, y)
        best: dict[int, tuple[float, int]] = {x: (-np.inf, 0)}
        before: dict[int, tuple[int, float]] = {}
        heap: list[tuple[float, int, int]] = [(-np.inf, 0, x)]
        while heap:
            width, steps, node = heapq.heappop(heap)
            if node == y:
                break
            if (width, steps) > best[node]:
                continue
            for other, weight in near[node]:
                reached = (max(width, -weight), steps + 1)
                if reached < best.get(other, (np.inf, 0)):
                    best[other], before[other] = reached, (node, weight)
                    heapq.heappush(heap, (*reached, other))
        if y not in before:
            return ()
        steps_back = []
        node = y
        while node != x:
            previous, weight = before[node]
            steps_back.append((previous, node, weight))
            node = previous
        return tuple(self.links(reversed(steps_back)))

    def _neighbourhood(self, x: int, y: int) -> dict[int, list[tuple[int, float]]]:
        """Links above the threshold around `x`, as far as needed to meet `y`."""
        a, b, weight = self._arrays
        above = np.flatnonzero(weight > self._threshold)
        a, b, weight = a[above], b[above], weight[above]
        reached = np.array([x], dtype=np.int64)
        while True:
            touching = np.isin(a, reached) | np.isin(b, reached)
            grown = np.union1d(np.concatenate([a[touching], b[touching]]), reached)
            if len(grown) == len(reached) or len(grown) > _WIDEST_SEARCH:
                break
            reached = grown
        near: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for left, right, bits in zip(
            a[touching].tolist(), b[touching].tolist(), weight[touching].tolist(), strict=True
        ):
            near[left].append((right, bits))
            near[right].append((left, bits))
        return near

    def links(self, pairs: Iterable[tuple[int, int, float]]) -> list[Link]:
        """Pairs of nodes as links between records, each node by its first record."""
        listed = list(pairs)
        nodes = sorted({node for a, b, _ in listed for node in (a, b)})
        heads = (
            self._state.members.filter(pl.col("node").is_in(nodes))
            .sort("record_id")
            .group_by("node", maintain_order=True)
            .first()
        )
        record = dict(heads.select("node", "record_id").iter_rows())
        entity = dict(heads.select("node", "entity_id").iter_rows())
        return [Link(record[a], record[b], weight, entity[a] != entity[b]) for a, b, weight in listed]
