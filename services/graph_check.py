"""Whether the graph holds what the lake's log says: counts and checksums by kind, and the ids that differ.

Both sides are read once, side by side, in windows of ids: the log in slices that fit into memory, the graph by its
index of ids. A window whose checksums differ is compared row by row while both sides are at hand, so finding out what
differs needs no second reading.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import Any, Final

import polars as pl

from core.errors import GraphNotProjected, HomeBusy, InvalidSetting
from core.progress import SILENT, Progress, Task
from governance.access import AccessContext
from graph.projection import watermark
from graph.projection.contents import MODULUS, Digests, Scope, count, held, leaving, written
from graph.schema.nodes import NODES
from graph.schema.relations import RELATIONS
from services.app import App
from services.readiness import projection_lag

DIFFERENCES: Final = 20
"""How many differing ids of a kind are told."""

_SLICE_ROWS: Final = 250_000
_WINDOW_ROWS: Final = 4_000
_READERS: Final = 2
_PREFIX: Final = 6  # `per_00`: the ids of a label fall into 256 parts of about the same size
_NODE: Final = ("id", "props")
_EDGE: Final = ("id", "from_id", "to_label", "to_id", "props")


class Fault(StrEnum):
    """What is wrong with an id: the graph lacks it, has it beyond the log, or has it otherwise or twice."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERING = "differing"


@dataclass(slots=True)
class Kind:
    """A node label or relation type on both sides; checksums are None where only rows were counted."""

    name: str
    lake: int = 0
    graph: int = 0
    lake_sum: int | None = None
    graph_sum: int | None = None
    faults: dict[str, Fault] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        return not self.faults and self.lake == self.graph

    def as_dict(self, limit: int) -> dict[str, Any]:
        told = {"kind": self.name, "same": self.same, "lake": self.lake, "graph": self.graph}
        sums = {"lake_checksum": _hex(self.lake_sum), "graph_checksum": _hex(self.graph_sum)}
        counts = Counter(self.faults.values())
        shown = [{"id": key, "fault": fault} for key, fault in sorted(self.faults.items())[:limit]]
        return told | sums | {fault.value: counts[fault] for fault in Fault} | {"differences": shown}


@dataclass(slots=True)
class Check:
    """The outcome. `rows`: of the log, compared; `moved`: ids that were set aside, since they changed meanwhile."""

    kinds: list[Kind]
    seq: int
    counts_only: bool
    seconds: float = 0.0
    moved: int = 0

    @property
    def same(self) -> bool:
        return all(kind.same for kind in self.kinds)

    @property
    def rows(self) -> int:
        return sum(kind.lake for kind in self.kinds)

    def as_dict(self, limit: int = DIFFERENCES) -> dict[str, Any]:
        told = {"same": self.same, "seq": self.seq, "rows": self.rows, "seconds": round(self.seconds, 3)}
        return told | {"moved": self.moved, "kinds": [kind.as_dict(limit) for kind in self.kinds]}


def check_graph(
    app: App,
    context: AccessContext,
    *,
    kinds: Collection[str] = (),
    counts_only: bool = False,
    progress: Progress = SILENT,
) -> Check:
    """Compare the graph with the log: all kinds, or those that `kinds` names.

    Holds one slice of the log in memory at a time. What the projection writes meanwhile is set aside. Raises
    `GraphNotProjected` for a graph that is behind the log, `InvalidSetting` for a kind that does not exist, `HomeBusy`
    where it changed while only counts were asked for.
    """
    app.audit.record(context, "graph.check", [])
    started, seq = monotonic(), _caught_up(app)
    wanted = _wanted(kinds)
    bins = {table: _bins(app, table) for table in ("graph_nodes", "graph_edges")}
    total = sum(int(frame.filter(pl.col("kind").is_in(wanted))["rows"].sum()) for frame in bins.values())
    found = {name: Kind(name) for name in wanted}
    with progress.task("核对图谱", total=total, unit="项") as task:
        for table, frame in bins.items():
            for scope in _scopes(frame, wanted, table):
                slices = _slices(app, table, scope, frame)
                if counts_only:
                    found[scope.kind].lake += _counted(slices, task)
                else:
                    _compare(app, scope, slices, found[scope.kind], task)
    for kind in found.values():
        kind.graph = count(app.store, kind.name)
        if not counts_only and kind.name in RELATIONS:
            _beyond(app, kind, bins["graph_edges"])
    check = Check(list(found.values()), seq, counts_only)
    _set_aside(app, check)
    check.seconds = monotonic() - started
    return check


