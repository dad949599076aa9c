"""Frames of nodes and edges: ids, props as JSON text, hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson
import polars as pl

from graph.linking.inputs import EDGE_COLUMNS, NODE_COLUMNS, empty_edges

# A null member of a JSON object, with the comma before or after it. Quotes inside values are escaped with a backslash,
# so a value can never look like one.
_NULL_AFTER_COMMA = r',"[a-z_]+":null'
_NULL_FIRST = r'^\{"[a-z_]+":null,?'

EDGE_ENDS = ("type", "from_label", "from_id", "to_label", "to_id")


def digest(*parts: str) -> str:
    """A short stable digest of ids and other values that give nothing away."""
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def dumps(props: Mapping[str, Any]) -> str:
    """JSON text in the order of keys, without the keys that have no value."""
    kept = {key: value for key, value in props.items() if value is not None and value != []}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()


def _json(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    exprs = [_iso(name, dtype) for name, dtype in frame.select(columns).schema.items()]
    if not exprs:
        return pl.Series("props", ["{}"] * frame.height, dtype=pl.String)
    text = pl.struct(exprs).struct.json_encode()
    stripped = text.str.replace_all(_NULL_AFTER_COMMA, "").str.replace(_NULL_FIRST, "{")
    return frame.select(stripped.alias("props"))["props"]


def _iso(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Date:
        return pl.col(name).dt.strftime("%Y-%m-%d")
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S")
    return pl.col(name)


def nodes(label: str, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Nodes whose props rest in clear: `id` and `columns` of `frame`."""
    props = _json(frame, sorted(columns))
    ids = frame["id"]
    hashes = [digest(label, text) for text in props]
    return pl.DataFrame(
        {"label": [label] * frame.height, "id": ids, "props": props, "hash": hashes},
        schema=dict.fromkeys(NODE_COLUMNS, pl.String),
    )


def nodes_of(label: str, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> pl.DataFrame:
    """The same from (id, props) pairs."""
    made = [(label, node_id, dumps(props)) for node_id, props in rows]
    return pl.DataFrame(
        [(label, node_id, props, digest(label, props)) for label, node_id, props in made],
        schema=dict.fromkeys(NODE_COLUMNS, pl.String),
        orient="row",
    )


def edges(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Edges with `columns` as props; `frame` has `EDGE_ENDS`, the columns, and `discriminator` where one is needed.

    The id depends on type, ends, start of validity and discriminator alone, so that new evidence updates an edge.
    """
    if frame.is_empty():
        return empty_edges()
    props = _json(frame, sorted(columns))
    blank = pl.repeat("", frame.height, dtype=pl.String, eager=True)
    start = frame["valid_from"].cast(pl.String).fill_null("") if "valid_from" in columns else blank
    extra = frame["discriminator"].cast(pl.String).fill_null("") if "discriminator" in frame.columns else blank
    ends = frame.select("type", "from_id", "to_id", start.alias("start"), extra.alias("extra"))
    keys = ends.select(pl.concat_str(pl.all(), separator="\x1f").alias("key"))["key"]
    ids = [f"rel_{digest(key)}" for key in keys]
    return pl.DataFrame(
        {
            **{name: frame[name] for name in EDGE_ENDS},
            "id": ids,
            "props": props,
            "hash": [digest(edge_id, text) for edge_id, text in zip(ids, props, strict=True)],
        }
    ).select(EDGE_COLUMNS)
