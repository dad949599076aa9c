"""Nodes by id, and what they are related to: one statement for a page of ids, never one per row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from core.catalogue.links import Link
from core.errors import EntityUnknown
from graph.reads.model import LABELS, Edge, Node, Related, node_of
from graph.reads.relations import order, pattern
from graph.store import GraphStore

VALID = "(r.valid_from IS NULL OR r.valid_from <= $as_of) AND (r.valid_to IS NULL OR $as_of < r.valid_to)"
DEFAULT_LIMIT = 100
_MERGES = 16  # longer chains of merged ids mean a cycle

# KIN has one edge for two people; seen from its end, the word for the other one changes.
_INVERSE_KIN = {"child": "parent", "grandchild": "grandparent"}

_REDIRECTS = "UNWIND $ids AS id MATCH (n:Redirect {id: id}) RETURN id, n.target AS target"


def by_ids(store: GraphStore, label: str, ids: Iterable[str]) -> dict[str, Node]:
    """The nodes of `label` that exist among `ids`; ids that lead nowhere are absent."""
    wanted = sorted(set(ids))
    rows = store.read(_by_ids(label), ids=wanted)[0]["rows"] if wanted else []
    return {props["id"]: node_of(label, props) for props in rows}


@lru_cache(maxsize=64)
def _by_ids(label: str) -> str:
    if label not in LABELS:
        raise EntityUnknown("没有这种对象")
    # One row that holds all: a row of its own for each node would cost the driver half as much again.
    return f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN collect(properties(n)) AS rows"


def related(
    store: GraphStore,
    link: Link,
    ids: Sequence[str],
    *,
    as_of: date | None = None,
    limit: int = DEFAULT_LIMIT,
) -> dict[str, list[Related]]:
    """What each of `ids` is linked to, at most `limit` each, in the link's order.

    `as_of` keeps the edges valid on that day; None gives the whole history. Every id is a key of the result.
    """
    found: dict[str, list[Related]] = {node_id: [] for node_id in ids}
    if not found:
        return found
    params: dict[str, Any] = {"ids": sorted(found), "limit": limit}
    timed = link.timed and as_of is not None
    if timed:
        params["as_of"] = as_of
    for node_id, label, node, edge, *outgoing in store.read(_related(link, timed), **params)[0]["rows"]:
        found[node_id].append(Related(node_of(label, node), edge_of(link, edge, *outgoing)))
    return found


@lru_cache(maxsize=256)
def _related(link: Link, timed: bool) -> str:
    where = f"WHERE {VALID}" if timed else ""
    # One row per neighbour where several paths may lead to it; any of the edges stands for them.
    if not link.has_edge:
        pick = "WITH DISTINCT b, NULL AS r"
    else:
        pick = f"WITH b, {'head(collect(r))' if link.several_ways else 'r'} AS r"
    seen = ["id", "labels(b)[0]", "properties(b)", "properties(r)" if link.has_edge else "NULL"]
    if link.both:
        seen.append("startNode(r).id = a.id")
    return (
        f"UNWIND $ids AS id MATCH (a:{link.source} {{id: id}}) "
        f"CALL (a) {{ MATCH {pattern(link)} {where} {pick} RETURN b, r ORDER BY {order(link)} LIMIT $limit }} "
        f"RETURN collect([{', '.join(seen)}]) AS rows"
    )


def edge_of(link: Link, props: dict[str, Any] | None, outgoing: bool | None = None) -> Edge | None:
    if props is None:
        return None
    leaves = not link.reverse if outgoing is None else outgoing
    if link.type == "KIN" and not leaves and props.get("kind") in _INVERSE_KIN:
        props = {**props, "kind": _INVERSE_KIN[props["kind"]]}
    return Edge(link.type, leaves, props)


def redirects(store: GraphStore, ids: Iterable[str]) -> dict[str, str]:
    """Where merged-away ids lead to now, through any chain of merges; ids that are no merged ones are absent."""
    targets: dict[str, str] = {}
    origins = {node_id: [node_id] for node_id in ids}
    for _ in range(_MERGES):
        if not origins:
            break
        rows = store.read(_REDIRECTS, ids=sorted(origins))
        further: dict[str, list[str]] = {}
        for row in rows:
            targets |= dict.fromkeys(origins[row["id"]], row["target"])
            further.setdefault(row["target"], []).extend(origins[row["id"]])
        origins = further
    return targets


def redirect(store: GraphStore, entity_id: str) -> str | None:
    """The id that a merged-away id leads to now; None when it is no merged id."""
    return redirects(store, [entity_id]).get(entity_id)
