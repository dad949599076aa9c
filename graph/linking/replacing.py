"""Which addresses a change of the dwellings leads elsewhere: two place trees compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.linking.addresses import Division, Spot, spot_of
from graph.linking.places import SHORTEST_NAME, PlaceTree


@dataclass(frozen=True, slots=True)
class Moved:
    """Compound names, road numbers and divisions that lead elsewhere than before; dwellings with another parent."""

    names: frozenset[str]
    numbers: frozenset[str]
    divisions: frozenset[str]
    dwellings: frozenset[str]

    def concerns(self, address: str) -> bool:
        """Whether `PlaceTree.find` may give another place for an address than before; rather yes than no."""
        if not (self.names or self.numbers or self.divisions):
            return False
        spot = spot_of(address)
        return (
            spot.compound in self.names
            or spot.road_number in self.numbers
            or any(name in address for name in self.names if len(name) >= SHORTEST_NAME)
            or any(division.key in self.divisions for division in _divisions(spot))
        )


def moved(before: PlaceTree, after: PlaceTree) -> Moved:
    """What differs in where addresses lead."""
    numbers = _differing(before.aliases, after.aliases)
    # A door, building or compound that comes, goes or changes hands, named by its compound.
    keys = {door[0] for door in _differing(before.doors, after.doors)}
    keys |= {door[0] for door in _differing(before.doors_without_unit, after.doors_without_unit)}
    places = before.props.keys() ^ after.props.keys()
    keys |= {place.key for place in places if place.label == "Compound"}
    keys |= {place.key.rpartition("|")[0] for place in places if place.label == "Building"}
    names = _differing(before.homes, after.homes) | {key.partition("|")[2] for key in keys}
    # A number that stands for one of these compounds leads there too.
    behind = {number for tree in (before, after) for number, name in tree.aliases.items() if name in names}
    return Moved(
        frozenset(names),
        frozenset(numbers | behind),
        frozenset(place.key for place in places if place.label in ("Community", "Street")),
        frozenset(_differing(before.dwelling_parent, after.dwelling_parent)),
    )


def _differing(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> set[Any]:
    """Keys that one side lacks, or whose values differ."""
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def _divisions(spot: Spot) -> Iterable[Division]:
    return (division for division in (spot.street, spot.community) if division is not None)