def _caught_up(app: App) -> int:
    """The batch up to which graph and log both are."""
    mark, lag = watermark(app.store), projection_lag(app)
    if mark is None or lag is None:
        raise GraphNotProjected("图谱还没有按数据湖建立，或重建尚未完成")
    if lag.batches:
        raise GraphNotProjected(f"图谱落后数据湖 {lag.batches:,} 批、{lag.rows:,} 行变更，先跟上再核对")
    return mark.seq


def _wanted(kinds: Collection[str]) -> list[str]:
    known = [*NODES, *RELATIONS]
    if unknown := sorted(set(kinds) - set(known)):
        raise InvalidSetting(f"没有这种节点或关系：{'、'.join(unknown)}", remedy=f"可用的种类：{'、'.join(known)}。")
    return [name for name in known if not kinds or name in kinds]


def _bins(app: App, table: str) -> pl.DataFrame:
    """kind, label (of the node, or of the node that an edge leaves), prefix, rows: superseded rows count too."""
    kind, label, key = ("label", "label", "id") if table == "graph_nodes" else ("type", "from_label", "from_id")
    by = [pl.col(kind).alias("kind"), pl.col(label).alias("label"), pl.col(key).str.head(_PREFIX).alias("prefix")]
    rows = app.lake.scan(table).group_by(by).agg(pl.len().alias("rows"))
    return rows.collect(engine="streaming").sort("kind", "label", "prefix")


def _scopes(bins: pl.DataFrame, wanted: Collection[str], table: str) -> list[Scope]:
    """Nodes of every wanted label, whether the log knows any or not; edges as the log knows them."""
    if table == "graph_nodes":
        return [Scope(name, name) for name in wanted if name in NODES]
    pairs = bins.filter(pl.col("kind").is_in(list(wanted))).select("kind", "label").unique(maintain_order=True)
    return [Scope(kind, label) for kind, label in pairs.iter_rows()]


