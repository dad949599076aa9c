"""How far the log has been applied: a node that is written in the very transaction that applies a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from core.errors import GraphNotProjected
from graph.store import GraphStore, Transaction

_READ = "MATCH (w:Watermark {name: 'lake'}) RETURN w.position AS position"
# The first SET takes the lock: Neo4j looks at a WHERE before it does, and two who project at once would both go on.
_MOVE = (
    "MATCH (w:Watermark {name: 'lake'}) SET w.taking = $after WITH w WHERE w.position = $before "
    "SET w.position = $after, w.seq = $seq REMOVE w.taking RETURN count(w) AS moved"
)
_START = "MERGE (w:Watermark {name: 'lake'}) SET w.position = $after, w.seq = $seq"


@dataclass(frozen=True, slots=True)
class Watermark:
    """`seq`: everything up to it is applied. While a batch number is under way, `target` names it, and `offset` rows of
    `phase` (index into `source.PHASES`; -1: still emptying the graph) are applied.
    """

    seq: int
    target: int = 0
    rebuilding: bool = False
    phase: int = 0
    offset: int = 0

    @property
    def position(self) -> str:
        return f"{self.seq}/{self.target}/{int(self.rebuilding)}/{self.phase}/{self.offset}"

    @classmethod
    def parse(cls, position: str) -> Self:
        """Raises `GraphNotProjected` for a text that no version of this program writes."""
        try:
            seq, target, rebuilding, phase, offset = (int(part) for part in position.split("/"))
        except ValueError:
            raise GraphNotProjected("图谱中的进度标记无法识别", remedy="请运行 weinao project --rebuild。") from None
        return cls(seq, target, bool(rebuilding), phase, offset)

    def at(self, phase: int, offset: int) -> Watermark:
        return replace(self, phase=phase, offset=offset)


class WatermarkMoved(Exception):
    """The graph is not where this process left it: its own commit did happen, or another process projects too."""


def watermark(store: GraphStore) -> Watermark | None:
    """What the graph says of itself; None for a graph that has never been projected."""
    rows = store.read_newest(_READ)
    return Watermark.parse(rows[0]["position"]) if rows else None


def move(transaction: Transaction, before: Watermark, after: Watermark) -> None:
    """Advance the watermark inside `transaction`; raises `WatermarkMoved` if it is not at `before`."""
    rows = transaction.run(_MOVE, before=before.position, after=after.position, seq=after.seq)
    if rows[0]["moved"] != 1:
        raise WatermarkMoved


def place(store: GraphStore, mark: Watermark) -> None:
    """Set the watermark wherever it was."""
    store.write(_START, after=mark.position, seq=mark.seq)
