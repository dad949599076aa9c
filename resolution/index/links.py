"""The components of links between nodes, each with its nodes and the pairs among them.

Evidence acts within a component only: links are the pairs above the threshold, and what people judged to be one unites
components too. Components may be coarser than the links that are left after something was withdrawn, never finer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolution.clusters.components import components

Pair = tuple[int, int, float]
_NOWHERE: Final = -1


@dataclass(slots=True)
class Component:
    """Node numbers, and pairs (a < b, weight in bits, prior included) among them."""

    nodes: list[int]
    pairs: list[Pair]


class Links:
    """Components by the number of one of their nodes, the root. Those of a run are read from arrays when asked for."""

    def __init__(self, size: int, pairs: pl.DataFrame, threshold: float) -> None:
        a, b, weight = (pairs[name].to_numpy() for name in ("a", "b", "weight"))
        link = weight > threshold
        self._root = components(size, a[link], b[link])
        inside = np.flatnonzero(self._root[a] == self._root[b])
        self.elsewhere = pairs[np.flatnonzero(self._root[a] != self._root[b])]
        order = inside[np.argsort(self._root[a[inside]], kind="stable")]
        self._pairs = a[order], b[order], weight[order]
        self._pair_bounds = _bounds(self._root[a[order]])
        self._nodes = np.argsort(self._root, kind="stable")
        self._node_bounds = _bounds(self._root[self._nodes])
        self._moved: dict[int, int] = {}
        self._changed: dict[int, Component] = {}

    def root(self, node: int) -> int:
        moved = self._moved.get(node)
        return int(self._root[node]) if moved is None else moved

    def __getitem__(self, root: int) -> Component:
        """A changed component is the one kept, another a copy."""
        changed = self._changed.get(root)
        if changed is not None:
            return changed
        low, high = _slice(self._node_bounds, root)
        nodes: list[int] = self._nodes[low:high].tolist()
        low, high = _slice(self._pair_bounds, root) if len(nodes) > 1 else (0, 0)
        columns = (column[low:high].tolist() for column in self._pairs)
        return Component(nodes, list(zip(*columns, strict=True)))

    def put(self, component: Component) -> int:
        """Keep a component in place of those that its nodes were in; returns its root."""
        root = min(component.nodes)
        for node in component.nodes:
            if node < len(self._root) or node in self._moved:
                self._changed.pop(self.root(node), None)
            self._moved[node] = root
        self._changed[root] = component
        return root

    def without(self, node: int) -> int | None:
        """Take a node and its pairs out; returns a node that is left of its component, None where none is."""
        old = self[self.root(node)]
        self._changed.pop(self.root(node), None)
        self._moved[node] = _NOWHERE
        left = [other for other in old.nodes if other != node]
        if not left:
            return None
        self.put(Component(left, [pair for pair in old.pairs if node not in pair[:2]]))
        return left[0]

    def roots(self, size: int) -> NDArray[np.int64]:
        """The root of each of the nodes 0 … size-1."""
        roots = np.concatenate([self._root, np.full(size - len(self._root), _NOWHERE, dtype=np.int64)])
        roots[list(self._moved)] = list(self._moved.values())
        return roots

    def pairs(self) -> pl.DataFrame:
        """All pairs inside components, now: a, b, weight."""
        moved = np.zeros(len(self._root), dtype=np.bool_)
        moved[[node for node in self._moved if node < len(moved)]] = True
        a, b, weight = self._pairs
        kept = ~moved[a] & ~moved[b]
        since = [pair for component in self._changed.values() for pair in component.pairs]
        schema = {"a": pl.Int32, "b": pl.Int32, "weight": pl.Float64}
        base = pl.DataFrame({"a": a[kept], "b": b[kept], "weight": weight[kept]}, schema=schema)
        return pl.concat([base, pl.DataFrame(since, schema=schema, orient="row")])


def _bounds(roots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct roots of a sorted array, and where each begins (with the end behind the last)."""
    starts = np.flatnonzero(np.concatenate([[True], roots[1:] != roots[:-1]])) if len(roots) else np.empty(0, np.int64)
    return roots[starts], np.append(starts, len(roots))


def _slice(bounds: tuple[NDArray[np.int64], NDArray[np.int64]], root: int) -> tuple[int, int]:
    roots, starts = bounds
    place = int(np.searchsorted(roots, root))
    if place == len(roots) or roots[place] != root:
        return 0, 0
    return int(starts[place]), int(starts[place + 1])
