"""What reads give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LABELS = frozenset(
    {
        "Person",
        "Household",
        "Dwelling",
        "Building",
        "Compound",
        "Community",
        "Grid",
        "Street",
        "Organization",
        "Department",
        "Event",
        "Record",
        "Tag",
    }
)


@dataclass(frozen=True, slots=True)
class Node:
    label: str
    id: str
    props: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """`outgoing`: whether it leaves the node that was asked about. `props` holds validity, sources, confidence, …"""

    type: str
    outgoing: bool
    props: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Related:
    """`edge` is None where the two are joined by a path rather than one edge (a place and the dwellings in it)."""

    node: Node
    edge: Edge | None


def node_of(label: str, props: dict[str, Any]) -> Node:
    return Node(label, props["id"], props)
