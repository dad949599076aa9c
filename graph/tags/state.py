"""The taggings of some objects as the graph holds them: what an incremental run reads in place of the whole log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import polars as pl

from graph.store import GraphStore
from graph.tags.changes import BORNE
from graph.tags.evaluate import chunks
from graph.tags.hand import plain


def borne_by(store: GraphStore, ids: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The taggings of rules (BORNE) that nodes bear or bore; `ids` by label."""
    rows: list[tuple[Any, ...]] = []
    for label, members in ids.items():
        for part in chunks(members):
            for row in store.read(_of(label), ids=part):
                props = row["props"]
                told = {name: plain(value) for name, value in props.items() if name != "id" and value is not None}
                rows.append(
                    (
                        props["id"],
                        label,
                        row["id"],
                        row["tag"],
                        props.get("version"),
                        props.get("valid_from"),
                        props.get("valid_to"),
                        orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode(),
                    )
                )
    return pl.DataFrame(rows, schema=BORNE, orient="row")


def _of(label: str) -> str:
    return (
        f"UNWIND $ids AS id MATCH (n:{label} {{id: id}})-[r:TAGGED]->(t:Tag) WHERE r.author IS NULL "
        "RETURN n.id AS id, t.name AS tag, properties(r) AS props"
    )
