"""Where changes come from, and the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import polars as pl

_NODE_ORDER = ("label", "id")
# Edges next to each other leave the same node: a third less page traffic than in random order.
_EDGE_ORDER = ("type", "from_label", "to_label", "from_id", "id")


class ChangeSource(Protocol):
    """The log of changes, append-only; `seq` numbers its batches.

    Node frames have seq, op (create, update or delete), label, id, props; edge frames seq, op, type, id, from_label,
    from_id, to_label, to_id, props; further columns are ignored. `props` is JSON text. Within one seq a node or an edge
    occurs once at most. The latest state has the same columns without seq and op.
    """

    def nodes(self, after: int) -> Iterator[pl.DataFrame]:
        """Node changes with seq > `after`."""
        ...

    def edges(self, after: int) -> Iterator[pl.DataFrame]:
        """Edge changes with seq > `after`."""
        ...

    def latest_nodes(self) -> pl.DataFrame:
        """All nodes as they are at `newest`."""
        ...

    def latest_edges(self) -> pl.DataFrame: ...

    def newest(self) -> int:
        """The highest seq of the log; 0 for an empty one."""
        ...


class Changes:
    """All changes after one seq, cut into batches that any run finds in the same order."""

    def __init__(self, source: ChangeSource, after: int) -> None:
        self._nodes = _joined(source.nodes(after), after)
        self._edges = _joined(source.edges(after), after)

    def seqs(self) -> list[int]:
        found = [frame["seq"].unique().to_list() for frame in (self._nodes, self._edges) if frame.height]
        return sorted({seq for seqs in found for seq in seqs})

    def part(self, seq: int, phase: str) -> pl.DataFrame:
        """The changes of one seq that belong to a phase of `PHASES`."""
        nodes = phase.startswith("node")
        frame = self._nodes if nodes else self._edges
        if not frame.height:
            return frame
        deletes = pl.col("op") == "delete"
        chosen = frame.filter((pl.col("seq") == seq) & (deletes if phase.endswith("deletes") else ~deletes))
        return chosen.sort("op", *(_NODE_ORDER if nodes else _EDGE_ORDER))


# New nodes before the edges that need them; edges go before their nodes, so that a deletion is never wider than told.
PHASES = ("node writes", "edge writes", "edge deletes", "node deletes")


def latest(source: ChangeSource, phase: str) -> pl.DataFrame:
    """The latest state as creations, in the order of a rebuild."""
    nodes = phase == PHASES[0]
    frame = source.latest_nodes() if nodes else source.latest_edges()
    return frame.with_columns(op=pl.lit("create")).sort(*(_NODE_ORDER if nodes else _EDGE_ORDER))


def _joined(frames: Iterator[pl.DataFrame], after: int) -> pl.DataFrame:
    kept = [frame.filter(pl.col("seq") > after) for frame in frames if frame.height]
    return pl.concat(kept, how="diagonal_relaxed") if kept else pl.DataFrame()
