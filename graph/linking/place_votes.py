"""Builds the place tree from the dwellings' addresses (see `places`): votes for each level, then decisions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from core.codes import Division, divisions
from graph.linking.addresses import Spot, spot_of
from graph.linking.places import Place, PlaceTree

# A street is believed for a compound when this share of the compound's addresses, and two of them, name it.
STREET_SHARE = 0.15
# A compound is put into one grid only when nearly all of its buildings are; large compounds have several grids.
WHOLE_GRID_SHARE = 0.8


def build(dwellings: Iterable[tuple[str, str | None, str | None]]) -> PlaceTree:
    """The tree from (dwelling id, address, grid code) rows.

    Where two dwellings stand at one door (resolution kept apart what is one), the first of them is the one found there.
    """
    rows = [(dwelling, spot_of(address or ""), grid) for dwelling, address, grid in dwellings]
    tree = PlaceTree()
    tree.aliases = _aliases(spot for _, spot, _ in rows)
    tree.homes = _homes(tree.aliases, [spot for _, spot, _ in rows])
    votes = _Votes()
    for dwelling, spot, grid in rows:
        _settle(tree, votes, dwelling, spot, grid)
    votes.decide(tree)
    return tree


def _aliases(spots: Iterable[Spot]) -> dict[str, str]:
    """Road number → the one compound that addresses with both put there, or the number itself."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for spot in spots:
        if spot.road_number:
            seen[spot.road_number][spot.compound] += 1
    found = {}
    for number, names in seen.items():
        named = [name for name, count in names.items() if name != number and count >= 2]
        found[number] = named[0] if len(named) == 1 else number
    return found


def _name(aliases: dict[str, str], spot: Spot) -> str:
    return aliases.get(spot.compound, spot.compound)


def _homes(aliases: dict[str, str], spots: list[Spot]) -> dict[str, dict[str, str]]:
    """Compound name → street key → compound key. The street '' holds the home of addresses without a street."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for spot in spots:
        if name := _name(aliases, spot):
            counts[name][spot.street.key if spot.street else ""] += 1
    homes: dict[str, dict[str, str]] = {}
    for name, streets in counts.items():
        named = {street: count for street, count in streets.items() if street}
        total = sum(named.values())
        believed = {s for s, n in named.items() if n >= 2 and n >= STREET_SHARE * total} or set(named)
        ranked = sorted(believed, key=lambda street: (-named[street], street))
        main = ranked[0] if ranked else ""
        homes[name] = {street: f"{street if street in believed else main}|{name}" for street in (*named, "")}
        homes[name][""] = f"{main}|{name}"
    return homes


def _settle(tree: PlaceTree, votes: _Votes, dwelling: str, spot: Spot, grid: str | None) -> None:
    """Puts one dwelling at its parent and casts its votes on everything above."""
    name = _name(tree.aliases, spot)
    street = Place("Street", spot.street.key) if spot.street else None
    community = Place("Community", spot.community.key) if spot.community else None
    for place, division in ((street, spot.street), (community, spot.community)):
        if place and division:
            tree.props[place] = {"name": division.name, "key": division.key} | (
                {"code": division.code} if division.code else {}
            )
    if community and street:
        votes.cast(community, street)
    if not name:
        if parent := community or street:
            tree.dwelling_parent[dwelling] = parent
        return
    homes = tree.homes[name]
    key = homes.get(spot.street.key if spot.street else "", homes[""])
    compound = Place("Compound", key)
    kind = "road_number" if name == spot.road_number else "compound"
    title = f"{name}号" if kind == "road_number" and name[-1].isdigit() else name
    tree.props.setdefault(compound, {"name": title, "key": key, "kind": kind})
    votes.cast(compound, community)
    votes.cast(compound, street)
    home = compound
    if spot.building:
        home = Place("Building", f"{key}|{spot.building}")
        tree.props.setdefault(home, {"name": f"{title}{spot.building}幢", "key": home.key})
        tree.parents[home, compound] = 1.0
    if grid:
        place = Place("Grid", grid)
        tree.props[place] = {"name": grid, "key": grid, "code": grid}
        votes.cast(home, place)
        votes.cast(place, community)
    tree.dwelling_parent[dwelling] = home
    if spot.room:
        tree.doors.setdefault((key, spot.building, spot.unit, spot.room), dwelling)
        tree.doors_without_unit[key, spot.building, spot.room].add(dwelling)


class _Votes:
    """Counts, for each place and parent label, which parent the addresses name."""

    def __init__(self) -> None:
        self._cast: dict[tuple[Place, str], Counter[Place]] = defaultdict(Counter)

    def cast(self, child: Place, parent: Place | None) -> None:
        if parent is not None:
            self._cast[child, parent.label][parent] += 1

    def winner(self, child: Place, label: str) -> tuple[Place, float] | None:
        counts = self._cast.get((child, label))
        if not counts:
            return None
        best = min(counts, key=lambda place: (-counts[place], place.key))
        return best, counts[best] / counts.total()

    def decide(self, tree: PlaceTree) -> None:
        # Grids first: their codes may name communities, and these streets, that no address names.
        for label in ("Grid", "Compound", "Building", "Community"):
            for place in sorted(place for place in tree.props if place.label == label):
                for parent, share in self._parents(tree, place):
                    tree.parents[place, parent] = round(share, 3)

    def _parents(self, tree: PlaceTree, place: Place) -> Iterator[tuple[Place, float]]:
        if place.label == "Compound":
            if won := self.winner(place, "Community") or self.winner(place, "Street"):
                yield won
            if won := self._whole_grid(tree, place):
                yield won
        elif place.label == "Building":
            if won := self.winner(place, "Grid"):
                yield won
        elif place.label == "Grid":
            if won := self._community_of_grid(tree, place):
                yield won
        elif place.label == "Community":
            if won := self.winner(place, "Street"):
                yield won
            elif (division := divisions().get(place.key)) and (street := divisions().get(division.parent)):
                # The table knows the street although no address names it.
                yield _known(tree, "Street", street), 1.0

    def _whole_grid(self, tree: PlaceTree, compound: Place) -> tuple[Place, float] | None:
        counts = Counter(self._cast.get((compound, "Grid"), Counter[Place]()))
        for child, parent in list(tree.parents):
            if parent == compound and child.label == "Building":
                counts.update(self._cast.get((child, "Grid"), Counter[Place]()))
        if not counts:
            return None
        best = min(counts, key=lambda place: (-counts[place], place.key))
        share = counts[best] / counts.total()
        return (best, share) if share >= WHOLE_GRID_SHARE else None

    def _community_of_grid(self, tree: PlaceTree, grid: Place) -> tuple[Place, float] | None:
        """By the code's first twelve digits where they are a known community, else by its dwellings."""
        division = divisions().get(grid.key[:12])
        if division is not None and division.level == "community":
            return _known(tree, "Community", division), 1.0
        return self.winner(grid, "Community")


def _known(tree: PlaceTree, label: str, division: Division) -> Place:
    """The place of a division of the table, made where no address names it."""
    place = Place(label, division.code)
    tree.props.setdefault(place, {"name": division.name, "key": division.code, "code": division.code})
    return place
