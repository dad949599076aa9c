"""Comparison columns of dwellings."""

from __future__ import annotations

import polars as pl

from resolution.features.address import places
from resolution.features.columns import column
from resolution.features.similar import shape_key


def dwelling_features(records: pl.DataFrame) -> pl.DataFrame:
    """One row per record in its order; see `resolution/declarations/dwelling.yaml`."""
    address = column(records, "address")
    place = places(address)
    text = address.str.replace_all(r"\s", "")
    frame = place.with_columns(
        text.alias("address"),
        column(records, "property_no").alias("property_no"),
        column(records, "grid_code").str.head(12).alias("grid_community"),
        pl.col("compound").map_elements(shape_key, return_dtype=pl.String).alias("shape"),
        # What cannot be read as a door is compared as it is written.
        pl.when(pl.col("room").is_null()).then(text).alias("unread"),
    )
    return frame.with_columns(
        pl.concat_str("building_no", "room", separator="|").alias("door_no"),
        pl.coalesce("dwelling", "unread").alias("place"),
    )
