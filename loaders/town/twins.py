"""People who are easily taken for one another: twins, neighbours of one name, two people under one id."""

from __future__ import annotations

from datetime import date
from random import Random

from loaders.town.model import Person, Structure, Town

_SAME_NAME = 1 / 700
_ONE_ID = 1 / 10_000


def plant_likenesses(town: Town, rng: Random) -> None:
    """Change a few residents in place, and list all of the kinds in the town's structures."""
    _same_name_neighbours(town, rng, max(2, round(town.residents * _SAME_NAME)))
    _one_id(town, rng, max(1, round(town.residents * _ONE_ID)))
    _list_twins(town)


def _adults(town: Town) -> list[Person]:
    limit = date(town.today.year - 20, 1, 1)
    return [p for p in town.persons if p.household >= 0 and p.birth < limit and "·" not in p.name]


def _same_name_neighbours(town: Town, rng: Random, count: int) -> None:
    """A neighbour of the same compound, sex and generation takes the name."""
    adults = _adults(town)
    for _ in range(count):
        for _ in range(60):
            one = rng.choice(adults)
            home = town.dwellings[town.households[one.household].dwelling]
            door = town.dwellings[rng.choice(town.compounds[home.compound].dwellings)]
            if door.household < 0 or door.index == home.index:
                continue
            other = town.persons[town.households[door.household].members[0]]
            if other.sex == one.sex and other.name != one.name and abs(other.birth.year - one.birth.year) <= 12:
                other.name = one.name
                _add(town, "same_name_neighbours", "同小区同名", [one, other])
                break


def _one_id(town: Town, rng: Random, count: int) -> None:
    """Two strangers hold one number, as happened when stations numbered by hand; so their birth dates agree."""
    adults = _adults(town)
    for _ in range(count):
        for _ in range(200):
            one, other = rng.choice(adults), rng.choice(adults)
            if one.sex == other.sex and one.household != other.household and one.birth.year < 1985:
                other.citizen_id, other.birth = one.citizen_id, one.birth
                _add(town, "one_id", "两人一号", [one, other])
                break


def _list_twins(town: Town) -> None:
    for household in town.households:
        births: dict[date, Person] = {}
        for index in household.members:
            person = town.persons[index]
            if person.relation in ("20", "30"):
                if person.birth in births:
                    _add(town, "twins", "双胞胎", [births[person.birth], person])
                births[person.birth] = person


def _add(town: Town, kind: str, note: str, persons: list[Person]) -> None:
    town.structures.append(Structure(len(town.structures), kind, note, [person.entity for person in persons]))
