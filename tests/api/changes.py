"""Batches of changes written by hand, into the log of a home and into its graph."""

from __future__ import annotations

import base64
from typing import Any

import polars as pl

from graph.linking.changes import EDGE_CHANGES, NODE_CHANGES
from graph.linking.frames import digest, dumps
from services.app import App
from services.linking import append_changes, next_batch
from services.projecting import apply_changes

PHONE = "16012345678"
Node = tuple[str, str, str, dict[str, Any]]
Edge = tuple[str, str, str, str, str, str, dict[str, Any]]


def frames(seq: int, nodes: list[Node], edges: list[Edge]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(op, label, id, props) and (op, type, from label, from, to label, to, props) as a batch of the log."""
    node_rows = [(seq, op, label, key, dumps(props), digest(key, str(seq))) for op, label, key, props in nodes]
    edge_rows = [
        (seq, op, kind, f"rel_{kind}_{a}_{b}", a_label, a, b_label, b, dumps(props), digest(a, b, str(seq)))
        for op, kind, a_label, a, b_label, b, props in edges
    ]
    return (
        pl.DataFrame(node_rows, schema=NODE_CHANGES, orient="row"),
        pl.DataFrame(edge_rows, schema=EDGE_CHANGES, orient="row"),
    )


def write(app: App, *nodes: Node, edges: tuple[Edge, ...] = (), apply: bool = True) -> None:
    """One batch of changes, in the log and in the graph."""
    append_changes(app, *frames(next_batch(app), list(nodes), list(edges)))
    if apply:
        apply_changes(app)


def person(app: App, key: str, name: str) -> dict[str, Any]:
    sealed = app.vault.seal(PHONE, field="phone", owner=key)
    return {"name": name, "phone": "160****5678", "phone_sealed": base64.b64encode(sealed).decode()}


def edge(kind: str, a_label: str, a: str, b_label: str, b: str, op: str = "create", **props: Any) -> Edge:
    return op, kind, a_label, a, b_label, b, props
