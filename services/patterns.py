"""Graph patterns as one reader may ask and see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from governance.access import AccessContext
from graph import patterns
from graph.patterns.model import EdgeInput, NodeInput, Pattern
from services.app import App
from services.browse import blind_of
from services.days import asked_day
from services.lookup import view_of
from services.network import Subgraph, subgraph
from services.permitted import permitted
from services.views import Linked, View

__all__ = [
    "EdgeInput",
    "NodeInput",
    "PatternCell",
    "PatternFound",
    "PatternRelation",
    "PatternRow",
    "Subgraph",
    "drawn",
    "match_pattern",
]


@dataclass(frozen=True, slots=True)
class PatternCell:
    """A node of a match under its name in the pattern."""

    name: str
    node: View


@dataclass(frozen=True, slots=True)
class PatternRelation:
    """A relation of a match; `relation` holds its dates, sources and role, and the node that it leads to."""

    link: str
    start: str
    end: str
    relation: Linked | None


@dataclass(frozen=True, slots=True)
class PatternRow:
    cells: tuple[PatternCell, ...]
    relations: tuple[PatternRelation, ...]


@dataclass(frozen=True, slots=True)
class PatternFound:
    """`cost`: relations that the pattern was expected to follow; `more`: whether rows follow after these. `nodes` are
    those of all rows, id → label, each with its steps from the pattern's first node in `distances`.
    """

    cost: float
    rows: tuple[PatternRow, ...]
    more: bool
    nodes: Mapping[str, str]
    distances: Mapping[str, int]
    types: frozenset[str]


def match_pattern(
    app: App,
    context: AccessContext,
    nodes: Sequence[NodeInput],
    edges: Sequence[EdgeInput],
    *,
    as_of: date | None = None,
    first: int,
    skip: int = 0,
) -> PatternFound:
    """The ways in which a pattern is found; every node of them is one that the reader may see.

    Raises `PatternInvalid`, `FilterInvalid`, `PurposeRequired`, and `QueryTooComplex` when it would read too much.
    """
    pattern = _guarded(app, context, patterns.parse(nodes, edges))
    found = patterns.match(
        app.store, pattern, as_of=asked_day(app, as_of), blind=blind_of(app), limit=first + 1, skip=skip
    )
    shown = found[:first]
    steps = pattern.steps()
    labels: dict[str, str] = {}
    distances: dict[str, int] = {}
    for match in shown:
        for name, node in match.nodes.items():
            labels[node.id] = node.label
            distances[node.id] = min(steps[name], distances.get(node.id, steps[name]))
    app.audit.record(context, "pattern", sorted(labels))
    rows = tuple(_row(app, context, pattern, match) for match in shown)
    types = frozenset(edge.link.type for edge in pattern.edges)
    return PatternFound(patterns.estimate(app.store, pattern), rows, len(found) > first, labels, distances, types)


def drawn(app: App, context: AccessContext, found: PatternFound, *, as_of: date | None = None) -> Subgraph:
    """All that was found of a pattern as one graph: each node once, and the relations of its kinds between them."""
    return subgraph(app, context, found.nodes, found.distances, types=found.types, as_of=asked_day(app, as_of))


def _guarded(app: App, context: AccessContext, pattern: Pattern) -> Pattern:
    nodes = (replace(node, condition=permitted(app, context, node.label, node.condition)) for node in pattern.nodes)
    return replace(pattern, nodes=tuple(nodes))


def _row(app: App, context: AccessContext, pattern: Pattern, match: patterns.Match) -> PatternRow:
    cells = {name: PatternCell(name, view_of(app, context, node)) for name, node in match.nodes.items()}
    relations = tuple(
        PatternRelation(
            edge.link.name, edge.start, edge.end, Linked(cells[edge.end].node, found.props) if found else None
        )
        for edge, found in zip(pattern.edges, match.edges, strict=True)
    )
    return PatternRow(tuple(cells.values()), relations)
