"""What must change for the graph to be as desired: rows of the projection log."""

from __future__ import annotations

import polars as pl

from graph.linking.inputs import EDGE_COLUMNS, NODE_COLUMNS, DesiredGraph, GraphState

NODE_CHANGES = {"seq": pl.Int64, "op": pl.String, **dict.fromkeys(NODE_COLUMNS, pl.String)}
EDGE_CHANGES = {"seq": pl.Int64, "op": pl.String, **dict.fromkeys(EDGE_COLUMNS, pl.String)}

# Computed by rules on the graph itself, and kept when linking does not speak of them.
RULE_LABELS = ("Tag",)
RULE_TYPES = ("TAGGED",)


def latest_state(graph_nodes: pl.DataFrame, graph_edges: pl.DataFrame) -> GraphState:
    """The state after all logged changes."""
    return GraphState(_latest(graph_nodes, ["label", "id"], NODE_COLUMNS), _latest(graph_edges, ["id"], EDGE_COLUMNS))


def _latest(log: pl.DataFrame, key: list[str], columns: tuple[str, ...]) -> pl.DataFrame:
    if log.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    newest = log.sort("seq", maintain_order=True).unique(key, keep="last", maintain_order=True)
    return newest.filter(pl.col("op") != "delete").select(columns)


def diff(previous: GraphState, desired: DesiredGraph, seq: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Node and edge changes, each with the columns of its log table; empty when nothing changed.

    Tags and taggings of `previous` stay as they are, except taggings of a node that goes.
    """
    linked = previous.nodes.filter(~pl.col("label").is_in(RULE_LABELS))
    nodes = _changes(linked, desired.nodes, ["label", "id"], NODE_CHANGES, seq)
    tagged = pl.col("type").is_in(RULE_TYPES)
    edges = _changes(previous.edges.filter(~tagged), desired.edges, ["id"], EDGE_CHANGES, seq)
    gone = nodes.filter(pl.col("op") == "delete").select(pl.col("id").alias("from_id"))
    orphans = previous.edges.filter(tagged).join(gone, on="from_id", how="semi")
    return nodes, pl.concat([edges, _rows(orphans, "delete", EDGE_CHANGES, seq)])


def _changes(
    before: pl.DataFrame, after: pl.DataFrame, key: list[str], schema: dict[str, type[pl.DataType]], seq: int
) -> pl.DataFrame:
    known = before.select(*key, pl.col("hash").alias("_before"))
    compared = after.join(known, on=key, how="left")
    created = compared.filter(pl.col("_before").is_null())
    updated = compared.filter(pl.col("_before") != pl.col("hash"))
    deleted = before.join(after.select(key), on=key, how="anti")
    parts = ((created, "create"), (updated, "update"), (deleted, "delete"))
    return pl.concat([_rows(frame, op, schema, seq) for frame, op in parts])


def _rows(frame: pl.DataFrame, op: str, schema: dict[str, type[pl.DataType]], seq: int) -> pl.DataFrame:
    stamped = frame.with_columns(pl.lit(seq, dtype=pl.Int64).alias("seq"), pl.lit(op).alias("op"))
    return stamped.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
