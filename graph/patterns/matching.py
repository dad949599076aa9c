"""Patterns as Cypher: begun at the node that an index finds the fewest of, then edge by edge.

Two nodes of a pattern are two objects: nobody is his own neighbour. What a pattern would cost is estimated before it
runs, as the number of relations that it would commonly follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.errors import QueryTooComplex
from graph.filters import Compiler
from graph.filters.anchors import Anchor, best
from graph.filters.values import Blind
from graph.patterns.model import Pattern, PatternEdge, PatternNode
from graph.reads.follow import edge_of
from graph.reads.model import Edge, Node, node_of
from graph.reads.pages import size
from graph.reads.relations import pattern as arrow
from graph.reads.relations import pattern_back
from graph.store import GraphStore

MAX_COST: Final = 300_000
"""Relations that one pattern may be expected to follow: some seconds on the embedded server."""
# Nodes that an anchor commonly finds, by its rank; beyond the last it is the whole label.
_FOUND: Final = ((0, 1), (1, 3), (3, 30), (25, 2_000))


@dataclass(frozen=True, slots=True)
class Match:
    """One way to find the pattern: nodes and relations by the names and positions of the pattern.

    A link that passes through several places has no relation of its own: None.
    """

    nodes: dict[str, Node]
    edges: tuple[Edge | None, ...]


def match(store: GraphStore, pattern: Pattern, *, as_of: date, blind: Blind, limit: int, skip: int = 0) -> list[Match]:
    """At most `limit` matches after the first `skip`, in a stable order.

    Raises `QueryTooComplex` when the pattern would read too much of the graph.
    """
    if (cost := estimate(store, pattern)) > MAX_COST:
        raise QueryTooComplex(
            f"图样预计要走 {cost:,.0f} 条关系，超过 {MAX_COST:,}",
            remedy="请给图样里的一个点加上编号、姓名、标签或所在小区这样的条件。",
        )
    text, params = statement(pattern, as_of, blind)
    rows = store.read(text, **params, skip=skip, limit=limit)
    return [_match(pattern, row) for row in rows]


def estimate(store: GraphStore, pattern: Pattern) -> float:
    """Relations that matching would commonly follow, from the sizes of labels and the usual numbers of links."""
    start, anchor = _start(pattern)
    rows = _beginning(store, start, anchor)
    cost = rows
    for edge, forward, closing in _steps(pattern, start.name):
        expected = edge.link.expect if forward else _back(store, pattern, edge)
        cost += rows * expected
        rows *= min(1.0, expected) if closing else max(1.0, expected)
    return cost


def statement(pattern: Pattern, as_of: date, blind: Blind) -> tuple[str, dict[str, Any]]:
    """The Cypher of a pattern, which takes `skip` and `limit`, and its other parameters."""
    compiler = Compiler(as_of, blind)
    variables = {node.name: f"n{number}" for number, node in enumerate(pattern.nodes)}
    relations = {id(edge): f"e{number}" for number, edge in enumerate(pattern.edges)}
    start, anchor = _start(pattern)
    first = variables[start.name]
    parts = [compiler.begin(start.label, start.condition, anchor, first, first)]
    bound = [start.name]
    carried = [first]
    for edge, forward, closing in _steps(pattern, start.name):
        relation = relations[id(edge)]
        a, b = variables[edge.start], variables[edge.end]
        new = pattern.node(edge.end if forward else edge.start)
        asked = [compiler.edge(edge.link, edge.asked, relation, a)]
        if closing:
            path = arrow(edge.link, a, b, relation, only=pattern.node(edge.end).label)
        else:
            label = f"{variables[new.name]}:{new.label}"
            path = (
                arrow(edge.link, a, b, relation, only=new.label)
                if forward
                else pattern_back(edge.link, label, b, relation)
            )
            others = (variables[name] for name in bound if pattern.node(name).label == new.label)
            asked += [f"{variables[new.name]} <> {other}" for other in others]
            asked.append(compiler.where(new.condition, variables[new.name], variables[new.name]))
            bound.append(new.name)
            carried.append(variables[new.name])
        where = " AND ".join(f"({text})" for text in asked if text)
        parts.append(f"MATCH {path}{f' WHERE {where}' if where else ''}")
        carried += [relation] if edge.link.has_edge else []
        # A place that is reached over several relations is found once for each way.
        parts.append("" if edge.link.has_edge else f"WITH DISTINCT {', '.join(carried)}")
    returned = [f"properties({variables[node.name]}) AS {variables[node.name]}" for node in pattern.nodes]
    for edge in pattern.edges:
        if edge.link.has_edge:
            relation, a = relations[id(edge)], variables[edge.start]
            outgoing = f", startNode({relation}).id = {a}.id AS {relation}_out" if edge.link.both else ""
            returned.append(f"properties({relation}) AS {relation}{outgoing}")
    order = ", ".join(f"{variables[node.name]}.id" for node in pattern.nodes)
    page = f"WITH {', '.join(carried)} ORDER BY {order} SKIP $skip LIMIT $limit RETURN {', '.join(returned)}"
    return " ".join([*(part for part in parts if part), page]), compiler.params


def _steps(pattern: Pattern, start: str) -> Iterator[tuple[PatternEdge, bool, bool]]:
    """The edges in the order in which they are followed: (edge, from its start, both ends known already)."""
    bound, left = {start}, list(pattern.edges)
    while left:
        closing = next((edge for edge in left if {edge.start, edge.end} <= bound), None)
        edge = closing or min((edge for edge in left if {edge.start, edge.end} & bound), key=lambda e: e.link.expect)
        left.remove(edge)
        yield edge, edge.start in bound, closing is not None
        bound |= {edge.start, edge.end}


def _start(pattern: Pattern) -> tuple[PatternNode, Anchor]:
    ranked = [(best(node.label, node.condition), node) for node in pattern.nodes]
    anchor, node = min(ranked, key=lambda pair: pair[0].rank)
    return node, anchor


def _beginning(store: GraphStore, node: PatternNode, anchor: Anchor) -> float:
    found = next((number for rank, number in _FOUND if anchor.rank <= rank), None)
    return float(min(found, size(store, node.label)) if found else size(store, node.label))


def _back(store: GraphStore, pattern: Pattern, edge: PatternEdge) -> float:
    """How many of the start's kind one object at the end of a link commonly has."""
    starts, ends = size(store, edge.link.source), size(store, pattern.node(edge.end).label)
    return edge.link.expect * starts / max(1, ends)


def _match(pattern: Pattern, row: dict[str, Any]) -> Match:
    nodes = {node.name: node_of(node.label, row[f"n{number}"]) for number, node in enumerate(pattern.nodes)}
    edges = tuple(
        edge_of(edge.link, row.get(f"e{number}"), *([row[f"e{number}_out"]] if f"e{number}_out" in row else []))
        for number, edge in enumerate(pattern.edges)
    )
    return Match(nodes, edges)
