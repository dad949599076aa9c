"""Apply the log to the graph, from wherever the last run came to."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from core.errors import CommitUncertain, GraphNotProjected, HomeBusy, StatementRefused
from core.progress import SILENT, Progress
from graph.projection.batches import Batch, batches
from graph.projection.clear import clear
from graph.projection.source import PHASES, Changes, ChangeSource, latest
from graph.projection.watermark import Watermark, WatermarkMoved, move, place, watermark
from graph.schema.install import create_indexes, drop_indexes
from graph.store import GraphStore, Transaction

_ATTEMPTS = 5
# From so many nodes of a label on, a rebuild makes its indexes afterwards; each takes 30 to 60 ms to drop and make.
_MANY = 20_000
_LABELS = dict(zip(PHASES, ("写入节点", "写入关系", "删除关系", "删除节点"), strict=True))


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
            mark = self._rebuild_nodes(mark)
        mark = self._apply(latest(self._source, PHASES[1]), PHASES[1], mark)
        return self._advance(mark, Watermark(mark.target))

    def _rebuild_nodes(self, mark: Watermark) -> Watermark:
        frame = latest(self._source, PHASES[0])
        if mark.offset == 0:
            many = frame["label"].value_counts().filter(pl.col("count") >= _MANY)
            drop_indexes(self._store, many["label"].to_list())
        mark = self._apply(frame, PHASES[0], mark)
        # Also after a rebuild that was interrupted in between, whoever dropped them.
        create_indexes(self._store)
        return self._advance(mark, mark.at(1, 0))

    def _follow(self, mark: Watermark) -> Watermark:
        changes = Changes(self._source, mark.seq)
        for seq in changes.seqs():
            if mark.target != seq:
                mark = self._advance(mark, Watermark(mark.seq, seq))
            for phase in range(mark.phase, len(PHASES)):
                mark = self._apply(changes.part(seq, PHASES[phase]), PHASES[phase], mark)
                if phase + 1 < len(PHASES):
                    mark = self._advance(mark, mark.at(phase + 1, 0))
            mark = self._advance(mark, Watermark(seq))
        return mark

    def _apply(self, frame: pl.DataFrame, phase: str, mark: Watermark) -> Watermark:
        if frame.height == mark.offset:
            return mark
        if frame.height < mark.offset:
            raise GraphNotProjected("图谱的进度超过了数据湖的记录", remedy="请运行 weinao project --rebuild。")
        with self._progress.task(_LABELS[phase], total=frame.height - mark.offset, unit="个") as task:
            for part in batches(frame, mark.offset, self._size):
                mark = self._advance(mark, mark.at(mark.phase, part.upto), part)
                self._count(part.frame)
                task.advance(part.frame.height)
        return mark

    def _advance(self, before: Watermark, after: Watermark, part: Batch | None = None) -> Watermark:
        """One transaction: the rows of `part` and the watermark. When in doubt whether it happened, the graph knows."""

        def work(transaction: Transaction) -> None:
            move(transaction, before, after)
            if part is not None:
                part.apply(transaction)

        for _ in range(_ATTEMPTS):
            try:
                self._store.transact(work)
            except (CommitUncertain, WatermarkMoved) as error:
                found = watermark(self._store)
                if found == after:
                    return after
                if found != before:
                    raise HomeBusy("另一个进程也在更新图谱") from error
            except StatementRefused as error:
                raise GraphNotProjected(
                    f"图谱与数据湖不一致：{error.message}", remedy="请运行 weinao project --rebuild。"
                ) from error
            else:
                return after
        raise HomeBusy("图数据库一直没有确认写入")

    def _count(self, frame: pl.DataFrame) -> None:
        counts = self._report.edges if "from_id" in frame.columns else self._report.nodes
        for op, number in frame["op"].value_counts().iter_rows():
            counts[op] = counts.get(op, 0) + number
