"""Single steps through the graph from any number of nodes of any labels, each in one statement and one row.

A row costs the embedded database about 30 µs to send and an item of a list 4 µs (2,900 neighbours of 500 people:
101 ms as rows, 21 ms as one list), so every statement here collects what it found. Its `x IN list` walks the list;
a map parameter is looked up (29 ms for 80). Neo4j plans a statement anew for every order of magnitude of every list
parameter (300 ms each), but not for lists within a map, so the nodes come as one map.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from core.catalogue.links import LINKS
from core.errors import QueryInvalid
from graph.reads.fetch import redirect
from graph.reads.model import LABELS
from graph.store import GraphStore

TELLING: Final = (
    "KIN",
    "MEMBER_OF",
    "LIVES_IN",
    "OWNS",
    "RENTS",
    "REGISTERED_AT",
    "LEGAL_REPRESENTATIVE_OF",
    "WORKS_AT",
    "PARTY_TO",
    "LOCATED_AT",
    "OCCURRED_AT",
)
"""Relations that say something of the two that they join, the closest ones first."""

TYPES: Final = (*TELLING, *sorted({link.type for link in LINKS.values()} - set(TELLING)))
"""All relation types that can be followed."""

Allowed = Callable[[str, Collection[str]], set[str]]
"""(label, ids) → those of the ids that the reader may see."""

Labelled = Mapping[str, str]
"""Node id → label."""

_ANY: Final = "CALL () {{ {} }}".format(
    " UNION ALL ".join(f"UNWIND $nodes.{label} AS id MATCH (a:{label} {{id: id}}) RETURN a" for label in sorted(LABELS))
)
_VALID: Final = "(r.valid_from IS NULL OR r.valid_from <= $as_of) AND (r.valid_to IS NULL OR $as_of < r.valid_to)"


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between two nodes, in its own direction.

    `role`: of the source in it (a party, a tenant, a member of a household), what the target is to the source (kin),
    or the action (a step of handling).
    """

    id: str
    type: str
    source: str
    target: str
    role: str | None
    valid_from: date | None
    valid_to: date | None
    confidence: float | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """A node that some of the nodes asked about are related to."""

    id: str
    label: str
    origins: tuple[str, ...]


def checked_types(types: Collection[str], default: tuple[str, ...] = TELLING) -> tuple[str, ...]:
    """`types` in the order of TYPES; `default` for none. Raises `QueryInvalid` for a type that is none of ours."""
    if not types:
        return default
    if unknown := set(types) - set(TYPES):
        raise QueryInvalid(f"有 {len(unknown)} 种关系不存在", remedy=f"关系可以是：{'、'.join(TYPES)}。")
    return tuple(name for name in TYPES if name in types)


def locate(store: GraphStore, entity_id: str) -> tuple[str, str] | None:
    """(id, label) of the node with this id, or of the one that it was merged into; None when there is none."""
    found = _find(store, entity_id)
    if found is None and (target := redirect(store, entity_id)):
        found = _find(store, target)
    return found


def neighbours(store: GraphStore, nodes: Labelled, types: tuple[str, ...], as_of: date | None) -> list[Reached]:
    """What the nodes are related to in either direction, by relations that hold on a day (None: ever)."""
    rows = _collected(store, _neighbours(types, as_of is not None), nodes, as_of=as_of)
    return [Reached(node_id, label, tuple(origins)) for node_id, label, origins in rows if label in LABELS]


def nearest(
    store: GraphStore,
    nodes: Labelled,
    types: tuple[str, ...],
    as_of: date | None,
    *,
    labels: Collection[str],
    limit: int,
    scan: int,
) -> dict[str, list[tuple[str, str]]]:
    """For each node (id, label) of at most `limit` neighbours with one of `labels`, those since lately first.

    A node with more than `scan` relations shows some of them.
    """
    rows = _collected(
        store, _nearest(types, as_of is not None), nodes, as_of=as_of, labels=sorted(labels), limit=limit, scan=scan
    )
    return {node_id: [(other, label) for other, label in found] for node_id, found in rows}


def degrees(
    store: GraphStore,
    nodes: Labelled,
    types: tuple[str, ...],
    as_of: date | None = None,
    labels: Collection[str] = (),
    also: str = "",
) -> dict[str, int]:
    """How many relations each node has that hold on a day (None: ever): all of them, or those that lead to a node with
    one of `labels` or to the node `also`.
    """
    query = _degrees(types, as_of is not None, bool(labels))
    return dict(_collected(store, query, nodes, as_of=as_of, labels=sorted(labels), also=also))


