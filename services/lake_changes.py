"""The lake's log of node and edge changes, read in slices that fit into memory whatever the size of the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from graph.linking.inputs import EDGE_COLUMNS, NODE_COLUMNS
from graph.projection import Part, Phase
from services.app import App
from services.linking import next_batch

# About 60 MB of nodes, 100 MB of edges; sorting needs it twice.
_SLICE_ROWS: Final = 250_000
# `per_00`: the ids of a label fall into 256 parts of about the same size.
_PREFIX: Final = 6


@dataclass(frozen=True, slots=True)
class _Log:
    """One table of the log. Rows with equal `group` and `key` are never apart: an edge keeps its ends, so that all
    changes of one node or edge come into one slice."""

    table: str
    columns: tuple[str, ...]
    group: tuple[str, ...]
    key: str


_NODES: Final = _Log("graph_nodes", NODE_COLUMNS, ("label",), "id")
_EDGES: Final = _Log("graph_edges", EDGE_COLUMNS, ("type", "from_label", "to_label"), "from_id")


class LakeChanges:
    """The `graph.projection.ChangeSource` over the lake; a `seq` there is a batch number here."""

    def __init__(self, app: App, slice_rows: int = _SLICE_ROWS) -> None:
        self._app = app
        self._rows = slice_rows

    def newest(self) -> int:
        return next_batch(self._app) - 1

    def seqs(self, after: int) -> list[int]:
        found = [
            self._app.lake.scan(table).filter(pl.col("batch") > after).select(pl.col("batch").unique()).collect()
            for table in ("graph_nodes", "graph_edges")
        ]
        return sorted({seq for frame in found for seq in frame["batch"]})

    def changes(self, seq: int, phase: Phase) -> Part:
        log = _EDGES if phase.edges else _NODES
        chosen = self._app.lake.scan(log.table).filter(pl.col("batch") == seq, phase.wanted)
        bins = _bins(chosen, log, ("op",))

        def frames() -> Iterator[pl.DataFrame]:
            for where in _slices(bins, log.key, self._rows):
                frame = chosen.filter(where).select("op", *log.columns).collect(engine="streaming")
                yield frame.sort("op", *phase.order)

        return Part(_counts(bins, log), frames())

    def latest(self, phase: Phase) -> Part:
        log = _EDGES if phase.edges else _NODES
        bins = _bins(self._app.lake.scan(log.table), log, ())

        def frames() -> Iterator[pl.DataFrame]:
            for where in _slices(bins, log.key, self._rows):
                frame = self._app.lake.current(log.table, log.columns, where=where)
                yield frame.with_columns(op=pl.lit("create")).sort(*phase.order)

        return Part(_counts(bins, log), frames())


def _bins(rows: pl.LazyFrame, log: _Log, before: tuple[str, ...]) -> pl.DataFrame:
    """How many rows there are of each group and prefix, in the order of the projection."""
    by = [*before, *log.group, pl.col(log.key).str.head(_PREFIX).alias("prefix")]
    counted = rows.group_by(by).agg(pl.len().alias("rows")).collect(engine="streaming")
    return counted.sort(*before, *log.group, "prefix")


def _counts(bins: pl.DataFrame, log: _Log) -> dict[str, int]:
    return dict(bins.group_by(log.group[0]).agg(pl.col("rows").sum()).iter_rows())


def _slices(bins: pl.DataFrame, key: str, size: int) -> Iterator[pl.Expr]:
    """Conditions that cut the rows into parts of about `size`, each a run of the order, all of them together once."""
    rows = 0
    ranges: dict[tuple[str, ...], tuple[str, str]] = {}
    names = bins.columns[:-2]
    for *group, prefix, count in bins.iter_rows():
        if ranges and rows + count > size:
            yield _within(ranges, names, key)
            ranges, rows = {}, 0
        first, _ = ranges.get(tuple(group), (prefix, prefix))
        ranges[tuple(group)] = (first, prefix)
        rows += count
    if ranges:
        yield _within(ranges, names, key)


def _within(ranges: dict[tuple[str, ...], tuple[str, str]], names: list[str], key: str) -> pl.Expr:
    prefix = pl.col(key).str.head(_PREFIX)
    conditions: list[Any] = [
        pl.all_horizontal(*(pl.col(name) == value for name, value in zip(names, group, strict=True)))
        & prefix.is_between(pl.lit(first), pl.lit(last))
        for group, (first, last) in ranges.items()
    ]
    return pl.any_horizontal(*conditions)
