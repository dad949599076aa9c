"""Calls about one matter: DUPLICATE_OF its first call, FOLLOWS an earlier one."""

from __future__ import annotations

from typing import Final

import polars as pl

from graph.linking.derived import DERIVED
from graph.linking.frames import edges
from graph.linking.inputs import empty_edges
from graph.linking.relations import event_days

TYPES: Final = {"duplicate": "DUPLICATE_OF", "follows": "FOLLOWS"}
_PROPS: Final = ("valid_from", "observed_at", "sources", "confidence", "reason")


def matter_edges(matters: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Edges from `events` to the calls that they relate to.

    matters: event_id, relation, to_id, confidence, reason (rows of the lake's table). An edge holds from the day of the
    later call, so that a look into the past does not know of it.
    """
    if matters.is_empty() or events.is_empty():
        return empty_edges()
    related = (
        matters.filter(pl.col("relation").is_in(list(TYPES)), pl.col("to_id").is_not_null())
        .join(event_days(events), on="event_id", how="inner")
        .join(events.select("event_id", "observed_at"), on="event_id", how="inner")
        .sort("event_id")
    )
    return edges(
        related.select(
            pl.col("relation").replace_strict(TYPES, return_dtype=pl.String).alias("type"),
            pl.lit("Event").alias("from_label"),
            pl.col("event_id").alias("from_id"),
            pl.lit("Event").alias("to_label"),
            pl.col("to_id"),
            pl.col("day").alias("valid_from"),
            "observed_at",
            sources=pl.concat_list(pl.lit(DERIVED)),
            confidence="confidence",
            reason="reason",
        ),
        _PROPS,
    )