def relations_among(
    store: GraphStore, nodes: Labelled, types: tuple[str, ...], as_of: date | None = None
) -> list[Relation]:
    """All relations that join two of the nodes, by type in the order of TYPES and id.

    Follows relations from their source alone: few nodes have many of these, and every relation has one.
    """
    rows = _collected(store, _among(types, as_of is not None), nodes, as_of=as_of, wanted=dict.fromkeys(nodes, True))
    found = (
        Relation(key, kind, source, target, role, _day(since), _day(until), confidence, tuple(sources or ()))
        for key, kind, source, target, role, since, until, confidence, sources in rows
    )
    return sorted(found, key=lambda relation: (_RANK[relation.type], relation.id))


def node_values(store: GraphStore, nodes: Labelled, keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The properties `keys` of each node, `id` with them; names from our own tables only."""
    return {values["id"]: values for values in _collected(store, _values(keys), nodes)}


def may_see(allowed: Allowed | None, nodes: Labelled) -> dict[str, str]:
    """Those of the nodes that the reader may see, in the order given; asks once for each label."""
    if allowed is None:
        return dict(nodes)
    by_label = _by_label(nodes)
    seen = set().union(*(allowed(label, ids) & set(ids) for label, ids in by_label.items() if ids))
    return {node_id: label for node_id, label in nodes.items() if node_id in seen}


_RANK: Final = {name: rank for rank, name in enumerate(TYPES)}


def _find(store: GraphStore, node_id: str) -> tuple[str, str] | None:
    query = f"{_ANY} RETURN a.id AS id, labels(a)[0] AS label LIMIT 1"
    rows = store.read(query, nodes={label: [node_id] for label in LABELS})
    return (rows[0]["id"], rows[0]["label"]) if rows else None


def _collected(store: GraphStore, query: str, nodes: Labelled, **params: Any) -> list[Any]:
    """The one list of the one row of a statement that begins at the nodes."""
    if not nodes:
        return []
    if params.get("as_of") is None:
        params.pop("as_of", None)
    found: list[Any] = store.read(query, nodes=_by_label(nodes), **params)[0]["found"]
    return found


def _by_label(nodes: Labelled) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {label: [] for label in sorted(LABELS)}
    for node_id, label in nodes.items():
        ids[label].append(node_id)
    return ids


@lru_cache(maxsize=256)
def _neighbours(types: tuple[str, ...], timed: bool) -> str:
    return (
        f"{_ANY} MATCH (a)-[r:{'|'.join(types)}]-(b) {_where(timed)} WITH b, collect(DISTINCT a.id) AS origins "
        "RETURN collect([b.id, labels(b)[0], origins]) AS found"
    )


@lru_cache(maxsize=256)
def _nearest(types: tuple[str, ...], timed: bool) -> str:
    where = f"{_where(timed)} {'AND' if timed else 'WHERE'} labels(b)[0] IN $labels"
    return (
        f"{_ANY} CALL (a) {{ MATCH (a)-[r:{'|'.join(types)}]-(b) {where} WITH b, r LIMIT $scan "
        "WITH b, max(coalesce(r.valid_from, date('0001-01-01'))) AS since ORDER BY since DESC, b.id LIMIT $limit "
        "RETURN collect([b.id, labels(b)[0]]) AS near } RETURN collect([a.id, near]) AS found"
    )


@lru_cache(maxsize=256)
def _degrees(types: tuple[str, ...], timed: bool, by_label: bool) -> str:
    if not by_label and not timed:  # Neo4j keeps this number
        count = f"COUNT {{ (a)-[:{'|'.join(types)}]-() }}"
    else:
        chosen = [_VALID] * timed + ["(labels(b)[0] IN $labels OR b.id = $also)"] * by_label
        count = f"COUNT {{ MATCH (a)-[r:{'|'.join(types)}]-(b) WHERE {' AND '.join(chosen)} }}"
    return f"{_ANY} RETURN collect([a.id, {count}]) AS found"


@lru_cache(maxsize=256)
def _among(types: tuple[str, ...], timed: bool) -> str:
    # Dates as text: half the time of dates.
    return (
        f"{_ANY} MATCH (a)-[r:{'|'.join(types)}]->(b) {_where(timed)} {'AND' if timed else 'WHERE'} $wanted[b.id] "
        "RETURN collect([r.id, type(r), a.id, b.id, coalesce(r.role, r.kind, r.relation_to_head, r.action), "
        "toString(r.valid_from), toString(r.valid_to), r.confidence, r.sources]) AS found"
    )


@lru_cache(maxsize=64)
def _values(keys: tuple[str, ...]) -> str:
    return f"{_ANY} RETURN collect(a {{{', '.join(f'.{key}' for key in ('id', *keys))}}}) AS found"


def _where(timed: bool) -> str:
    return f"WHERE {_VALID}" if timed else ""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
