"""Comparison columns of dwellings."""

from __future__ import annotations

import polars as pl

from resolution.features.address import places
from resolution.features.columns import column
from resolution.features.similar import shape_key


def dwelling_features(records: pl.DataFrame) -> pl.DataFrame:
    """One row per record in its order; see `resolution/declarations/dwelling.yaml`."""
    place = places(column(records, "address"))
    frame = place.with_columns(
        column(records, "property_no").alias("property_no"),
        column(records, "grid_code").str.head(12).alias("grid_community"),
        pl.col("compound").map_elements(shape_key, return_dtype=pl.String).alias("shape"),
    )
    number = pl.concat_str(pl.col("building_no").fill_null(""), pl.col("room").fill_null(""), separator="|")
    return frame.with_columns(pl.when(pl.col("dwelling").is_not_null()).then(number).alias("door_no"))
