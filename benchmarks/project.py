"""Projection of a whole graph, against the bare driver creating the same nodes and relations."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import orjson
import polars as pl

from benchmarks.measure import figures, timed
from graph.schema import install
from graph.store import GraphStore
from services.app import App
from services.identity import reader
from services.linking import graph_state
from services.projecting import apply_log, link_and_project

_BATCH = 2_000


def run(app: App) -> dict[str, Any]:
    link_and_project(app, reader(app.settings))
    state = graph_state(app)
    items = state.nodes.height + state.edges.height
    seconds, _ = timed(lambda: apply_log(app, rebuild=True))
    _empty(app.store)
    baseline, _ = timed(lambda: _bare(app.store, state.nodes, state.edges))
    apply_log(app, rebuild=True)
    return figures("project", items, "rows", seconds, "bare driver, UNWIND CREATE", baseline)


def _empty(store: GraphStore) -> None:
    while store.write("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS gone")[0]["gone"]:
        continue
    install(store)


def _bare(store: GraphStore, nodes: pl.DataFrame, edges: pl.DataFrame) -> None:
    by_label: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for label, node_id, props in nodes.select("label", "id", "props").iter_rows():
        by_label[label].append({"props": orjson.loads(props) | {"id": node_id}})
    for label, rows in by_label.items():
        _write(store, f"UNWIND $rows AS row CREATE (n:{label}) SET n = row.props", rows)
    by_type: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    columns = ("type", "from_label", "to_label", "from_id", "to_id", "props")
    for kind, start_label, end_label, start, end, props in edges.select(columns).iter_rows():
        by_type[kind, start_label, end_label].append({"a": start, "b": end, "props": orjson.loads(props)})
    for (kind, start_label, end_label), rows in by_type.items():
        statement = (
            f"UNWIND $rows AS row MATCH (a:{start_label} {{id: row.a}}) MATCH (b:{end_label} {{id: row.b}}) "
            f"CREATE (a)-[r:{kind}]->(b) SET r = row.props"
        )
        _write(store, statement, rows)


def _write(store: GraphStore, statement: str, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _BATCH):
        with store.transaction() as transaction:
            transaction.execute(statement, rows=rows[start : start + _BATCH])