def _slices(app: App, table: str, scope: Scope, bins: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """What the log says now, in the order of the ids that the graph's windows go by."""
    kind, label, key = ("type", "from_label", "from_id") if scope.edges else ("label", "label", "id")
    mine = bins.filter(pl.col("kind") == scope.kind, pl.col("label") == scope.label)
    for first, last in _ranges(mine.select("prefix", "rows").iter_rows()):
        prefix = pl.col(key).str.head(_PREFIX)
        where = (pl.col(kind) == scope.kind) & (pl.col(label) == scope.label) & prefix.is_between(first, last)
        yield app.lake.current(table, _EDGE if scope.edges else _NODE, where=where).sort(key)


def _ranges(bins: Iterable[tuple[str, int]]) -> Iterator[tuple[pl.Expr, pl.Expr]]:
    first, last, rows = "", "", 0
    for prefix, number in bins:
        if rows and rows + number > _SLICE_ROWS:
            yield pl.lit(first), pl.lit(last)
            first, rows = "", 0
        first, last, rows = first or prefix, prefix, rows + number
    if rows:
        yield pl.lit(first), pl.lit(last)


def _counted(slices: Iterable[pl.DataFrame], task: Task) -> int:
    total = 0
    for frame in slices:
        total += frame.height
        task.advance(frame.height)
    return total


def _windows(scope: Scope, slices: Iterable[pl.DataFrame]) -> Iterator[tuple[str, str | None, pl.DataFrame]]:
    """Windows (after, up to) that together are all ids there can be, with the rows of the log in each."""
    low, key = "", "from_id" if scope.edges else "id"
    empty = pl.DataFrame(schema=dict.fromkeys(_EDGE if scope.edges else _NODE, pl.String))
    for frame in slices:
        start, ids = 0, frame[key]
        while start < frame.height:
            high = ids[min(start + _WINDOW_ROWS, frame.height) - 1]
            stop = int(ids.search_sorted(high, side="right"))  # the edges of one node stay together
            yield low, high, frame[start:stop]
            low, start = high, stop
    yield low, None, empty


def _compare(app: App, scope: Scope, slices: Iterable[pl.DataFrame], kind: Kind, task: Task) -> None:
    kind.lake_sum, kind.graph_sum = kind.lake_sum or 0, kind.graph_sum or 0
    for (ours, rows), theirs in _read_ahead(app, scope, slices):
        ours_sum, theirs_sum = (sum(digest for _, digest in side) % MODULUS for side in (ours, theirs))
        kind.lake += rows
        kind.lake_sum = (kind.lake_sum + ours_sum) % MODULUS
        kind.graph_sum = (kind.graph_sum + theirs_sum) % MODULUS
        if ours_sum != theirs_sum or len(ours) != len(theirs):
            kind.faults |= _faults(ours, theirs)
        task.advance(rows)


def _read_ahead(
    app: App, scope: Scope, slices: Iterable[pl.DataFrame]
) -> Iterator[tuple[tuple[Digests, int], Digests]]:
    """Both sides of each window; the graph answers for the next ones while these are compared."""
    waiting: deque[tuple[tuple[Digests, int], Future[Digests]]] = deque()
    with ThreadPoolExecutor(_READERS, thread_name_prefix="check") as readers:
        for low, high, frame in _windows(scope, slices):
            ours, keys = written(scope, frame.iter_rows())
            ask = partial(held, app.store, scope, low, high, frozenset(keys))
            waiting.append(((ours, frame.height), readers.submit(ask)))
            if len(waiting) > _READERS:
                side, future = waiting.popleft()
                yield side, future.result()
        for side, future in waiting:
            yield side, future.result()


def _faults(ours: Digests, theirs: Digests) -> dict[str, Fault]:
    expected, times = dict(ours), Counter(key for key, _ in theirs)
    found = dict.fromkeys(expected.keys() - times.keys(), Fault.MISSING)
    found |= dict.fromkeys(times.keys() - expected.keys(), Fault.EXTRA)
    for key, digest in theirs:
        if key in expected and (digest != expected[key] or times[key] > 1):
            found[key] = Fault.DIFFERING
    return found


def _beyond(app: App, kind: Kind, bins: pl.DataFrame) -> None:
    """Edges that leave nodes of a label from which the log knows none."""
    known = bins.filter(pl.col("kind") == kind.name)["label"].unique().to_list()
    seen = kind.lake + sum((fault is Fault.EXTRA) - (fault is Fault.MISSING) for fault in kind.faults.values())
    if kind.graph != seen:
        kind.faults |= dict.fromkeys(leaving(app.store, kind.name, known, kind.graph), Fault.EXTRA)


def _set_aside(app: App, check: Check) -> None:
    """Take out what the projection wrote while it was being read. Raises `HomeBusy` where only counts are known."""
    changed: set[str] = set()
    for table in ("graph_nodes", "graph_edges"):
        rows = app.lake.scan(table).filter(pl.col("batch") > check.seq).select("id").collect()
        changed |= set(rows["id"])
    if changed and check.counts_only:
        raise HomeBusy("核对期间图谱又有更新", remedy="请重跑同一命令；不加 --counts 的核对会撇开新的变更。")
    for kind in check.kinds if changed else ():
        before = len(kind.faults)
        kind.faults = {key: fault for key, fault in kind.faults.items() if key not in changed}
        check.moved += before - len(kind.faults)
        if not kind.faults:
            kind.graph = kind.lake


def _hex(checksum: int | None) -> str | None:
    return None if checksum is None else f"{checksum:016x}"
