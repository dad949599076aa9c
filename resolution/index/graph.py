"""The pair graph, kept a function of its nodes while nodes come and go.

Two nodes are a pair when they share a live blocking key, one that no more nodes share than the limit; the pair's weight
is the frozen model's. A key that grows over the limit withdraws the pairs that only it brought together, and one that
shrinks back brings them again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations

import polars as pl

from resolution.index.keys import KeyIndex
from resolution.index.links import Component, Links, Pair
from resolution.index.nodes import NodeTable, Row
from resolution.index.scorer import Scorer

Scored = list[tuple[int, float]]


class PairGraph:
    """Every method that changes the graph returns a node of each component that must be contracted anew."""

    def __init__(
        self,
        table: NodeTable,
        keys: KeyIndex,
        scorer: Scorer,
        pairs: pl.DataFrame,
        *,
        threshold: float,
        limit: int,
    ) -> None:
        self.table = table
        self.keys = keys
        self.gone: set[int] = set()
        self.links = Links(len(table), pairs, threshold)
        self._weight = scorer.weight
        self._threshold = threshold
        self._limit = limit
        self._between: dict[tuple[int, int], float] = {}

    def same(self, row: Row, whole: int | None) -> list[int]:
        """The nodes alike in every plain column, where the row has an identifier."""
        if whole is None:
            return []
        return [node for node in self.keys.find([whole])[0] if self.keys.alike(self.table[node], row)]

    def prefetch(self, keys: Sequence[Sequence[int]]) -> None:
        """Read at once what inserting rows with these keys will ask for."""
        every = list({digest for digests in keys for digest in digests})
        self.keys.prefetch(every)
        found = self.keys.find(every)
        near = {node for nodes in found if len(nodes) <= self._limit for node in nodes}
        self.table.fetch(near)
        roots = {self.links.root(node) for node in near}
        self.table.fetch(node for root in roots for node in self.links[root].nodes)

    def preview(self, row: Row, digests: Sequence[int], without: int | None) -> tuple[Scored, Component]:
        """What a node of this row would be paired with, and its component; it has the number `len(table)`."""
        found = [[node for node in nodes if node != without] for nodes in self.keys.find(digests)]
        scored = self._scored(row, (nodes for nodes in found if len(nodes) < self._limit))
        return scored, self._joined(len(self.table), scored, frozenset(digests), without)

    def insert(self, row: Row, digests: Sequence[int], whole: int | None) -> tuple[int, set[int]]:
        """A new node; `whole` is the key by which `same` finds it."""
        found = self.keys.find(digests)
        node = self.table.add(row)
        self.keys.add(node, digests if whole is None else [*digests, whole])
        dirty: set[int] = set()
        for nodes in found:
            if len(nodes) == self._limit:
                dirty |= self._withdraw(nodes)
        scored = self._scored(row, (nodes for nodes in found if len(nodes) < self._limit))
        component = self._joined(node, scored)
        self.links.put(component)
        inside = set(component.nodes)
        self._between |= {(other, node): weight for other, weight in scored if other not in inside}
        return node, dirty | {node}

    def remove(self, node: int) -> set[int]:
        """Take a node out for good."""
        [(digests, _)] = self.keys.digests([self.table[node]])
        self.keys.remove(node)
        self.gone.add(node)
        left = self.links.without(node)
        dirty = set() if left is None else {left}
        for nodes in self.keys.find(digests):
            if len(nodes) == self._limit:
                dirty |= self._revive(nodes)
        return dirty

    def unite(self, a: int, b: int) -> set[int]:
        """Bring two nodes into one component, for a reason beside the pairs."""
        self._merge([self.links.root(a), self.links.root(b)])
        return {a}

    def pairs(self) -> pl.DataFrame:
        """All pairs: a, b (a < b), weight."""
        inside = self.links.pairs()
        roots = pl.Series(self.links.roots(len(self.table)))
        since = [(a, b, weight) for (a, b), weight in self._between.items()]
        since_frame = pl.DataFrame(since, schema=inside.schema, orient="row")
        between = pl.concat([self.links.elsewhere.select(inside.columns).cast(inside.schema), since_frame])
        alive = (roots.gather(between["a"]) >= 0) & (roots.gather(between["b"]) >= 0)
        apart = roots.gather(between["a"]) != roots.gather(between["b"])
        return pl.concat([inside, between.filter(alive & apart)]).unique(["a", "b"]).sort("a", "b")

    def _scored(self, row: Row, blocks: Iterable[Sequence[int]]) -> Scored:
        weight, table = self._weight, self.table
        return [(node, weight(table[node], row)) for node in sorted({node for nodes in blocks for node in nodes})]

    def _joined(self, node: int, scored: Scored, also: Collection[int] = (), without: int | None = None) -> Component:
        """A new node with the components that its links reach; `also` are keys that it has and the index does not."""
        roots = {self.links.root(other) for other, weight in scored if weight > self._threshold}
        merged = self._merged(sorted(roots), also)
        reached = set(merged.nodes)
        pairs = merged.pairs + [(other, node, weight) for other, weight in scored if other in reached]
        if without in reached:
            return Component(
                [other for other in merged.nodes if other != without] + [node],
                [pair for pair in pairs if without not in pair[:2]],
            )
        return Component([*merged.nodes, node], pairs)

    def _merge(self, roots: Sequence[int]) -> None:
        if len(set(roots)) > 1:
            self.links.put(self._merged(sorted(set(roots)), ()))

    def _merged(self, roots: Sequence[int], also: Collection[int]) -> Component:
        """Components as one, with the pairs between them, which are not kept while they are apart."""
        parts = [self.links[root] for root in roots]
        nodes = [node for part in parts for node in part.nodes]
        pairs = [pair for part in parts for pair in part.pairs]
        if len(parts) > 1:
            part_of = {node: number for number, part in enumerate(parts) for node in part.nodes}
            meeting = self._meeting(nodes, lambda a, b: part_of[a] != part_of[b], also)
            pairs += [(a, b, self._weight(self.table[a], self.table[b])) for a, b in sorted(meeting)]
        return Component(nodes, pairs)

    def _meeting(
        self, nodes: Sequence[int], wanted: Callable[[int, int], bool], also: Collection[int] = ()
    ) -> set[tuple[int, int]]:
        """The pairs (a < b) among `nodes` that share a live key, as far as they are wanted."""
        self.table.fetch(nodes)
        by_key: dict[int, list[int]] = {}
        for node, (digests, _) in zip(nodes, self.keys.digests([self.table[node] for node in nodes]), strict=True):
            for digest in digests:
                by_key.setdefault(digest, []).append(node)
        shared = {
            digest: pairs
            for digest, holders in by_key.items()
            if len(holders) > 1
            if (pairs := {(min(a, b), max(a, b)) for a, b in combinations(holders, 2) if wanted(a, b)})
        }
        found: set[tuple[int, int]] = set()
        for digest, block in zip(shared, self.keys.find(list(shared)), strict=True):
            if len(block) + (digest in also) <= self._limit:
                found |= shared[digest]
        return found

    def _withdraw(self, block: Sequence[int]) -> set[int]:
        """The key of `block` has just become too common: what no other key brings together is no pair any more."""
        held = set(block)
        meeting = self._meeting(block, lambda a, b: True)
        dirty: set[int] = set()

        def stays(pair: tuple[int, int]) -> bool:
            return pair in meeting or not (pair[0] in held and pair[1] in held)

        for root in {self.links.root(node) for node in block}:
            component = self.links[root]
            kept = [pair for pair in component.pairs if stays(pair[:2])]
            if len(kept) < len(component.pairs):
                dirty.add(component.nodes[0])
                self.links.put(Component(component.nodes, kept))
        self._between = {pair: weight for pair, weight in self._between.items() if stays(pair)}
        between = self.links.elsewhere
        touched = between["a"].is_in(block) & between["b"].is_in(block)
        if touched.any():
            lost = [not stays(pair) for pair in between.filter(touched).select("a", "b").iter_rows()]
            self.links.elsewhere = pl.concat(
                [between.filter(~touched), between.filter(touched).filter(~pl.Series(lost))]
            )
        return dirty

    def _revive(self, block: Sequence[int]) -> set[int]:
        """The key of `block` is no longer too common: all of it are pairs again."""
        self.table.fetch(block)
        weight, table, links = self._weight, self.table, self.links
        pairs: list[Pair] = [(a, b, weight(table[a], table[b])) for a, b in combinations(sorted(block), 2)]
        dirty: set[int] = set()
        for root in {links.root(node) for node in block}:
            component = links[root]
            known = {pair[:2] for pair in component.pairs}
            inside = set(component.nodes)
            missing = [pair for pair in pairs if pair[0] in inside and pair[1] in inside and pair[:2] not in known]
            if missing:
                dirty.add(links[links.put(Component(component.nodes, component.pairs + missing))].nodes[0])
        for a, b, bits in pairs:
            if links.root(a) != links.root(b):
                if bits > self._threshold:
                    dirty |= self.unite(a, b)
                else:
                    self._between[a, b] = bits
        return dirty
