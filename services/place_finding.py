"""From an address in a text to the place of the graph that it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.errors import GraphNotProjected, QueryInvalid
from core.values import StandardAddress
from graph.search import store as search_store
from graph.search.asked import Asked
from graph.search.find import Found, find
from graph.search.reasons import Reason
from services.app import App
from services.indexing import search_folder

_PLACES: Final = ("Dwelling", "Building", "Compound", "Community", "Street")
_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class PlaceLink:
    """The deepest place of the graph that the text leads to."""

    label: str
    entity_id: str


def find_place(app: App, address: StandardAddress | None) -> PlaceLink | None:
    """The one place of the graph that an address means; None for none or several, or where no index has been made."""
    meant = places_meant(app, address)
    for label in _PLACES:
        here = [one for one in meant if one.label == label]
        if here:
            return PlaceLink(label, here[0].id) if len(here) == 1 or here[0].score > here[1].score else None
    return None


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
