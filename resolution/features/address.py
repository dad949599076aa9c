"""Comparison columns of addresses, with what the data at hand says about its own places.

Ten spellings of one door differ in what they leave out. Two gaps are closed from the other addresses of the same
frame: a road number stands for the compound that other rows name with it, and a missing unit is filled where the
building is known with one unit only.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from core.values import StandardAddress
from resolution.features.columns import parsed

_PARTS: Final[dict[str, Any]] = {
    "county": pl.String,
    "street": pl.String,
    "community": pl.String,
    "named": pl.String,
    "road_no": pl.String,
    "building_no": pl.String,
    "unit": pl.String,
    "room": pl.String,
    "rest": pl.String,
    "door": pl.Boolean,
}


def _read(text: str) -> tuple[str | bool | None, ...]:
    address = StandardAddress.parse(text)
    key = address.dwelling_key
    # The key knows where a door's number stands: at the building, or at the house of a village.
    building, unit, room = key.split("|")[1:] if key else (address.building, address.unit, address.room)
    return (
        address.county,
        address.street,
        address.community,
        address.compound_key if address.compound else None,
        f"{address.road}{address.road_no}" if address.road and address.road_no else None,
        building or None,
        unit or None,
        room or None,
        address.rest,
        bool(key),
    )


def places(addresses: pl.Series) -> pl.DataFrame:
    """Per address: county, street, community, compound, building_no, unit, room, rest; keys building and dwelling.

    `building` is null without a building number, `dwelling` where the address does not tell one door.
    """
    parts = parsed(addresses, _PARTS, _read)
    frame = _name_compounds(parts)
    frame = _fill_units(frame)
    house = pl.concat_str("compound", pl.col("building_no").fill_null(""), separator="|")
    return frame.with_columns(
        pl.when(pl.col("building_no").is_not_null()).then(house).alias("building"),
        pl.when("door")
        .then(pl.concat_str(house, pl.col("unit").fill_null(""), pl.col("room").fill_null(""), separator="|"))
        .alias("dwelling"),
    )


def _name_compounds(parts: pl.DataFrame) -> pl.DataFrame:
    aliases = (
        parts.drop_nulls(["named", "road_no"])
        .group_by("road_no", "named")
        .len()
        .sort(["len", "named"], descending=[True, False])
        .group_by("road_no", maintain_order=True)
        .agg(pl.col("named").first().alias("alias"), (pl.col("len").first() / pl.col("len").sum()).alias("share"))
        .filter(pl.col("share") >= 0.8)  # the rest are typing errors, or a road that several compounds share
        .select("road_no", "alias")
    )
    return (
        parts.join(aliases, on="road_no", how="left", maintain_order="left")
        .with_columns(pl.coalesce("named", "alias", "road_no").alias("compound"))
        .drop("named", "alias")
    )


def _fill_units(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill the unit where the building has one only; where it has several, an address without unit is no door."""
    house = ["compound", "building_no"]
    known = (
        frame.drop_nulls([*house, "unit"])
        .group_by(house)
        .agg(pl.col("unit").n_unique().alias("units"), pl.col("unit").min().alias("sole_unit"))
    )
    several = pl.col("units").fill_null(0) > 1
    return (
        frame.join(known, on=house, how="left", maintain_order="left")
        .with_columns(
            (pl.col("door") & ~(several & pl.col("unit").is_null())).alias("door"),
            pl.when(several).then("unit").otherwise(pl.coalesce("unit", "sole_unit")).alias("unit"),
        )
        .drop("units", "sole_unit")
    )
