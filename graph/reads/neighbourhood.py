"""What lies around an entity, as a picture of bounded size: nodes breadth first, and every relation among them.

Two statements a level and three for the whole, whatever the picture holds.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from core.catalogue.links import LINKS
from core.errors import EntityUnknown, QueryInvalid
from graph.reads.model import LABELS
from graph.reads.steps import (
    TYPES,
    Allowed,
    Relation,
    degrees,
    locate,
    may_see,
    nearest,
    node_values,
    relations_among,
)
from graph.store import GraphStore

DEEPEST: Final = 3
MOST_NODES: Final = 1_000

# What nearly everything is related to is left out unless it is asked for.
_USUAL: Final = LABELS - {"Record", "Tag"}
_SPARE: Final = 4  # neighbours read for one that is shown, where the reader may not see all of them


@dataclass(frozen=True, slots=True)
class Bounds:
    """`hub`: a node with more relations is shown and not expanded, unless it is the centre. `fan`: neighbours that a
    node other than the centre brings in. `scan`: relations of the centre that are looked at.
    """

    hub: int = 100
    fan: int = 50
    scan: int = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A node of the picture. `values` are the properties asked for, as stored: sealed and masked values among them.

    `degree`: its relations to nodes of the kinds asked for; `more`: those of them that lead out of the picture. Both
    are None where the reader may not see everything, since they would count what is hidden.
    """

    id: str
    label: str
    values: dict[str, Any]
    distance: int
    degree: int | None
    more: int | None


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """`nodes`: the centre first, then by distance. `relations` join two of the nodes each."""

    nodes: tuple[Shown, ...]
    relations: tuple[Relation, ...]


def neighbourhood(
    store: GraphStore,
    entity_id: str,
    *,
    depth: int = 1,
    labels: Collection[str] = (),
    limit: int = 200,
    as_of: date | None = None,
    allowed: Allowed | None = None,
    withheld: Collection[str] = LABELS,
    values: tuple[str, ...] = (),
    bounds: Bounds = Bounds(),
) -> Neighbourhood:
    """At most `limit` nodes at most `depth` relations away, and their relations that hold on a day (None: ever).

    `labels`: the nodes to show and to go through (none given: all but records and tags); which relations are followed
    follows from them. Where a level does not fit, every node of the level before brings in its latest neighbours first.
    A node that `allowed` refuses, which can only be one of the labels `withheld`, is neither shown nor passed. A merged
    id stands for the entity that it went into. Raises `EntityUnknown`, and `QueryInvalid` for a label that the graph
    does not have.
    """
    wanted = _checked(labels)
    centre = locate(store, entity_id)
    seen = may_see(allowed, dict([centre])) if centre else {}
    if centre is None or not seen:
        raise EntityUnknown("没有找到这个对象")
    partly = allowed is not None and not wanted.isdisjoint(withheld)
    types = _types(wanted | {centre[1]})
    # Only where some kinds are left out must a relation's other end be looked at to count it.
    towards = wanted if labels or centre[1] not in wanted else ()
    counted = partial(degrees, store, types=types, as_of=as_of, labels=towards, also=centre[0])
    distance = {centre[0]: 0}
    count: dict[str, int] = {}
    level = dict(seen)
    for step in range(1, depth + 1):
        fan = limit if step == 1 else bounds.fan
        count |= counted(level)
        open_ones = {node: label for node, label in level.items() if step == 1 or count[node] <= bounds.hub}
        near = nearest(
            store,
            open_ones,
            types,
            as_of,
            labels=wanted,
            limit=fan * (_SPARE if partly else 1),
            scan=bounds.scan,
        )
        level = _next_level(near, seen, allowed, fan, limit - len(seen))
        seen |= level
        distance |= dict.fromkeys(level, step)
    count |= counted(level)
    relations = relations_among(store, seen, types, as_of)
    known = node_values(store, seen, values)
    joined = _joined(relations)
    return Neighbourhood(
        tuple(
            Shown(
                node,
                label,
                known.get(node, {}),
                distance[node],
                None if partly else count[node],
                None if partly else max(count[node] - joined.get(node, 0), 0),
            )
            for node, label in seen.items()
        ),
        tuple(relations),
    )


def _checked(labels: Collection[str]) -> frozenset[str]:
    if unknown := set(labels) - LABELS:
        raise QueryInvalid(f"有 {len(unknown)} 种对象不存在", remedy=f"对象可以是：{'、'.join(sorted(LABELS))}。")
    return frozenset(labels) or _USUAL


def _types(labels: frozenset[str]) -> tuple[str, ...]:
    """The relations that can join nodes with these labels; never none, since every label has a link."""
    joining = {
        link.type for link in LINKS.values() if link.has_edge and link.source in labels and labels & set(link.targets)
    }
    return tuple(name for name in TYPES if name in joining) or TYPES[:1]


def _next_level(
    near: dict[str, list[tuple[str, str]]], seen: dict[str, str], allowed: Allowed | None, fan: int, room: int
) -> dict[str, str]:
    """The new nodes of a level, at most `room`: the first neighbours of all come before the second ones."""
    reached = {node: label for found in near.values() for node, label in found if node not in seen}
    visible = may_see(allowed, reached)
    fresh = [[node for node, _ in found if node in visible][:fan] for _, found in sorted(near.items())]
    ranked = sorted((place, row, node) for row, found in enumerate(fresh) for place, node in enumerate(found))
    chosen = list(dict.fromkeys(node for _, _, node in ranked))[:room]
    return {node: visible[node] for node in chosen}


def _joined(relations: list[Relation]) -> dict[str, int]:
    """Relations of each node within the picture."""
    count: dict[str, int] = {}
    for relation in relations:
        for end in {relation.source, relation.target}:
            count[end] = count.get(end, 0) + 1
    return count
