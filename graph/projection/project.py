"""Apply the log to the graph, from wherever the last run came to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from core.errors import CommitUncertain, GraphNotProjected, HomeBusy, StatementRefused
from core.progress import SILENT, Progress
from graph.projection.ahead import ahead
from graph.projection.batches import Batch, batches
from graph.projection.clear import clear
from graph.projection.source import PHASES, WRITE_EDGES, WRITE_NODES, ChangeSource, Part, Phase
from graph.projection.watermark import Watermark, WatermarkMoved, move, place, watermark
from graph.schema.install import create_indexes, drop_indexes
from graph.store import GraphStore, Transaction

_ATTEMPTS: Final = 5
# From so many nodes of a label on, a rebuild makes its indexes afterwards; each takes 30 to 60 ms to drop and make.
_MANY: Final = 20_000


@dataclass(slots=True)
class ProjectionReport:
    """What one run did. `seq`: the graph now holds everything up to it."""

    seq: int = 0
    rebuilt: bool = False
    nodes: dict[str, int] = field(default_factory=dict)
    edges: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def project(
    store: GraphStore,
    changes: ChangeSource,
    *,
    rebuild: bool = False,
    batch: int = 5_000,
    progress: Progress = SILENT,
) -> ProjectionReport:
    """Apply all changes that the graph has not seen, `batch` rows a transaction.

    A graph that was never projected, or one that `rebuild` tells to drop, is made from the latest state. A run that was
    interrupted is taken up where the graph says it stopped; an interrupted rebuild too, unless the log has moved on.

    Raises `GraphNotProjected` when log and graph contradict each other, `HomeBusy` when another process projects at the
    same time, `GraphUnreachable`.
    """
    return _Run(store, changes, batch, progress).run(rebuild=rebuild)


class _Run:
    def __init__(self, store: GraphStore, source: ChangeSource, size: int, progress: Progress) -> None:
        self._store = store
        self._source = source
        self._size = size
        self._progress = progress
        self._report = ProjectionReport()

    def run(self, *, rebuild: bool) -> ProjectionReport:
        started = time.monotonic()
        mark = watermark(self._store)
        if rebuild or mark is None or (mark.rebuilding and mark.target != self._source.newest()):
            mark = Watermark(0, self._source.newest(), rebuilding=True, phase=-1)
            place(self._store, mark)
        if mark.rebuilding:
            mark = self._rebuild(mark)
        mark = self._follow(mark)
        self._report.seq = mark.seq
        self._report.seconds = round(time.monotonic() - started, 3)
        return self._report

    def _rebuild(self, mark: Watermark) -> Watermark:
        self._report.rebuilt = True
        if mark.phase < 0:
            clear(self._store, self._size, self._progress)
            mark = self._advance(mark, mark.at(0, 0))
        if mark.phase == 0:
            part = self._source.latest(WRITE_NODES)
            drop_indexes(self._store, [label for label, count in part.counts.items() if count >= _MANY])
            mark = self._apply(part, WRITE_NODES, mark)
            # Also after a rebuild that was interrupted in between, whoever dropped them.
            create_indexes(self._store)
            mark = self._advance(mark, mark.at(1, 0))
        mark = self._apply(self._source.latest(WRITE_EDGES), WRITE_EDGES, mark)
        return self._advance(mark, Watermark(mark.target))

    def _follow(self, mark: Watermark) -> Watermark:
        for seq in self._source.seqs(mark.seq):
            if mark.target != seq:
                mark = self._advance(mark, Watermark(mark.seq, seq))
            for number in range(mark.phase, len(PHASES)):
                mark = self._apply(self._source.changes(seq, PHASES[number]), PHASES[number], mark)
                if number + 1 < len(PHASES):
                    mark = self._advance(mark, mark.at(number + 1, 0))
            mark = self._advance(mark, Watermark(seq))
        return mark

    def _apply(self, part: Part, phase: Phase, mark: Watermark) -> Watermark:
        """All rows of a phase after those that the watermark counts as done."""
        counts = self._report.edges if phase.edges else self._report.nodes
        rows = sum(part.counts.values())
        if not rows and not mark.offset:
            return mark
        # The next batches are parsed while the database works on this one.
        parts = ahead(batches(part.frames, mark.offset, self._size))
        with _contradictions(), closing(parts), self._progress.task(phase.label, total=rows, unit="个") as task:
            task.advance(mark.offset)
            for batch in parts:
                before, mark = mark, self._advance(mark, mark.at(mark.phase, batch.upto), batch)
                task.advance(mark.offset - before.offset)
                for op, number in batch.ops.items():
                    counts[op] = counts.get(op, 0) + number
        return mark

    def _advance(self, before: Watermark, after: Watermark, batch: Batch | None = None) -> Watermark:
        """One transaction: `batch` and the watermark. When in doubt whether it happened, the graph knows."""

        def work(transaction: Transaction) -> None:
            move(transaction, before, after)
            if batch is not None:
                batch.apply(transaction)

        for _ in range(_ATTEMPTS):
            try:
                self._store.transact(work)
            except (CommitUncertain, WatermarkMoved) as error:
                found = watermark(self._store)
                if found == after:
                    return after
                if found != before:
                    raise HomeBusy("另一个进程也在更新图谱") from error
            else:
                return after
        raise HomeBusy("图数据库一直没有确认写入")


@contextmanager
def _contradictions() -> Iterator[None]:
    """What the database refuses of the log's changes is a contradiction between the two."""
    try:
        yield
    except StatementRefused as error:
        raise GraphNotProjected(
            f"图谱与数据湖不一致：{error.message}", remedy="请运行 weinao project --rebuild。"
        ) from error
