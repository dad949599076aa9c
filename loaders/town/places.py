"""Communities, compounds, buildings, rooms and grids."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from random import Random

import core.codes
from loaders.town.model import Community, Compound, Dwelling, Town
from loaders.town.tables import Picker, parts, rows, weighted

CITY, PROVINCE = "澜江市", "云泽省"
_PEOPLE_IN_COMMUNITY = 3500
_DOORS_IN_GRID = 430
_TODAY_AREA = "8801"


def build_places(town: Town, doors: int, people: int, rng: Random) -> None:
    """Fill `town` with about `doors` dwellings in as many communities as `people` warrant."""
    town.communities = _communities(max(3, ceil(people / _PEOPLE_IN_COMMUNITY)))
    builder = _Builder(town, rng)
    shares = [rng.uniform(0.85, 1.15) for _ in town.communities]
    for community, share in zip(town.communities, shares, strict=True):
        builder.fill(community, ceil(doors * share / sum(shares)) + 4)


def _communities(count: int) -> list[Community]:
    with (Path(core.codes.__file__).parent / "divisions_demo.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    names = {row["code"]: row["name"] for row in table}
    old = {row["successor"]: row for row in table if row["successor"] and row["level"] == "community"}
    found = []
    for row in table:
        if row["level"] == "community" and not row["valid_to"] and row["code"].startswith(_TODAY_AREA):
            street = row["parent"]
            place = Community(0, row["code"], row["name"], names[street], street, names[street[:6]], street[:6])
            if row["code"] in old:
                place.old_name, place.old_street = old[row["code"]]["name"], names[old[row["code"]]["parent"]]
            found.append(place)
    # A small town takes a few communities of each street rather than one street only.
    found.sort(key=lambda place: ((int(place.code[-3:]) - 1) // 3, place.code))
    chosen = found[:count]
    if not any(place.old_name for place in chosen):
        chosen[-1] = next(place for place in found if place.old_name)
    for index, place in enumerate(chosen):
        place.index = index
    return chosen


class _Builder:
    def __init__(self, town: Town, rng: Random) -> None:
        self.town, self.rng = town, rng
        self.kinds = Picker((row, float(row["share"])) for row in rows("dwelling_kinds"))
        self.heads = parts("compounds")["head"]
        self.tails = parts("compounds")["tail"]
        self.road_heads = parts("roads")["head"]
        self.road_tails = weighted(parts("roads")["tail"])
        self.nouns = weighted(("幢:45", "栋:20", "号楼:30", "座:5"))
        self.used: set[str] = set()
        self.taken_numbers: set[tuple[str, str]] = set()

    def fill(self, community: Community, doors: int) -> None:
        rng = self.rng
        rural = community.street.endswith("镇")
        roads = [rng.choice(self.road_heads) + self.road_tails.pick(rng) for _ in range(max(4, doors // 350))]
        start = len(self.town.dwellings)
        while (left := doors - (len(self.town.dwellings) - start)) > 3:
            draw = rng.random()
            if len(self.town.dwellings) == start:  # every community has a compound, the smallest town too
                self._compound(community, roads, max(min(left, 20), min(round(left * 0.8), rng.randint(90, 620))))
            elif draw < (0.30 if rural else 0.012) and left > 20:
                self._village(community, roads, min(left, rng.randint(40, 160)))
            elif draw < 0.60 or left < 40:
                self._street_house(community, roads, min(left, rng.randint(4, 14)))
            else:
                self._compound(community, roads, min(left, rng.randint(90, 620)))
        built = self.town.dwellings[start:]
        grids = max(1, round(len(built) / _DOORS_IN_GRID))
        for position, dwelling in enumerate(built):
            dwelling.grid = f"{community.code}-{position * grids // len(built) + 1:02d}"

    def _new(self, community: Community, kind: str, name: str, roads: list[str], noun: str) -> Compound:
        rng = self.rng
        while True:
            road, number = rng.choice(roads), f"{rng.randint(1, 480)}号"
            if (road, number) not in self.taken_numbers:
                self.taken_numbers.add((road, number))
                break
            roads.append(rng.choice(self.road_heads) + self.road_tails.pick(rng))
        compound = Compound(len(self.town.compounds), kind, name, community.index, road, number, noun)
        self.town.compounds.append(compound)
        community.compounds.append(compound.index)
        return compound

    def _name(self) -> str:
        """Nearly always new; one in fifty carries the name of a compound elsewhere, as in life."""
        rng = self.rng
        for _ in range(40):
            name = rng.choice(self.heads) + rng.choice(self.tails)
            if name not in self.used or rng.random() < 0.02:
                break
        else:
            name = f"{rng.choice(self.heads)}{rng.choice('一二三四五')}期{rng.choice(self.tails)}"
        self.used.add(name)
        return name

    def _compound(self, community: Community, roads: list[str], doors: int) -> None:
        rng = self.rng
        kind = self.kinds.pick(rng)
        if kind["kind"] == "tower" and doors < 150:
            kind = rows("dwelling_kinds")[0]
        compound = self._new(community, kind["kind"], self._name(), roads, self.nouns.pick(rng))
        building = made = 0
        built = date(self.town.today.year - rng.randint(int(kind["age_low"]), int(kind["age_high"])), 6, 1)
        while made < doors:
            building += 1
            label = chr(64 + building) if compound.noun == "座" and building < 27 else str(building)
            units = rng.randint(int(kind["units_low"]), int(kind["units_high"]))
            floors = rng.randint(int(kind["floors_low"]), int(kind["floors_high"]))
            areas = [
                round(rng.uniform(float(kind["area_low"]), float(kind["area_high"])), 2)
                for _ in range(int(kind["per_floor"]))
            ]
            for unit in range(1, units + 1):
                for floor in range(1, floors + 1):
                    for door, area in enumerate(areas, 1):
                        if made >= doors:
                            return
                        made += 1
                        self._dwelling(
                            compound, label, str(unit) if units > 1 else "", floor, f"{floor}{door:02d}", area, built
                        )

    def _street_house(self, community: Community, roads: list[str], doors: int) -> None:
        rng = self.rng
        compound = self._new(community, "street", "", roads, "")
        built = date(self.town.today.year - rng.randint(10, 35), 3, 1)
        for position in range(doors):
            floor = 2 + position // 4
            self._dwelling(compound, "", "", floor, f"{floor}{position % 4 + 1:02d}", rng.uniform(40, 110), built)

    def _village(self, community: Community, roads: list[str], doors: int) -> None:
        rng = self.rng
        name = self._village_name(community)
        compound = self._new(community, "village", name, roads, "组")
        for position in range(doors):
            built = date(self.town.today.year - rng.randint(8, 40), 10, 1)
            number = str(position % 40 + 1)
            self._dwelling(compound, str(position // 40 + 1), "", 1, number, rng.uniform(90, 260), built)

    def _village_name(self, community: Community) -> str:
        base = community.name.removesuffix("社区")
        for tail in ("村", "新村", "东村", "西村", "南村", "北村", "上村", "下村"):
            if base + tail not in self.used:
                self.used.add(base + tail)
                return base + tail
        return f"{base}{len(self.used)}村"

    def _dwelling(
        self, compound: Compound, building: str, unit: str, floor: int, room: str, area: float, built: date
    ) -> None:
        town = self.town
        index = len(town.dwellings)
        compound.dwellings.append(index)
        code = town.communities[compound.community].code
        serial = len(compound.dwellings)
        property_no = f"{code}GB{compound.index + 1:05d}F{(serial - 1) // 36 + 1:04d}{(serial - 1) % 36 + 1:04d}"
        built += timedelta(days=int(self.rng.random() * 300))
        town.dwellings.append(
            Dwelling(
                index, compound.index, building, unit, floor, room, round(area, 2), property_no, "", date.max,
                registered=compound.kind != "village" and self.rng.random() < 0.93, bought=built,
            )
        )  # fmt: skip
