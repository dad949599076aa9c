"""Nodes by id: one statement for a page of ids, never one per row."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from core.errors import EntityUnknown
from graph.reads.model import LABELS, Node, node_of
from graph.store import GraphStore

_MERGES = 16  # longer chains of merged ids mean a cycle

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
