"""Cut frames of changes into batches of statements: rows of one group, bounded in number and in bytes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
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

_SHAPES = {
    ValueKind.DATE: re.compile(r"\d{4}-\d\d-\d\d\Z"),
    ValueKind.DATETIME: re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?\Z"),
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """Cypher with its rows; `strict`: each of them must find its place."""

    cypher: str
    rows: list[Row]
    strict: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction applies; `upto` is the number of rows of the phase done after it, `ops` what they do."""

    statements: tuple[Statement, ...]
    upto: int
    ops: Counter[str]

    def apply(self, transaction: Transaction) -> None:
        """Raises `GraphNotProjected` when an edge has no node to hang on, or a change no object."""
        for statement in self.statements:
            done = transaction.run(statement.cypher, rows=statement.rows)[0]["n"]
            missing = len(statement.rows) - done
            if statement.strict and missing:
                raise GraphNotProjected(
                    f"{len(statement.rows)} 项变更中有 {missing} 项在图中找不到所属节点，图谱与数据湖不一致",
                    remedy="请运行 weinao project --rebuild。",
                )


def batches(frames: Iterable[pl.DataFrame], done: int, size: int) -> Iterator[Batch]:
    """Batches of at most `size` rows, smaller where rows are long, from row `done` of all frames on.

    Raises `GraphNotProjected` when there are fewer rows than `done`, `StatementRefused` for a label, type or property
    that the schema does not allow.
    """
    passed = 0
    for frame in frames:
        for start, stop in _cuts(frame, max(done - passed, 0), size):
            part = frame[start:stop]
            yield Batch(tuple(_statements(part)), passed + stop, Counter(part["op"]))
        passed += frame.height
    if passed < done:
        raise GraphNotProjected("图谱的进度超过了数据湖的记录", remedy="请运行 weinao project --rebuild。")


def _cuts(frame: pl.DataFrame, start: int, size: int) -> Iterator[tuple[int, int]]:
    lengths = frame["props"].str.len_bytes().fill_null(0).to_list() if start < frame.height else []
    while start < frame.height:
        stop, volume = start, 0
        while stop < frame.height and stop - start < size and (stop == start or volume + lengths[stop] <= _BYTES):
            volume += lengths[stop]
            stop += 1
        yield start, stop
        start = stop


def _statements(frame: pl.DataFrame) -> Iterator[Statement]:
    edges = "from_id" in frame.columns
    group = itemgetter("op", "type", "from_label", "to_label") if edges else itemgetter("op", "label")
    make = _edge_statement if edges else _node_statement
    for _, rows in groupby(frame.iter_rows(named=True), key=group):
        yield make(list(rows))


def _node_statement(rows: list[Row]) -> Statement:
    op, label = rows[0]["op"], rows[0]["label"]
    if op == "delete":
        return Statement(statements.delete_nodes(label), [{"id": row["id"]} for row in rows], strict=False)
    values, keys, loose = _values(label, rows)
    make = statements.create_nodes if op == "create" else statements.merge_nodes
    return Statement(make(label, keys, loose), values, strict=True)


def _edge_statement(rows: list[Row]) -> Statement:
    op, kind, ends = rows[0]["op"], rows[0]["type"], (rows[0]["from_label"], rows[0]["to_label"])
    if op == "delete":
        gone = [{"id": row["id"], "_from": row["from_id"]} for row in rows]
        return Statement(statements.delete_edges(kind, ends), gone, strict=False)
    values, keys, loose = _values(kind, rows)
    for value, row in zip(values, rows, strict=True):
        value["_from"], value["_to"] = row["from_id"], row["to_id"]
    make = statements.create_edges if op == "create" else statements.merge_edges
    return Statement(make(kind, ends, keys, loose), values, strict=True)


def _values(name: str, rows: list[Row]) -> tuple[list[Row], frozenset[str], frozenset[str]]:
    """Parameters of the rows, the names of their properties, and of the dates among them that hold text for once."""
    shapes = [(key, _SHAPES[kind].match) for key, kind in statements.temporal(name).items()]
    values: list[Row] = []
    keys = {"id"}
    loose: set[str] = set()
    for row in rows:
        props: Row = orjson.loads(row["props"] or "{}")
        keys.update(props)
        props["id"] = row["id"]
        for key, well_formed in shapes:
            text = props.get(key)
            if text is not None and not well_formed(text):
                props[statements.TEXT_PREFIX + key] = props.pop(key)
                loose.add(key)
        values.append(props)
    return values, frozenset(keys), frozenset(loose)
