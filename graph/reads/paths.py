"""How two entities of the graph are connected: the shortest paths, or all simple ones up to a length.

A breadth-first search from both ends, a level of the cheaper side at a time: two statements a level, whatever it
holds, and the same ones on every database. What it came to know is ranked in memory (`graph.analytics.simple_paths`).

Nodes with very many relations are where such a search explodes and where a path says least. Beyond `Bounds.hub` a node
is a place where the two sides may meet, and is not searched from; when `Bounds.work` relations have been followed, the
search ends with what it has, the nodes with the fewest relations having gone first. Either shows in the answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from math import log
from typing import Final

from core.errors import EntityUnknown, QueryInvalid
from graph.analytics.simple_paths import Ranked, best_paths, between
from graph.reads.steps import (
    Allowed,
    Relation,
    checked_types,
    degrees,
    locate,
    may_see,
    neighbours,
    relations_among,
)
from graph.store import GraphStore

MOST_HOPS_SHORTEST: Final = 8
MOST_HOPS_ALL: Final = 5
MOST_PATHS: Final = 50

# Nodes that join what has nothing to do with each other, and the relation that asks for them by leading there.
_CLOSED: Final = {"Record": "DESCRIBES", "Tag": "TAGGED", "Community": "PART_OF", "Street": "PART_OF"}
_TYPICAL_DEGREE: Final = 8
_SCALE: Final = 1_000_000  # weights are whole numbers, so that equal sums are equal


@dataclass(frozen=True, slots=True)
class Bounds:
    """`hub`: a node with more relations is not searched from, unless it is an end. `work`: relations followed in all.

    50,000 relations take about half a second.
    """

    hub: int = 1_000
    work: int = 50_000


@dataclass(frozen=True, slots=True)
class Path:
    """`nodes` from end to end. `relations` in the order of the steps; several may join the same two nodes.

    `score`: the sum of the natural logarithms of the inner nodes' degrees; of two paths of a length the lower one tells
    more.
    """

    nodes: tuple[str, ...]
    relations: tuple[Relation, ...]
    score: float

    @property
    def length(self) -> int:
        return len(self.nodes) - 1


@dataclass(frozen=True, slots=True)
class Paths:
    """`source` and `target` as they are called now, `labels` of them and of every node in the paths.

    `hubs`: id → label of the nodes with so many relations that they were not searched from. `complete`: neither they
    nor the bound on work can have hidden a path.
    """

    source: str
    target: str
    paths: tuple[Path, ...]
    labels: dict[str, str]
    hubs: dict[str, str]
    complete: bool


def paths(
    store: GraphStore,
    source_id: str,
    target_id: str,
    *,
    via: Collection[str] = (),
    shortest: bool = True,
    max_hops: int = MOST_HOPS_ALL,
    limit: int = 10,
    as_of: date | None = None,
    allowed: Allowed | None = None,
    bounds: Bounds = Bounds(),
) -> Paths:
    """At most `limit` paths of at most `max_hops` relations of the types `via` (none given: the telling ones), those
    with the fewest relations first, then those through the least connected nodes.

    Relations are followed in either direction and hold on the day `as_of` (None: ever). Paths lead through no record,
    tag, community or street unless `via` names the relation that leads there, and through no node that `allowed`
    refuses. A merged id stands for the entity that it went into. Raises `EntityUnknown` for an end that does not exist
    or may not be seen, `QueryInvalid` for two ends that are one and for an unknown relation type.
    """
    types = checked_types(via)
    start, end = locate(store, source_id), locate(store, target_id)
    seen = may_see(allowed, dict(found for found in (start, end) if found))
    if start is None or start[0] not in seen:
        raise EntityUnknown("没有找到起点")
    if end is None or end[0] not in seen:
        raise EntityUnknown("没有找到终点")
    source, target = start[0], end[0]
    if source == target:
        raise QueryInvalid("起点和终点是同一个对象", remedy="请给出两个不同的对象；合并过的编号可能指同一个对象。")
    known = _Known(store, types, as_of, allowed, bounds, seen)
    ranked = _search(known, source, target, shortest=shortest, max_hops=max_hops, limit=limit)
    labels = {node: known.labels[node] for path in ranked.paths for node in path}
    joined = _by_ends(relations_among(store, labels, types, as_of))
    return Paths(
        source,
        target,
        tuple(_path(nodes, joined, known.degree) for nodes in ranked.paths),
        {source: seen[source], target: seen[target]} | labels,
        {hub: known.labels[hub] for hub in sorted(known.hubs)},
        complete=ranked.complete and not known.hubs and not known.cut_short,
    )


@dataclass(slots=True)
class _Known:
    """The part of the graph that the search has seen."""

    store: GraphStore
    types: tuple[str, ...]
    as_of: date | None
    allowed: Allowed | None
    bounds: Bounds
    labels: dict[str, str]  # of the nodes that a path may lead through, and of the ends
    graph: dict[str, set[str]] = field(default_factory=dict)
    degree: dict[str, int] = field(default_factory=dict)
    expanded: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    hubs: set[str] = field(default_factory=set)
    ends: frozenset[str] = frozenset()
    work: int = 0
    cut_short: bool = False

    def __post_init__(self) -> None:
        self.ends = frozenset(self.labels)
        self.graph = {end: set() for end in self.ends}

    def measure(self, nodes: Collection[str]) -> None:
        """Learn the degrees of nodes; they do not depend on the day."""
        unknown = {node: self.labels[node] for node in nodes if node not in self.degree}
        self.degree |= degrees(self.store, unknown, self.types)

    def expand(self, nodes: Collection[str]) -> None:
        """Learn the neighbours of nodes, as far as the bounds allow."""
        fresh = [node for node in nodes if node not in self.expanded]
        self.measure(fresh)
        chosen: dict[str, str] = {}
        for node in sorted(fresh, key=lambda one: (self.degree[one], one)):
            if self.degree[node] > self.bounds.hub and node not in self.ends:
                self.hubs.add(node)
            elif self.work + self.degree[node] > self.bounds.work:
                self.cut_short = True
            else:
                self.work += self.degree[node]
                chosen[node] = self.labels[node]
        reached = neighbours(self.store, chosen, self.types, self.as_of)
        self._admit({one.id: one.label for one in reached})
        self.expanded |= chosen.keys()
        for one in reached:
            if one.id in self.labels:
                others = self.graph.setdefault(one.id, set())
                for origin in one.origins:
                    if origin != one.id:
                        others.add(origin)
                        self.graph[origin].add(one.id)

    def _admit(self, reached: dict[str, str]) -> None:
        new = {node: label for node, label in reached.items() if node not in self.labels and node not in self.refused}
        passable = {node: label for node, label in new.items() if label not in _CLOSED or _CLOSED[label] in self.types}
        seen = may_see(self.allowed, passable)
        self.refused |= new.keys() - seen.keys()
        self.labels |= seen


@dataclass(slots=True)
class _Side:
    start: str
    seen: set[str]
    frontier: list[str]

    def advance(self, known: _Known, other: _Side) -> bool:
        """Go one level further; whether the sides have met."""
        known.expand([node for node in self.frontier if node != other.start])
        # Beyond the other end lies no path; what was not expanded leads nowhere yet.
        passed = [node for node in self.frontier if node in known.expanded and node != other.start]
        self.frontier = sorted({found for node in passed for found in known.graph[node]} - self.seen)
        self.seen.update(self.frontier)
        return not other.seen.isdisjoint(self.frontier)

    def exhausted(self, known: _Known) -> bool:
        """Whether everything that can be reached from this end is known, so that the other side has nothing to add."""
        return not self.frontier and self.seen.isdisjoint(known.hubs)

    def cost(self, known: _Known) -> int:
        return sum(known.degree.get(node, _TYPICAL_DEGREE) for node in self.frontier)


def _search(known: _Known, source: str, target: str, *, shortest: bool, max_hops: int, limit: int) -> Ranked:
    sides = _Side(source, {source}, [source]), _Side(target, {target}, [target])
    known.measure(known.ends)
    met = False
    for hops in range(1, max_hops + 1):
        side = min((side for side in sides if side.frontier), key=lambda side: side.cost(known), default=None)
        if side is None:
            break
        met = side.advance(known, sides[side is sides[0]]) or met
        if known.cut_short:
            break
        if side.exhausted(known):
            known.hubs.clear()  # those of the other side hide nothing
            break
        # All paths of so many steps are known now.
        if met and shortest:
            return _ranked(known, source, target, hops, limit, shortest)
        if met and hops < max_hops:
            ranked = _ranked(known, source, target, hops, limit, shortest)
            if len(ranked.paths) == limit:
                return ranked
    return _ranked(known, source, target, max_hops, limit, shortest) if met else Ranked([], complete=True)


def _ranked(known: _Known, source: str, target: str, longest: int, limit: int, shortest: bool) -> Ranked:
    inner = between(known.graph, source, target, longest)
    known.measure(inner)
    weights = {node: round(_SCALE * log(max(known.degree[node], 1))) for node in inner}
    return best_paths(known.graph, source, target, weights, longest=longest, limit=limit, shortest=shortest)


def _by_ends(relations: list[Relation]) -> dict[frozenset[str], list[Relation]]:
    joined: dict[frozenset[str], list[Relation]] = {}
    for relation in relations:
        joined.setdefault(frozenset((relation.source, relation.target)), []).append(relation)
    return joined


def _path(nodes: tuple[str, ...], joined: dict[frozenset[str], list[Relation]], degree: dict[str, int]) -> Path:
    steps = pairwise(nodes)
    score = sum(log(max(degree[node], 1)) for node in nodes[1:-1])
    return Path(nodes, tuple(relation for step in steps for relation in joined[frozenset(step)]), round(score, 3))
