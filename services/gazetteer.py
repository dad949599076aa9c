"""The names that complaints may mention: divisions, and the compounds, roads and organizations that the lake knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final

import polars as pl

from core.codes.divisions import LEVELS, divisions
from core.values import InvalidValue, StandardAddress
from graph.linking.relations import TEXT_MENTION
from nlp.gazetteer import Gazetteer
from services.app import App

Row = tuple[str, str, str, Mapping[str, str | None]]

_ADDRESS_FIELD: Final = dict(zip(LEVELS, ("province", "city", "county", "street", "community"), strict=True))
_ABOVE: Final = ("province", "city", "county", "street", "community")
_SOURCES: Final = ("records_dwelling", "records_organization", "assignments")
_HOUSES: Final = ("大厦", "大楼", "公寓楼", "综合楼", "办公楼", "教学楼", "宿舍楼", "科技楼", "商务楼")
_SHORTEST_HOUSE: Final = 4


@dataclass(frozen=True, slots=True)
class _Kept:
    """A gazetteer and what it was made of: versions of the tables, state of the dwellings, names of organizations."""

    versions: tuple[int | None, ...]
    doors: str
    names: tuple[tuple[str, str], ...]
    gazetteer: Gazetteer


_kept: Final[dict[Path, _Kept]] = {}
_building: Final = Lock()


def current_gazetteer(app: App) -> Gazetteer:
    """The names of this home, kept in the process and built anew only when dwellings or organizations came or went.

    Safe to call from any thread: one builds, the others wait for what it builds.
    """
    home = app.settings.home.resolve()
    with _building:
        versions = tuple(app.lake.version(table) for table in _SOURCES)
        kept = _kept.get(home)
        if kept is None or kept.versions != versions:
            kept = _kept[home] = _renewed(app, kept, versions)
        return kept.gazetteer


def _renewed(app: App, kept: _Kept | None, versions: tuple[int | None, ...]) -> _Kept:
    """What is kept now; a commit that brought no other name, such as the parties of a complaint, costs one read."""
    doors, names = app.lake.state("records_dwelling"), _organization_names(app)
    if kept and (kept.doors, kept.names) == (doors, names):
        return replace(kept, versions=versions)
    rows = [*_divisions(), *_places(app), *((name, "organization", key, {}) for name, key in names)]
    return _Kept(versions, doors, names, Gazetteer.of(rows))


def _divisions() -> Iterator[Row]:
    table = divisions()
    for division in table:
        path = table.path(division.code)
        levels = {_ADDRESS_FIELD[above.level]: above.name for above in path}
        yield division.name, "community" if division.level == "community" else "division", division.code, levels


def _places(app: App) -> Iterator[Row]:
    """Compounds and roads, each with the levels above it that most of its addresses name, and houses with a name."""
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
    compounds = {name for kind, name, _ in above if kind == "compound"}
    for (place, surface, place_key), counts in above.items():
        usual = dict(zip(_ABOVE, counts.most_common(1)[0][0], strict=True))
        yield surface, place, place_key, usual
        if place == "compound" and (house := _house(surface, compounds)) is not None:
            yield house, "building", place_key, usual


def _house(name: str, compounds: set[str]) -> str | None:
    """The own name of a building in a compound: 科技大厦 of 永宁坊科技大厦, where 永宁坊 is a compound too."""
    if not name.endswith(_HOUSES):
        return None
    cuts = (cut for cut in range(2, len(name) - _SHORTEST_HOUSE + 1) if name[:cut] in compounds)
    return next((name[cut:] for cut in cuts), None)


def _organization_names(app: App) -> tuple[tuple[str, str], ...]:
    """(name, registered name) of the organizations that registers have, whatever they call them.

    What a text called somebody must not teach the reader of the next text.
    """
    rows = app.lake.current("records_organization", ["record_id", "name", "record_key"])
    own = rows.filter(pl.col("name").is_not_null(), ~pl.col("record_key").str.contains(TEXT_MENTION, literal=True))
    entities = app.lake.current("assignments", ["record_id", "entity_id"], where=pl.col("kind") == "organization")
    named = own.join(entities.select("record_id", "entity_id"), on="record_id", how="left")
    usual = pl.col("name").sort_by(pl.col("name").count().over("entity_id", "name"), "name").last().over("entity_id")
    told = named.with_columns(registered=pl.when(pl.col("entity_id").is_null()).then("name").otherwise(usual))
    return tuple(told.select("name", "registered").unique().sort("name", "registered").iter_rows())
