"""Source records as nodes, and what they describe: the provenance of every entity."""

from __future__ import annotations

import polars as pl

from graph.linking.frames import edges, nodes

RECORD_PROPS = (
    "kind",
    "feed",
    "department",
    "record_key",
    "observed_at",
    "citizen_id_index",
    "phone_index",
    "name_index",
    "uscc",
    "plate_index",
)


def record_graph(records: pl.DataFrame, live: pl.DataFrame, events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Record nodes and DESCRIBES edges, for records of living entities and for the rows that events came from."""
    described = live.select("record_id", "label", "entity_id", "probability", "run_id")
    heads = records.join(described, on="record_id", how="inner")
    frames = [heads]
    if not events.is_empty():
        own = [name for name in ("feed", "department", "record_key", "observed_at") if name in events.columns]
        source = "source_department" if "source_department" in events.columns else None
        frames.append(
            events.select(
                ("rec_" + pl.col("event_id").str.strip_prefix("evt_")).alias("record_id"),
                pl.lit("event").alias("kind"),
                *[pl.col(source).alias(name) if source and name == "department" else pl.col(name) for name in own],
                pl.lit("Event").alias("label"),
                pl.col("event_id").alias("entity_id"),
                pl.lit(1.0).alias("probability"),
            )
        )
    rows = pl.concat(frames, how="diagonal_relaxed").sort("record_id").rename({"record_id": "id"})
    links = rows.select(
        pl.lit("DESCRIBES").alias("type"),
        pl.lit("Record").alias("from_label"),
        pl.col("id").alias("from_id"),
        pl.col("label").alias("to_label"),
        pl.col("entity_id").alias("to_id"),
        pl.col("probability").cast(pl.Float64).round(6),
        pl.col("run_id").alias("run"),
    )
    columns = [name for name in RECORD_PROPS if name in rows.columns]
    return nodes("Record", rows, columns), edges(links, ("probability", "run"))
