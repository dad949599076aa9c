"""One door, written in many ways."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from loaders.town.model import Community, Compound, Dwelling, Town
from loaders.town.places import CITY, PROVINCE
from loaders.town.tables import Picker

_NUMERALS = "〇一二三四五六七八九"
_FULL_WIDTH = str.maketrans("0123456789ABCDEFGHJK", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＪＫ")
_OTHER_NOUNS = {
    "幢": ("栋", "号楼", "#楼"),
    "栋": ("幢", "号楼", "#"),
    "号楼": ("幢", "栋", "#楼"),
    "座": ("栋", "号楼"),
}


def chinese(number: str) -> str:
    """`12` → `十二`, `305` → `三〇五` (read digit by digit), as addresses do."""
    if not number.isdigit():
        return number
    if len(number) == 2:
        tens = "" if number[0] == "1" else _NUMERALS[int(number[0])]
        return f"{tens}十{_NUMERALS[int(number[1])] if number[1] != '0' else ''}"
    return "".join(_NUMERALS[int(digit)] for digit in number)


class Addresses:
    """Writes addresses of `town`; every method returns one line of text."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._standard: dict[int, str] = {}
        self._ways: Picker[Callable[[Dwelling, Random], str]] = Picker(
            (
                (self._no_province, 12.0), (self._street_on, 14.0), (self._community_on, 6.0), (self._short, 20.0),
                (self._dashes, 12.0), (self._numerals, 6.0), (self._full_width, 4.0), (self._road, 10.0),
                (self._other_noun, 12.0), (self._blanks, 4.0),
            )
        )  # fmt: skip

    def compound(self, dwelling: Dwelling) -> Compound:
        return self.town.compounds[dwelling.compound]

    def community(self, dwelling: Dwelling) -> Community:
        return self.town.communities[self.compound(dwelling).community]

    def standard(self, dwelling: Dwelling) -> str:
        """The full form, from the province to the room."""
        text = self._standard.get(dwelling.index)
        if text is None:
            place = self.community(dwelling)
            front = f"{PROVINCE}{CITY}{place.county}{place.street}{place.name}"
            text = self._standard[dwelling.index] = f"{front}{self._road_part(dwelling)}{self.door(dwelling)}"
        return text

    def spelled(self, dwelling: Dwelling, rng: Random) -> str:
        """One of ten other spellings of the same door."""
        return self._ways.pick(rng)(dwelling, rng)

    def renamed(self, dwelling: Dwelling) -> str:
        """With the street of before 2020; empty where the street never had another name."""
        place = self.community(dwelling)
        if not place.old_street:
            return ""
        return f"{place.county}{place.old_street}{place.old_name}{self._road_part(dwelling)}{self.door(dwelling)}"

    def incomplete(self, dwelling: Dwelling, rng: Random) -> str:
        """A level is missing: the room, or the unit."""
        compound, place = self.compound(dwelling), self.community(dwelling)
        front = f"{place.street}{compound.name or compound.road + compound.road_no}"
        if compound.kind == "village":
            return f"{front}{dwelling.building}组"
        building = f"{dwelling.building}{compound.noun}"
        if dwelling.unit and rng.random() < 0.55:
            return f"{front}{building}{dwelling.room}室"
        return f"{front}{building}{dwelling.unit}单元" if dwelling.unit else front + building

    def door(self, dwelling: Dwelling) -> str:
        """From the compound on: 桂花苑3幢2单元501室."""
        compound = self.compound(dwelling)
        if compound.kind == "village":
            return f"{compound.name}{dwelling.building}组{dwelling.room}号"
        building = f"{dwelling.building}{compound.noun}" if dwelling.building else ""
        unit = f"{dwelling.unit}单元" if dwelling.unit else ""
        return f"{compound.name}{building}{unit}{dwelling.room}室"

    def building(self, dwelling: Dwelling) -> str:
        """桂花苑3幢; a street house or a village group where there is no building."""
        compound = self.compound(dwelling)
        if compound.kind == "street":
            return compound.road + compound.road_no
        return f"{compound.name}{dwelling.building}{compound.noun}"

    def _road_part(self, dwelling: Dwelling) -> str:
        compound = self.compound(dwelling)
        return "" if compound.kind == "village" else compound.road + compound.road_no

    def _front(self, dwelling: Dwelling) -> str:
        """What must stay so that the door can be found at all: the road number of a street house."""
        compound = self.compound(dwelling)
        return compound.road + compound.road_no if compound.kind == "street" else ""

    def _no_province(self, dwelling: Dwelling, rng: Random) -> str:
        place = self.community(dwelling)
        city = CITY if rng.random() < 0.6 else ""
        return f"{city}{place.county}{place.street}{self._road_part(dwelling)}{self.door(dwelling)}"

    def _street_on(self, dwelling: Dwelling, rng: Random) -> str:
        return self.community(dwelling).street + self._front(dwelling) + self.door(dwelling)

    def _community_on(self, dwelling: Dwelling, rng: Random) -> str:
        place = self.community(dwelling)
        street = place.street if rng.random() < 0.7 else ""
        return street + place.name + self._front(dwelling) + self.door(dwelling)

    def _short(self, dwelling: Dwelling, rng: Random) -> str:
        text = self._front(dwelling) + self.door(dwelling)
        return text.removesuffix("室") if rng.random() < 0.4 else text

    def _dashes(self, dwelling: Dwelling, rng: Random) -> str:
        compound = self.compound(dwelling)
        if compound.kind in ("village", "street"):
            return self._street_on(dwelling, rng)
        numbers = "-".join(part for part in (dwelling.building, dwelling.unit, dwelling.room) if part)
        return f"{compound.name}{numbers}"

    def _numerals(self, dwelling: Dwelling, rng: Random) -> str:
        compound = self.compound(dwelling)
        if compound.kind in ("village", "street"):
            return self._community_on(dwelling, rng)
        unit = f"{chinese(dwelling.unit)}单元" if dwelling.unit else ""
        room = chinese(dwelling.room) if len(dwelling.room) == 3 else dwelling.room
        return f"{compound.name}{chinese(dwelling.building)}{compound.noun}{unit}{room}室"

    def _full_width(self, dwelling: Dwelling, rng: Random) -> str:
        return self._street_on(dwelling, rng).translate(_FULL_WIDTH)

    def _road(self, dwelling: Dwelling, rng: Random) -> str:
        compound = self.compound(dwelling)
        text = self._road_part(dwelling) + self.door(dwelling)
        return text.replace(compound.noun, "栋", 1) if compound.noun == "幢" and rng.random() < 0.3 else text

    def _other_noun(self, dwelling: Dwelling, rng: Random) -> str:
        compound = self.compound(dwelling)
        nouns = _OTHER_NOUNS.get(compound.noun)
        if not nouns:
            return self._short(dwelling, rng)
        unit = f"{dwelling.unit}单元" if dwelling.unit else ""
        room = "室" if rng.random() < 0.5 else ""
        return f"{compound.name}{dwelling.building}{rng.choice(nouns)}{unit}{dwelling.room}{room}"

    def _blanks(self, dwelling: Dwelling, rng: Random) -> str:
        compound = self.compound(dwelling)
        if compound.kind in ("village", "street"):
            return self._short(dwelling, rng)
        unit = f" {dwelling.unit}单元" if dwelling.unit else ""
        return f"{compound.name} {dwelling.building}{compound.noun}{unit} {dwelling.room}室"
