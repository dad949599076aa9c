"""Clusters by greedy additive edge contraction, with cannot-link.

The objective is correlation clustering: maximise the summed weight of the pairs inside clusters, where a pair's weight
is its match weight less the threshold. Pairs below the threshold count against a cluster, so a weak link between two
groups that otherwise disagree is cut. The two clusters with the greatest summed weight between them are contracted
first, until no positive sum is left (Keuper et al. 2015, "Efficient decomposition of image and mesh graphs by lifted
multicuts", algorithm 1). Two clusters that hold two different cannot-link values (two valid citizen ids) are never
contracted, whatever the sum.

Components without any negative pair and without conflicting values, the great majority, are clusters at once.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

Pair = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Clustering:
    """`labels[node]` is the smallest node of its cluster; the counts say what the protection did."""

    labels: list[int]
    contested_components: int
    refused_contractions: int
    dropped_links: int


def cluster(size: int, pairs: Sequence[Pair], *, exclusive: Sequence[str | None]) -> Clustering:
    """Cluster nodes 0 … size-1.

    `pairs` are (node, node, weight above the threshold), each unordered pair once. `exclusive[node]` is a value that
    only one entity can have, or None: no cluster holds two different ones.
    """
    labels = _components(size, pairs)
    contested = _contested(labels, pairs, exclusive)
    inside: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        root = labels[pair[0]]
        if root in contested and labels[pair[1]] == root:
            inside[root].append(pair)
    members: dict[int, list[int]] = defaultdict(list)
    for node, root in enumerate(labels):
        if root in contested:
            members[root].append(node)
    refused = dropped = 0
    for root in sorted(contested):
        contraction = _Contraction(members[root], inside[root], exclusive)
        contraction.run()
        refused += contraction.refused
        for node, label in contraction.labels().items():
            labels[node] = label
        dropped += sum(1 for a, b, weight in inside[root] if weight > 0 and labels[a] != labels[b])
    return Clustering(labels, len(contested), refused, dropped)


def _components(size: int, pairs: Sequence[Pair]) -> list[int]:
    parent = list(range(size))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b, weight in pairs:
        if weight > 0:
            x, y = find(a), find(b)
            if x != y:
                parent[max(x, y)] = min(x, y)
    return [find(node) for node in range(size)]


def _contested(labels: Sequence[int], pairs: Sequence[Pair], exclusive: Sequence[str | None]) -> set[int]:
    contested = {labels[a] for a, b, weight in pairs if weight <= 0 and labels[a] == labels[b]}
    held: dict[int, str] = {}
    for root, value in zip(labels, exclusive, strict=True):
        if value is not None and held.setdefault(root, value) != value:
            contested.add(root)
    return contested


class _Contraction:
    """One component. Every choice is by (sum, smallest nodes), so the order of the input does not matter."""

    def __init__(self, members: Sequence[int], pairs: Sequence[Pair], exclusive: Sequence[str | None]) -> None:
        self.parent = {node: node for node in members}
        self.least = {node: node for node in members}
        self.value = {node: exclusive[node] for node in members}
        self.near: dict[int, dict[int, float]] = {node: {} for node in members}
        for a, b, weight in sorted(pairs):
            self.near[a][b] = self.near[a].get(b, 0.0) + weight
            self.near[b][a] = self.near[a][b]
        self.heap = [
            (-weight, a, b) for a, others in self.near.items() for b, weight in others.items() if a < b and weight > 0
        ]
        heapq.heapify(self.heap)
        self.refused = 0

    def run(self) -> None:
        while self.heap:
            negative, x, y = heapq.heappop(self.heap)
            if x not in self.near or self.near[x].get(y) != -negative:
                continue  # contracted or re-weighted since it was pushed
            if self.value[x] is not None and self.value[y] is not None and self.value[x] != self.value[y]:
                self.refused += 1
                del self.near[x][y], self.near[y][x]
                continue
            self._contract(x, y)

    def _contract(self, x: int, y: int) -> None:
        keep, gone = (x, y) if (len(self.near[x]), -self.least[x]) >= (len(self.near[y]), -self.least[y]) else (y, x)
        self.parent[gone] = keep
        self.least[keep] = min(self.least[keep], self.least[gone])
        if self.value[keep] is None:
            self.value[keep] = self.value[gone]
        others = self.near.pop(gone)
        del self.near[keep][gone]
        for other in sorted(others):
            if other == keep:
                continue
            weight = self.near[keep].get(other, 0.0) + others[other]
            del self.near[other][gone]
            self.near[keep][other] = self.near[other][keep] = weight
            if weight > 0:
                heapq.heappush(self.heap, (-weight, min(keep, other), max(keep, other)))

    def labels(self) -> dict[int, int]:
        result = {}
        for node in self.parent:
            root = node
            while self.parent[root] != root:
                root = self.parent[root]
            result[node] = self.least[root]
        return result
