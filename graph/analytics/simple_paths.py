"""The best simple paths between two nodes of a small graph that is held in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush

Neighbours = Mapping[str, Collection[str]]
"""Node → the nodes that it is joined to; each of two such nodes names the other."""

_WORK = 200_000  # partial paths, about half a second


@dataclass(frozen=True, slots=True)
class Ranked:
    """`paths`: node ids from end to end, the best first. `complete`: whether no better one was left out."""

    paths: list[tuple[str, ...]]
    complete: bool


def between(graph: Neighbours, source: str, target: str, longest: int) -> set[str]:
    """The nodes that lie on a walk of at most `longest` steps from `source` to `target`."""
    ahead, back = _distances(graph, source, longest), _distances(graph, target, longest)
    return {node for node, steps in ahead.items() if steps + back.get(node, longest + 1) <= longest}


def best_paths(
    graph: Neighbours,
    source: str,
    target: str,
    weights: Mapping[str, int],
    *,
    longest: int,
    limit: int,
    shortest: bool = False,
    work: int = _WORK,
) -> Ranked:
    """At most `limit` paths that repeat no node, by length, then by the summed weight of inner nodes, then by ids.

    `shortest`: only those of the least length. `weights` are not negative and may lack nodes that are not `between`
    the ends. For each length an A* search over partial paths: the weight of the lightest walk that could complete one
    never exceeds what completing it costs, so paths come out in their order and the search ends at the limit.
    """
    inside = between(graph, source, target, longest)
    if source == target or target not in inside:
        return Ranked([], complete=True)
    near = {node: [other for other in graph[node] if other in inside] for node in inside}
    rest = _lightest(near, source, target, weights, longest)
    found: list[tuple[str, ...]] = []
    for hops in range(1, longest + 1):
        if source not in rest[hops]:
            continue
        work, more = _of_length(near, source, rest[: hops + 1], weights, limit - len(found), work)
        found += more
        if len(found) == limit or work <= 0 or (shortest and found):
            break
    return Ranked(found, complete=work > 0)


def _distances(graph: Neighbours, start: str, longest: int) -> dict[str, int]:
    steps = {start: 0}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if steps[node] == longest:
            break
        for other in graph.get(node, ()):
            if other not in steps:
                steps[other] = steps[node] + 1
                queue.append(other)
    return steps


def _lightest(
    near: Neighbours, source: str, target: str, weights: Mapping[str, int], longest: int
) -> list[dict[str, int]]:
    """For each number of steps: node → weight of the inner nodes after it on the lightest walk of so many steps."""
    rest: list[dict[str, int]] = [{target: 0}]
    for _ in range(longest):
        light: dict[str, int] = {}
        for node, weight in rest[-1].items():
            if node == source:
                continue  # no path comes back to where it began
            through = weight + (0 if node == target else weights[node])
            for other in near[node]:
                if other != target and through < light.get(other, through + 1):
                    light[other] = through
        rest.append(light)
    return rest


def _of_length(
    near: Neighbours,
    source: str,
    rest: list[dict[str, int]],
    weights: Mapping[str, int],
    limit: int,
    work: int,
) -> tuple[int, list[tuple[str, ...]]]:
    """The work that is left, and the best paths of exactly `len(rest) - 1` steps."""
    hops = len(rest) - 1
    found: list[tuple[str, ...]] = []
    heap: list[tuple[int, tuple[str, ...], int]] = [(rest[hops][source], (source,), 0)]
    while heap and len(found) < limit and work > 0:
        _, path, spent = heappop(heap)
        left = hops - len(path)  # after the next step
        if left < 0:
            found.append(path)
            continue
        for other in near[path[-1]]:
            remaining = rest[left].get(other)
            if remaining is None or other in path:
                continue
            weight = spent + (weights[other] if left else 0)
            heappush(heap, (weight + remaining, (*path, other), weight))
            work -= 1
    return work, found
