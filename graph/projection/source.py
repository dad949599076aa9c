"""Where changes come from, and the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import polars as pl

NODE_ORDER: Final = ("label", "id")
# Edges next to each other leave the same node: a third less page traffic than in random order.
EDGE_ORDER: Final = ("type", "from_label", "to_label", "from_id", "id")


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the four parts of every batch of changes; `label` is what the user reads meanwhile."""

    label: str
    edges: bool
    deletes: bool

    @property
    def order(self) -> tuple[str, ...]:
        return EDGE_ORDER if self.edges else NODE_ORDER

    @property
    def wanted(self) -> pl.Expr:
        """Whether a change belongs to this phase, by its `op`."""
        return (pl.col("op") == "delete") if self.deletes else (pl.col("op") != "delete")


WRITE_NODES: Final = Phase("写入节点", edges=False, deletes=False)
WRITE_EDGES: Final = Phase("写入关系", edges=True, deletes=False)
# New nodes before the edges that need them; edges go before their nodes, so that a deletion is never wider than told.
PHASES: Final = (
    WRITE_NODES,
    WRITE_EDGES,
    Phase("删除关系", edges=True, deletes=True),
    Phase("删除节点", edges=False, deletes=True),
)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a phase. `counts`: how many there are of each label or type, superseded ones included.

    Frames come one after the other, none larger than memory bears, and are all together in the order `("op",
    *phase.order)`: any run finds the same rows at the same places.
    """

    counts: Mapping[str, int]
    frames: Iterator[pl.DataFrame]


class ChangeSource(Protocol):
    """The log of changes, append-only; `seq` numbers its batches.

    Node frames have op (create, update or delete), label, id, props; edge frames op, type, id, from_label, from_id,
    to_label, to_id, props; further columns are ignored. `props` is JSON text. Within one seq a node or an edge occurs
    once at most; the ends of an edge never change.
    """

    def newest(self) -> int:
        """The highest seq of the log; 0 for an empty one."""
        ...

    def seqs(self, after: int) -> list[int]:
        """Every seq > `after` that has changes, rising."""
        ...

    def changes(self, seq: int, phase: Phase) -> Part:
        """The changes of one seq that belong to a phase."""
        ...

    def latest(self, phase: Phase) -> Part:
        """All nodes, or all edges, as they are at `newest`: creations."""
        ...
