"""A made-up log of changes, what the graph must hold after it, and what it does hold."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
import polars as pl

from graph.projection import Part, Phase
from graph.schema.types import ValueKind, property_types
from graph.store import GraphStore

NODE_SCHEMA = {"seq": pl.Int64, "op": pl.String, "label": pl.String, "id": pl.String, "props": pl.String}
EDGE_SCHEMA = {
    "seq": pl.Int64,
    "op": pl.String,
    **dict.fromkeys(("type", "id", "from_label", "from_id", "to_label", "to_id", "props"), pl.String),
}


@dataclass
class Log:
    """A `ChangeSource` in memory, and the state that follows from it."""

    node_rows: list[tuple[Any, ...]] = field(default_factory=list)
    edge_rows: list[tuple[Any, ...]] = field(default_factory=list)
    node_state: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    edge_state: dict[str, tuple[str, str, str, str, str, dict[str, Any]]] = field(default_factory=dict)

    def node(self, seq: int, op: str, label: str, key: str, **props: Any) -> None:
        self.node_rows.append((seq, op, label, key, orjson.dumps(props).decode()))
        if op == "delete":
            del self.node_state[key]
        else:
            self.node_state[key] = (label, props)

    def edge(self, seq: int, op: str, kind: str, key: str, source: str, target: str, **props: Any) -> None:
        ends = (source.split(":", maxsplit=1)[0], source, target.split(":", maxsplit=1)[0], target)
        self.edge_rows.append((seq, op, kind, key, *ends, orjson.dumps(props).decode()))
        if op == "delete":
            del self.edge_state[key]
        else:
            self.edge_state[key] = (kind, *ends, props)

    def changes(self, seq: int, phase: Phase) -> Part:
        rows, schema = (self.edge_rows, EDGE_SCHEMA) if phase.edges else (self.node_rows, NODE_SCHEMA)
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return in_two(frame.filter(pl.col("seq") == seq, phase.wanted), phase)

    def latest(self, phase: Phase) -> Part:
        if phase.edges:
            rows = [
                (0, "create", e[0], key, *e[1:5], orjson.dumps(e[5]).decode()) for key, e in self.edge_state.items()
            ]
            return in_two(pl.DataFrame(rows, schema=EDGE_SCHEMA, orient="row"), phase)
        nodes = [(0, "create", n[0], key, orjson.dumps(n[1]).decode()) for key, n in self.node_state.items()]
        return in_two(pl.DataFrame(nodes, schema=NODE_SCHEMA, orient="row"), phase)

    def seqs(self, after: int) -> list[int]:
        return sorted({row[0] for row in (*self.node_rows, *self.edge_rows) if row[0] > after})

    def newest(self) -> int:
        return max((row[0] for row in (*self.node_rows, *self.edge_rows)), default=0)

    def upto(self, seq: int) -> Log:
        """The log as it was when `seq` was its newest."""
        earlier = Log()
        rows = [(row, True) for row in self.node_rows] + [(row, False) for row in self.edge_rows]
        for row, is_node in sorted(rows, key=lambda item: item[0][0]):
            if row[0] > seq:
                break
            if is_node:
                earlier.node(row[0], row[1], row[2], row[3], **orjson.loads(row[4]))
            else:
                earlier.edge(row[0], row[1], row[2], row[3], row[5], row[7], **orjson.loads(row[8]))
        return earlier

    def expected(self) -> dict[str, Any]:
        nodes = {key: (label, _typed(label, key, props)) for key, (label, props) in self.node_state.items()}
        edges = {
            key: (kind, source, target, _typed(kind, key, props))
            for key, (kind, _, source, _, target, props) in self.edge_state.items()
        }
        return {"nodes": nodes, "edges": edges}


def in_two(rows: pl.DataFrame, phase: Phase) -> Part:
    """The rows of a phase in order, in two frames: whoever reads them must not take one for all."""
    ordered = rows.sort("op", *phase.order)
    half = ordered.height // 2
    counts = dict(ordered.group_by(phase.order[0]).len().iter_rows())
    return Part(counts, iter((ordered[:half], ordered[half:])))


def held(store: GraphStore) -> dict[str, Any]:
    """Everything in the graph but the bookkeeping; a node or edge that is there twice shows as a list too long."""
    nodes = store.read(
        "MATCH (n) WHERE NOT n:Watermark AND NOT n:SchemaVersion RETURN labels(n)[0] AS label, properties(n) AS props"
    )
    edges = store.read(
        "MATCH (a)-[r]->(b) RETURN type(r) AS kind, a.id AS source, b.id AS target, properties(r) AS props"
    )
    found = {
        "nodes": {row["props"]["id"]: (row["label"], row["props"]) for row in nodes},
        "edges": {row["props"]["id"]: (row["kind"], row["source"], row["target"], row["props"]) for row in edges},
    }
    assert (len(found["nodes"]), len(found["edges"])) == (len(nodes), len(edges)), "something is there twice"
    return found


def random_log(seed: int, *, people: int = 60, batches: int = 4) -> Log:
    """People in dwellings over some batches: created, changed, moved, deleted."""
    rng = random.Random(seed)
    log = Log()
    for seq in range(1, batches + 1):
        for number in range(people):
            key = f"Person:{seq}-{number}"
            log.node(seq, "create", "Person", key, name=f"张{number}", birth_date="1980-02-29", pinyin=["zhang"])
        for number in range(people // 2):
            key = f"Dwelling:{seq}-{number}"
            log.node(seq, "create", "Dwelling", key, dwelling_key=f"枫桥苑|{seq}|{number}", area=float(number))
        fresh = {row[3] for row in log.node_rows if row[0] == seq}
        older = [key for key in log.node_state if key not in fresh]
        leaving = {key for key in older if key.startswith("Person") and rng.random() < 0.1}
        for key in older:
            if key not in leaving and rng.random() < 0.2:
                label = key.split(":")[0]
                log.node(seq, "update", label, key, **{"name" if label == "Person" else "usage": f"改{seq}"})
        for key, (kind, _, source, _, target, props) in list(log.edge_state.items()):
            if source in leaving or rng.random() < 0.1:
                log.edge(seq, "delete", kind, key, source, target)
            elif rng.random() < 0.2:
                log.edge(seq, "update", kind, key, source, target, **props | {"valid_to": "2024-05-01"})
        for key in sorted(leaving):
            log.node(seq, "delete", "Person", key)
        homes = [key for key in log.node_state if key.startswith("Dwelling")]
        for key in sorted(fresh):
            if key.startswith("Person"):
                home, year = rng.choice(homes), rng.randint(2000, 2024)
                log.edge(seq, "create", "LIVES_IN", f"rel_{key}", key, home, valid_from=f"{year}-01-01", confidence=0.5)
    return log


def _typed(name: str, key: str, props: dict[str, Any]) -> dict[str, Any]:
    makers = {ValueKind.DATE: date.fromisoformat, ValueKind.DATETIME: datetime.fromisoformat, ValueKind.FLOAT: float}
    types = property_types(name)
    made = {k: makers[types[k]](v) if types.get(k) in makers else v for k, v in props.items() if v is not None}
    return made | {"id": key}
