"""Cut a frame of changes into statements: rows of one group, bounded in number and in bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
import polars as pl

from core.errors import GraphNotProjected
from graph.projection import statements
from graph.schema.types import ValueKind
from graph.store import Transaction

# The embedded server refuses a message above 16 MB, and holds it several times over while it works.
_BYTES = 4_000_000
_ROWS = 5_000

_SHAPES = {
    ValueKind.DATE: re.compile(r"\d{4}-\d\d-\d\d\Z"),
    ValueKind.DATETIME: re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?\Z"),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one frame, applied in one transaction; `upto` is the number of rows done after it."""

    frame: pl.DataFrame
    upto: int

    def apply(self, transaction: Transaction) -> None:
        """Raises `GraphNotProjected` when an edge has no node to hang on, or a change no object."""
        for statement, rows, strict in _statements(self.frame):
            done = transaction.run(statement, rows=rows)[0]["n"]
            if strict and done != len(rows):
                raise GraphNotProjected(
                    f"{len(rows)} 项变更中有 {len(rows) - done} 项在图中找不到所属节点，图谱与数据湖不一致",
                    remedy="请运行 weinao project --rebuild。",
                )


def batches(frame: pl.DataFrame, offset: int, size: int) -> Iterator[Batch]:
    """Batches of at most `size` rows from row `offset` on, smaller where rows are long."""
    lengths = frame["props"].str.len_bytes().fill_null(0).to_list() if frame.height else []
    start = offset
    while start < frame.height:
        stop, volume = start, 0
        while stop < frame.height and stop - start < size and (stop == start or volume + lengths[stop] <= _BYTES):
            volume += lengths[stop]
            stop += 1
        yield Batch(frame[start:stop], stop)
        start = stop


def _statements(frame: pl.DataFrame) -> Iterator[tuple[str, list[dict[str, Any]], bool]]:
    """(statement, its rows, whether each row must have found its place)."""
    edges = "from_id" in frame.columns
    group = itemgetter("op", "type", "from_label", "to_label") if edges else itemgetter("op", "label")
    make = _edge_statement if edges else _node_statement
    for _, rows in groupby(frame.iter_rows(named=True), key=group):
        members = list(rows)
        for start in range(0, len(members), _ROWS):
            yield make(members[start : start + _ROWS])


def _node_statement(rows: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]], bool]:
    op, label = rows[0]["op"], rows[0]["label"]
    if op == "delete":
        return statements.delete_nodes(label), [{"id": row["id"]} for row in rows], False
    values, keys, loose = _values(label, rows)
    make = statements.create_nodes if op == "create" else statements.merge_nodes
    return make(label, keys, loose), values, True


def _edge_statement(rows: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]], bool]:
    op, kind, ends = rows[0]["op"], rows[0]["type"], (rows[0]["from_label"], rows[0]["to_label"])
    if op == "delete":
        return statements.delete_edges(kind, ends), [{"id": r["id"], "_from": r["from_id"]} for r in rows], False
    values, keys, loose = _values(kind, rows)
    for value, row in zip(values, rows, strict=True):
        value["_from"], value["_to"] = row["from_id"], row["to_id"]
    make = statements.create_edges if op == "create" else statements.merge_edges
    return make(kind, ends, keys, loose), values, True


def _values(name: str, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], frozenset[str], frozenset[str]]:
    """Parameters of the rows, the names of their properties, and of the dates among them that hold text for once."""
    shapes = [(key, _SHAPES[kind].match) for key, kind in statements.temporal(name).items()]
    values: list[dict[str, Any]] = []
    keys = {"id"}
    loose: set[str] = set()
    for row in rows:
        props: dict[str, Any] = orjson.loads(row["props"] or "{}")
        keys.update(props)
        props["id"] = row["id"]
        for key, well_formed in shapes:
            text = props.get(key)
            if text is not None and not well_formed(text):
                props[statements.TEXT_PREFIX + key] = props.pop(key)
                loose.add(key)
        values.append(props)
    return values, frozenset(keys), frozenset(loose)
