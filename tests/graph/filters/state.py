"""A random graph in a database, and as the files in which the lake keeps the log of it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from graph.schema.types import ValueKind, property_types
from graph.store import GraphStore
from tests.graph.filters.strategies import Graph

_MAKERS = {ValueKind.DATE: date.fromisoformat, ValueKind.DATETIME: datetime.fromisoformat, ValueKind.FLOAT: float}


def write_graph(store: GraphStore, graph: Graph) -> None:
    """Nodes and relations into an empty graph."""
    for label, key, props in graph.nodes:
        store.write(f"CREATE (n:{label}) SET n = $props", props=_typed(label, props) | {"id": key})
    for number, (kind, a, source, b, target, props) in enumerate(graph.edges):
        store.write(
            f"MATCH (a:{a} {{id: $a}}) MATCH (b:{b} {{id: $b}}) CREATE (a)-[r:{kind}]->(b) SET r = $props",
            a=source,
            b=target,
            props=_typed(kind, props) | {"id": f"rel_{number}"},
        )


def _typed(name: str, props: dict[str, Any]) -> dict[str, Any]:
    types = property_types(name)
    masked = "birth_date_sealed" in props
    return {
        key: value if masked and key == "birth_date" else _MAKERS.get(types[key], _same)(value)
        for key, value in props.items()
    }


def _same(value: Any) -> Any:
    return value


def write_log(folder: Path, graph: Graph) -> tuple[list[Path], list[Path]]:
    """The files of `graph_nodes` and `graph_edges`: what the graph holds, amid rows that hold no more."""
    return _files(folder / "graph_nodes", _nodes(graph)), _files(folder / "graph_edges", _edges(graph))


def _nodes(graph: Graph) -> list[dict[str, Any]]:
    return [{"label": label, "id": key, "props": orjson.dumps(props).decode()} for label, key, props in graph.nodes]


def _edges(graph: Graph) -> list[dict[str, Any]]:
    columns = ("type", "from_label", "from_id", "to_label", "to_id")
    return [
        dict(zip(columns, ends, strict=True)) | {"id": f"rel_{number}", "props": orjson.dumps(props).decode()}
        for number, (*ends, props) in enumerate(graph.edges)
    ]


def _files(folder: Path, rows: list[dict[str, Any]]) -> list[Path]:
    """Two files: every third row came to be as it is by an update; every fourth was deleted and came again."""
    folder.mkdir(parents=True)
    earlier: list[dict[str, Any]] = []
    later: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        first = {"op": "create"} | row
        if number % 3 == 0:
            earlier.append(first | {"props": "{}"})
            later.append(first | {"op": "update"})
        elif number % 4 == 0:
            earlier.append(first | {"props": '{"name":"旧"}'})
            later += [first | {"op": "delete", "props": "{}"}, first]
        else:
            earlier.append(first)
    if rows:
        gone = {"op": "create"} | rows[0] | {"id": "gone"}
        earlier.append(gone)
        later.append(gone | {"op": "delete"})
    paths = [folder / "0.parquet", folder / "1.parquet"]
    for start, part, path in ((0, earlier, paths[0]), (len(earlier), later, paths[1])):
        frame = pl.DataFrame(part).with_columns(seq=pl.int_range(start + 1, start + len(part) + 1, dtype=pl.Int64))
        frame.write_parquet(path)
    return paths
