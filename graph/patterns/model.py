"""A pattern as a reader writes it, checked against the table of links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from core.catalogue.links import Link, links_of
from core.errors import PatternInvalid
from core.filters import Condition, EdgeTest, attributes, parse_edge
from core.filters import parse as parse_filter

MAX_NODES: Final = 6
MAX_EDGES: Final = 10
_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,30}")


class NodeInput(NamedTuple):
    """`kind` is a label in any case (`person`); `where` a filter as JSON."""

    name: str
    kind: str
    where: Mapping[str, Any] | None = None


class EdgeInput(NamedTuple):
    """`link` is the name of a link from the kind of `start` (`livesIn`); `where` what is asked of the relation."""

    start: str
    link: str
    end: str
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PatternNode:
    name: str
    label: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class PatternEdge:
    start: str
    link: Link
    end: str
    asked: EdgeTest


@dataclass(frozen=True, slots=True)
class Pattern:
    """Connected: every node can be reached from every other along the edges."""

    nodes: tuple[PatternNode, ...]
    edges: tuple[PatternEdge, ...]

    def node(self, name: str) -> PatternNode:
        return next(node for node in self.nodes if node.name == name)

    def steps(self) -> dict[str, int]:
        """How many edges each node is away from the first, by name."""
        found, reached = {self.nodes[0].name: 0}, [self.nodes[0].name]
        for name in reached:
            for edge in self.edges:
                for near, far in ((edge.start, edge.end), (edge.end, edge.start)):
                    if near == name and far not in found:
                        found[far] = found[name] + 1
                        reached.append(far)
        return found


def parse(nodes: Sequence[NodeInput], edges: Sequence[EdgeInput]) -> Pattern:
    """Raises `PatternInvalid` and `FilterInvalid`, which name the place of the fault."""
    if not 1 <= len(nodes) <= MAX_NODES or len(edges) > MAX_EDGES:
        raise PatternInvalid(f"图样应有 1–{MAX_NODES} 个点，至多 {MAX_EDGES} 条边")
    found = {node.name: _node(node) for node in nodes}
    if len(found) < len(nodes):
        raise PatternInvalid("图样里有两个点同名")
    pattern = Pattern(tuple(found.values()), tuple(_edge(found, edge) for edge in edges))
    if len(pattern.steps()) < len(found):
        raise PatternInvalid("图样的点没有连成一片", remedy="请用边把每个点都连上，或分成几次查询。")
    return pattern


def _node(node: NodeInput) -> PatternNode:
    if not _NAME.fullmatch(node.name):
        raise PatternInvalid("点的名称只能用字母、数字和下划线，以字母开头")
    label = node.kind.capitalize()
    if not attributes(label):
        raise PatternInvalid(f"点 {node.name}：没有这一种对象")
    return PatternNode(node.name, label, parse_filter(label, node.where or {}, f"nodes.{node.name}"))


def _edge(nodes: Mapping[str, PatternNode], edge: EdgeInput) -> PatternEdge:
    start, end = nodes.get(edge.start), nodes.get(edge.end)
    if start is None or end is None:
        raise PatternInvalid("边的两端须是图样里的点")
    link = links_of(start.label).get(edge.link)
    if link is None:
        raise PatternInvalid(f"从点 {start.name} 出发的边可用 {'、'.join(links_of(start.label))}")
    if end.label not in link.targets:
        raise PatternInvalid(f"{link.name} 不通向点 {end.name} 那一种对象，而通向 {'、'.join(link.targets)}")
    return PatternEdge(start.name, link, end.name, parse_edge(link, edge.where or {}))
