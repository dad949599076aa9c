"""Keep the search index up with the lake's log of nodes: a second projection, beside the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl
import structlog

from core.progress import SILENT, Progress, Task
from graph.search import store
from graph.search.store import Change, Mark
from graph.search.terms import LABELS, entries
from services.app import App

_TABLE: Final = "graph_nodes"
_OF_EVENT: Final = '"kind":"event"'  # as the log writes the props of the record that an event came from


def search_folder(app: App) -> Path:
    return app.settings.home / "search"


def update_search(app: App, *, rebuild: bool = False, progress: Progress = SILENT) -> dict[str, Any]:
    """Bring the search index up to the log; returns `objects` (read), `changed` and `rebuilt` for a report.

    An index that is missing, damaged, of another version or of another log (rows were erased, the lake was replaced) is
    made anew. Killed anywhere, a repeat goes on from the last whole state. Raises `DiskFull`, `HomeNotWritable`.
    """
    folder = search_folder(app)
    with app.writing():
        now, there = _newest(app), store.mark(folder)
        if not rebuild and there is not None and _continues(app, there, now):
            if there == now:
                return {"objects": 0, "changed": 0, "rebuilt": False}
            if (counts := _follow(app, there, now, progress)) is not None:
                return counts
            structlog.get_logger("search").warning("the search index is damaged and is made anew", seq=there.seq)
        total = app.lake.scan(_TABLE).filter(pl.col("label").is_in(LABELS)).select(pl.len()).collect().item()
        with progress.task("建立搜索索引", total=total, unit="个对象") as task:
            count = store.rebuild(folder, _watched(_all(app), task), now)
    return {"objects": count, "changed": count, "rebuilt": True}


def _follow(app: App, there: Mark, now: Mark, progress: Progress) -> dict[str, Any] | None:
    """Apply what is new; None where the file turns out to be damaged."""
    frame = _news(app, there.seq)
    with progress.task("更新搜索索引", total=frame.height, unit="个对象") as task:
        changed = store.change(search_folder(app), _watched(_changes(frame), task), now)
    return None if changed is None else {"objects": frame.height, "changed": changed, "rebuilt": False}


def _newest(app: App) -> Mark:
    seq = app.lake.last_seq(_TABLE)
    return Mark(seq, _digest(app, seq), seq - app.lake.count(_TABLE))


def _continues(app: App, there: Mark, now: Mark) -> bool:
    """Whether the log is the one that the index was made of, with nothing taken out and perhaps more at its end."""
    return there.gone == now.gone and there.seq <= now.seq and there.digest == _digest(app, there.seq)


def _digest(app: App, seq: int) -> str:
    """What tells the row of a `seq` from that of any other log."""
    rows = app.lake.scan(_TABLE).filter(pl.col("seq") == seq).select("id", "op", "hash").collect()
    return "/".join(str(value) for value in rows.row(0)) if rows.height else ""


def _news(app: App, after: int) -> pl.DataFrame:
    """op, label, id, props: the last change of each node since."""
    rows = app.lake.scan(_TABLE).filter(
        pl.col("seq") > after,
        pl.col("label").is_in(LABELS)
        | ((pl.col("label") == "Record") & ((pl.col("op") == "delete") | _has_event(pl.col("props")))),
    )
    latest = rows.sort("seq").unique(["label", "id"], keep="last", maintain_order=True)
    return latest.filter(pl.col("label") != "Event").select("op", "label", "id", "props").collect()


def _all(app: App) -> Iterator[Change]:
    """Every object of the latest state, label by label, so that one label at a time is held."""
    for label in LABELS:
        rows = app.lake.current(_TABLE, ["id", "props"], where=pl.col("label") == label)
        if label == "Event":
            yield from _events(app, rows["id"])
            continue
        for node_id, props in rows.iter_rows():
            yield node_id, entries(label, orjson.loads(props))


def _events(app: App, living: pl.Series) -> Iterator[Change]:
    """An event's number stands in its record, whose id differs in the prefix alone."""
    records = app.lake.scan(_TABLE).filter((pl.col("label") == "Record") & _has_event(pl.col("props")))
    latest = records.sort("seq").unique("id", keep="last").select("id", "props").collect()
    ids = set(living)
    for record_id, props in latest.iter_rows():
        event_id = _event_of(record_id)
        if event_id in ids:
            yield event_id, entries("Event", orjson.loads(props))


def _changes(frame: pl.DataFrame) -> Iterator[Change]:
    for op, label, node_id, props in frame.iter_rows():
        event = label == "Record"
        gone = op == "delete" or props is None
        found = [] if gone else entries("Event" if event else label, orjson.loads(props))
        yield _event_of(node_id) if event else node_id, found


def _has_event(props: pl.Expr) -> pl.Expr:
    return props.str.contains(_OF_EVENT, literal=True).fill_null(value=False)


def _event_of(record_id: str) -> str:
    return "evt_" + record_id.removeprefix("rec_")


def _watched(changes: Iterable[Change], task: Task) -> Iterator[Change]:
    for change in changes:
        yield change
        task.advance()
