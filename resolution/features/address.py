"""The feature type of addresses, with what the data at hand says about its own places.

Ten spellings of one door differ in what they leave out. Three gaps are closed from the other addresses of the same
field: a road number stands for the compound that other rows name with it, a missing unit is filled where the
building is known with one unit only, and a road number of which no row names a part is one door (胡同12号).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from core.values import StandardAddress
from resolution.features.feature_type import FeatureType, Learned, Row
from resolution.features.similar import shape_key

# The rest are typing errors, or a road that several compounds share.
_ALIAS_SHARE: Final = 0.8


def _read(text: str) -> Row:
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
        bool(key),
    )


def _fit(parts: pl.DataFrame) -> Learned:
    """`aliases`: road number → compound; `units`: building → its one unit, or "" where it has several; `parted`: road
    numbers at which some row names a building, a unit or a room.
    """
    named = (
        parts.drop_nulls(["named", "road_no"])
        .group_by("road_no", "named")
        .agg(pl.col("count").sum())
        .sort(["count", "named"], descending=[True, False])
        .group_by("road_no", maintain_order=True)
        .agg(pl.col("named").first(), (pl.col("count").first() / pl.col("count").sum()).alias("share"))
        .filter(pl.col("share") >= _ALIAS_SHARE)
    )
    aliases = dict(named.select("road_no", "named").iter_rows())
    alias = pl.col("road_no").replace_strict(aliases, default=None, return_dtype=pl.String)
    units = (
        parts.with_columns(compound=pl.coalesce("named", alias, "road_no"))
        .drop_nulls(["compound", "building_no", "unit"])
        .group_by(house=pl.concat_str("compound", "building_no", separator="|"))
        .agg(pl.when(pl.col("unit").n_unique() == 1).then(pl.col("unit").min()).otherwise(pl.lit("")).alias("unit"))
        .sort("house")
    )
    part = pl.any_horizontal(pl.col("building_no", "unit", "room").is_not_null())
    parted = parts.filter(part)["road_no"].drop_nulls().unique().sort()
    return {
        "aliases": aliases,
        "units": dict(units.iter_rows()),
        "parted": dict.fromkeys(parted.to_list(), True),
    }


def _finish(parts: Row, learned: Learned) -> Row:
    county, street, community, named, road_no, building_no, unit, room, door = parts
    compound = named or learned["aliases"].get(road_no) or road_no
    house = f"{compound}|{building_no or ''}" if compound else None
    numbered = compound is not None and compound == road_no and not building_no
    door = door or (numbered and compound not in learned["parted"])
    sole = learned["units"].get(house or "")
    if sole == "":
        # Where the building has several units, an address without unit is no door.
        door = door and unit is not None
    else:
        unit = unit or sole
    return (
        county,
        street,
        community,
        compound,
        shape_key(compound) if compound else None,
        building_no,
        unit,
        room,
        house if building_no or numbered else None,
        f"{house}|{unit or ''}|{room or ''}" if door and house else None,
    )


TYPES: Final = {
    "address": FeatureType(
        columns={
            "county": pl.String,
            "street": pl.String,
            "community": pl.String,
            "compound": pl.String,
            "compound_shape": pl.String,
            "building_no": pl.String,
            "unit": pl.String,
            "room": pl.String,
            "building": pl.String,
            "dwelling": pl.String,
        },
        read=_read,
        parts={
            "county": pl.String,
            "street": pl.String,
            "community": pl.String,
            "named": pl.String,
            "road_no": pl.String,
            "building_no": pl.String,
            "unit": pl.String,
            "room": pl.String,
            "door": pl.Boolean,
        },
        fit=_fit,
        finish=_finish,
    )
}
