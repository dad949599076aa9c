"""The contraction of one component of links."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

Pair = tuple[int, int, float]


class Contraction:
    """Nodes are numbers 0 … n-1; ties are broken by them, and nothing depends on the order of the pairs.

    `near[x][y]` is the sum over the scored pairs between clusters x and y of weight + `absent`, so that the gain of
    joining them, with `absent` against each pair that was not scored, is near[x][y] - absent · size[x] · size[y].
    """

    __slots__ = (
        "absent",
        "heap",
        "judgements_refused",
        "links",
        "near",
        "never",
        "parent",
        "refused",
        "size",
        "values",
    )

    def __init__(self, exclusive: Sequence[int], pairs: Sequence[Pair], absent: float) -> None:
        """`exclusive[node]` is the number of a value, -1 for none; `pairs` have sorted nodes."""
        nodes = range(len(exclusive))
        self.absent = absent
        self.parent = list(nodes)
        self.size = [1] * len(exclusive)
        self.values = [frozenset((value,)) if value >= 0 else frozenset() for value in exclusive]
        self.never: dict[int, set[int]] = {}
        self.links = [(x, y) for x, y, weight in pairs if weight > 0]
        self.near: list[dict[int, float]] = [{} for _ in nodes]
        for x, y, weight in pairs:
            self.near[x][y] = self.near[y][x] = self.near[x].get(y, 0.0) + weight + absent
        self.heap: list[tuple[float, int, int]] = []
        self.refused = self.judgements_refused = 0

    def judge(self, together: Sequence[tuple[int, int]], apart: Sequence[tuple[int, int]]) -> None:
        """Human noes bind; then yeses are contracted, those with the most evidence first."""
        for x, y in apart:
            self.never.setdefault(x, set()).add(y)
            self.never.setdefault(y, set()).add(x)
        evidence = {(x, y): self.near[x].get(y, 0.0) for x, y in together}
        for pair in sorted(evidence, key=lambda pair: (-evidence[pair], pair)):
            x, y = (self.root(node) for node in pair)
            if y in self.never.get(x, ()):
                self.judgements_refused += 1
            elif x != y:
                self._join(x, y)

    def run(self) -> None:
        """Contract until no two clusters gain by it."""
        self.heap = [
            (-total, x, y) for x, others in enumerate(self.near) for y, total in others.items() if x < y and total > 0
        ]
        heapq.heapify(self.heap)
        while self.heap:
            negative, x, y = heapq.heappop(self.heap)
            if self.near[x].get(y) != -negative:
                continue  # contracted or summed anew since it was pushed
            if -negative <= self.absent * self.size[x] * self.size[y]:
                continue  # is pushed again when its sum grows
            if self.may_join(x, y):
                self._join(x, y)
            else:
                self.refused += 1

    def may_join(self, x: int, y: int) -> bool:
        ours, theirs = self.values[x], self.values[y]
        if ours and theirs and not (ours <= theirs or theirs <= ours):
            return False
        return y not in self.never.get(x, ())

    def root(self, node: int) -> int:
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def labels(self) -> list[int]:
        """The cluster of each node, named by one of its nodes."""
        return [self.root(node) for node in range(len(self.parent))]

    def bridges(self) -> int:
        """The pairs of clusters that a link joins and evidence keeps apart."""
        roots = self.labels()
        between = {(min(roots[x], roots[y]), max(roots[x], roots[y])) for x, y in self.links if roots[x] != roots[y]}
        return sum(1 for x, y in between if self.may_join(x, y))

    def _join(self, x: int, y: int) -> None:
        """The cluster with the fewer neighbours goes into the other, so that no sum is moved too often."""
        keep, gone = (x, y) if (len(self.near[x]), -x) >= (len(self.near[y]), -y) else (y, x)
        self.parent[gone] = keep
        self.size[keep] += self.size[gone]
        self.values[keep] |= self.values[gone]
        for other in self.never.pop(gone, ()):
            self.never[other].discard(gone)
            self.never[other].add(keep)
            self.never.setdefault(keep, set()).add(other)
        mine, others = self.near[keep], self.near[gone]
        self.near[gone] = {}
        mine.pop(gone, None)
        others.pop(keep, None)
        for other, moved in others.items():
            theirs = self.near[other]
            del theirs[gone]
            total = mine.get(other, 0.0) + moved
            mine[other] = theirs[keep] = total
            if total > 0:
                heapq.heappush(self.heap, (-total, min(keep, other), max(keep, other)))
