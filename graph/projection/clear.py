"""Empty the graph in bounded transactions."""

from __future__ import annotations

from core.progress import Progress
from graph.schema.nodes import NODES
from graph.store import GraphStore

_COUNT = "MATCH (n:{label}) RETURN count(n) AS n"
# One pass over the nodes of a label; taking the first so many again and again passes over what is gone each time.
_DELETE = "MATCH (n:{label}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF {rows} ROWS"
_DELETE_REST = (
    "MATCH (n) WHERE NOT n:Watermark AND NOT n:SchemaVersion WITH n LIMIT $rows DETACH DELETE n RETURN count(*) AS n"
)


def clear(store: GraphStore, rows: int, progress: Progress) -> None:
    """Delete every node and relation but the bookkeeping; the schema stays. Harmless when repeated.

    Frequent labels go first and take their relations with them, so that no transaction ever has to delete all
    relations of a department or a tag.
    """
    counts = {label: store.read(_COUNT.format(label=label))[0]["n"] for label in NODES}
    with progress.task("清空图谱", total=sum(counts.values()), unit="个节点") as task:
        for label in sorted(counts, key=lambda name: -counts[name]):
            if counts[label]:
                store.run(_DELETE.format(label=label, rows=rows))
                task.advance(counts[label])
        while store.write(_DELETE_REST, rows=rows)[0]["n"]:
            continue
