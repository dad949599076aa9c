"""The part of an address that places are made of."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from core.codes import divisions
from core.values import InvalidValue, StandardAddress


class Division(NamedTuple):
    """A street or community: `key` is its code where the division table knows it, else its name."""

    key: str
    name: str
    code: str | None


class Spot(NamedTuple):
    """`compound`: the compound's name, or road and number; '' where a level is not given."""

    street: Division | None
    community: Division | None
    compound: str
    road_number: str
    building: str
    unit: str
    room: str


NOWHERE = Spot(None, None, "", "", "", "", "")


@lru_cache(maxsize=131_072)
def spot_of(address: str) -> Spot:
    """`NOWHERE` for a text that is no address. A village house, which has no rooms, counts as a door of its group."""
    try:
        parsed = StandardAddress.parse(address)
    except InvalidValue:
        return NOWHERE
    street, community = _divisions_of(parsed)
    road_number = f"{parsed.road}{parsed.road_no}" if parsed.road and parsed.road_no else ""
    building, room = parsed.building or "", parsed.room or ""
    if parsed.dwelling_key and not room:
        building, room = "", parsed.dwelling_key.split("|")[1]
    return Spot(street, community, parsed.compound_key, road_number, building, parsed.unit or "", room)


def _divisions_of(parsed: StandardAddress) -> tuple[Division | None, Division | None]:
    street = Division(parsed.street, parsed.street, None) if parsed.street else None
    community = None
    if parsed.community:
        above = parsed.street or parsed.county or ""
        community = Division(f"{above}|{parsed.community}", parsed.community, None)
    for division in divisions().path(parsed.division_code) if parsed.division_code else ():
        if division.level == "street":
            street = Division(division.code, division.name, division.code)
        elif division.level == "community":
            community = Division(division.code, division.name, division.code)
    return street, community
