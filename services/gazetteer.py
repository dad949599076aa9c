"""The names that complaints may mention: divisions, and the compounds, roads and organizations that the lake knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from core.codes.divisions import LEVELS, divisions
from core.values import InvalidValue, StandardAddress
from nlp.gazetteer import Gazetteer
from services.app import App

Row = tuple[str, str, str, Mapping[str, str | None]]

_ADDRESS_FIELD: Final = dict(zip(LEVELS, ("province", "city", "county", "street", "community"), strict=True))
_ABOVE: Final = ("province", "city", "county", "street", "community")


def build_gazetteer(app: App) -> Gazetteer:
    """Built anew from the lake's current records; a second or two for a town."""
    return Gazetteer.of([*_divisions(), *_places(app), *_organizations(app)])


def _divisions() -> Iterator[Row]:
    table = divisions()
    for division in table:
        path = table.path(division.code)
        levels = {_ADDRESS_FIELD[above.level]: above.name for above in path}
        yield division.name, "community" if division.level == "community" else "division", division.code, levels


def _places(app: App) -> Iterator[Row]:
    """Compounds and roads, each with the levels above it that most of its addresses name."""
    addresses = app.lake.current("records_dwelling", ["address"])["address"].drop_nulls().unique().sort()
    above: dict[tuple[str, str, str], Counter[tuple[str | None, ...]]] = {}
    for text in addresses:
        try:
            address = StandardAddress.parse(text)
        except InvalidValue:
            continue
        for kind, name in (("compound", address.compound), ("road", address.road)):
            if name:
                key = (kind, name, address.compound_key if kind == "compound" else name)
                levels = tuple(getattr(address, level) for level in _ABOVE)
                above.setdefault(key, Counter())[levels] += sum(level is not None for level in levels)
    for (place, surface, place_key), counts in above.items():
        usual = dict(zip(_ABOVE, counts.most_common(1)[0][0], strict=True))
        yield surface, place, place_key, usual


def _organizations(app: App) -> Iterator[Row]:
    names = app.lake.current("records_organization", ["name"])
    for name in names.filter(pl.col("name").is_not_null())["name"].unique().sort():
        yield name, "organization", name, {}
