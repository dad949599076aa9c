"""Empty the graph in bounded transactions."""

from __future__ import annotations

from core.progress import Progress
from graph.store import GraphStore

_COUNT = "MATCH (n) WHERE NOT n:Watermark AND NOT n:SchemaVersion RETURN count(n) AS n"
_DELETE = (
    "MATCH (n) WHERE NOT n:Watermark AND NOT n:SchemaVersion WITH n LIMIT $rows DETACH DELETE n RETURN count(*) AS n"
)


def clear(store: GraphStore, rows: int, progress: Progress) -> None:
    """Delete every node and relation but the bookkeeping; the schema stays. Harmless when repeated."""
    total = store.read(_COUNT)[0]["n"]
    with progress.task("清空图谱", total=total, unit="个节点") as task:
        while total and (gone := store.write(_DELETE, rows=rows)[0]["n"]):
            task.advance(gone)
