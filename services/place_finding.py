"""From an address in a text to the place of the graph that it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import GraphNotProjected, QueryInvalid
from core.values import StandardAddress
from graph.search import store as search_store
from graph.search.asked import Asked
from graph.search.find import Found, find
from graph.search.reasons import Reason
from nlp.relative import down_to
from services.app import App
from services.indexing import search_folder

_PLACES: Final = ("Dwelling", "Building", "Compound", "Community", "Street")
_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """The deepest place of the graph that the text leads to; not `exact` where that is the nearest one above it."""

    label: str
    entity_id: str
    exact: bool = True


def find_place(app: App, address: StandardAddress | None) -> PlaceLink | None:
    """The one place of the graph that an address means, or else the building or compound that it lies in.

    None for none or several, or where no index has been made.
    """
    meant = places_meant(app, address)
    if address is None or meant:
        return _deepest(meant)
    above = [down_to(address, level) for level in ("building", "compound") if _below(address, level)]
    found = next((places for one in above if (places := places_meant(app, one))), [])
    return replace(link, exact=False) if (link := _deepest(found)) else None


def _deepest(meant: Sequence[Found]) -> PlaceLink | None:
    for label in _PLACES:
        here = [one for one in meant if one.label == label]
        if here:
            return PlaceLink(label, here[0].id) if len(here) == 1 or here[0].score > here[1].score else None
    return None


def _below(address: StandardAddress, level: str) -> bool:
    """Whether an address names a building or a compound, and goes deeper than that."""
    return bool(getattr(address, level)) and address.level != level


def places_meant(app: App, address: StandardAddress | None) -> list[Found]:
    """The places that an address may mean, each for the whole of it."""
    if address is None or address.level is None:
        return []
    try:
        asked = Asked.read(address.text)
        with search_store.reading(search_folder(app)) as file:
            found = find(file, asked, set(_PLACES), _MOST)
    except (GraphNotProjected, QueryInvalid):
        return []
    return [one for one in found if one.reason in (Reason.ADDRESS, Reason.NAME)]
