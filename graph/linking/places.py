"""The place tree that the dwellings' addresses imply.

    Dwelling ─PART_OF→ Building ─PART_OF→ Compound ─PART_OF→ Community ─PART_OF→ Street
                          └──────────────────┴──PART_OF→ Grid ─PART_OF→ Community

Departments leave out the levels that they take for granted, so each level is completed by the majority of what the
other addresses of the same compound say. A compound is known by its name within its street (two streets may have a
桂花苑 each); an address that names only road and number belongs to the compound that other addresses put at that
number, and otherwise the number itself is the compound (`kind` = `road_number`). A place that no dwelling implies is
not made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from graph.linking.addresses import Spot, spot_of

SHORTEST_NAME = 3  # shorter compound names are found as parts of other words


class Place(NamedTuple):
    """A node of the tree; `key` is unique within the label (the entity id for a dwelling)."""

    label: str
    key: str


@dataclass(slots=True)
class PlaceTree:
    """`props` by place; `parents`: (child, parent) → share of addresses that say so, 1.0 where nothing contradicts."""

    props: dict[Place, dict[str, str]] = field(default_factory=dict)
    parents: dict[tuple[Place, Place], float] = field(default_factory=dict)
    dwelling_parent: dict[str, Place] = field(default_factory=dict)
    doors: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    doors_without_unit: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    homes: dict[str, dict[str, str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def find(self, address: str) -> Place | None:
        """The deepest place that an address leads to; the key of a dwelling is its entity id. None: nowhere.

        Of two compounds of one name, that one is meant which has the building or the door; if both have, neither.
        """
        spot = spot_of(address)
        compounds = self._compounds(spot) or self._near(address, spot)
        inside = [self._within(compound, spot) for compound in compounds]
        for label in ("Dwelling", "Building", "Compound"):
            found = [place for place in inside if place.label == label]
            if found:
                if len(found) == 1 and (len(inside) == 1 or label != "Compound"):
                    return found[0]
                break
        for label, division in (("Community", spot.community), ("Street", spot.street)):
            if division is not None and (place := Place(label, division.key)) in self.props:
                return place
        return None

    def _within(self, compound: str, spot: Spot) -> Place:
        if spot.room:
            door = self.doors.get((compound, spot.building, spot.unit, spot.room))
            if door is None and not spot.unit:
                candidates = self.doors_without_unit.get((compound, spot.building, spot.room), set())
                door = next(iter(candidates)) if len(candidates) == 1 else None
            if door is not None:
                return Place("Dwelling", door)
        building = Place("Building", f"{compound}|{spot.building}")
        return building if spot.building and building in self.props else Place("Compound", compound)

    def _compounds(self, spot: Spot) -> list[str]:
        name = spot.compound
        homes = self.homes.get(name) or self.homes.get(self.aliases.get(spot.road_number, ""))
        return self._in_street(homes, spot) if homes else []

    def _near(self, address: str, spot: Spot) -> list[str]:
        """Compounds that the words name without being an address of one: 桂花苑北侧, 桂花苑对面的路口."""
        named = [name for name in self.homes if len(name) >= SHORTEST_NAME and name in address]
        return self._in_street(self.homes[max(named, key=len)], spot) if named and not spot.road_number else []

    @staticmethod
    def _in_street(homes: dict[str, str], spot: Spot) -> list[str]:
        if spot.street is not None and spot.street.key in homes:
            return [homes[spot.street.key]]
        return sorted(set(homes.values()))
