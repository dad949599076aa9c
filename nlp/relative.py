"""Where a direction leads from a known address, as far as arithmetic can tell: 楼上 of 3幢1单元501 is 3幢1单元601.

Rooms are floor and a door of two digits (501, 1204), as nearly all are numbered; any other room leads to the unit only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from core.values import StandardAddress

_ROOM: Final = re.compile(r"([1-9]\d?)(\d\d)", re.ASCII)
_LEVELS: Final = ("road_no", "compound", "building", "unit", "floor", "room")
NOWHERE: Final = StandardAddress(*(None,) * 13, division_code=None, renamed=False)
"""An address that says nothing yet."""
_STEPS: Final = {"upstairs": 1, "downstairs": -1}
_SAME_STOREY: Final = ("same", "next_door", "opposite")
_TWO_DOORS: Final = 2

_KEPT: Final = {
    "inside": "room", "front": "room",
    "same": "unit", "corridor": "unit", "roof": "unit", "next_door": "unit", "opposite": "unit",
    "next_unit": "building",
    "next_building": "compound", "gate": "compound", "beside": "compound", "behind": "compound",
    "basement": "compound", "between": "compound", "crossing": "compound",
}  # fmt: skip
"""The deepest level of the anchor that is sure in each direction."""


def resolve(anchor: StandardAddress, relative: str, *, doors: int | None = None) -> StandardAddress | None:
    """The address in that direction from `anchor`, or as much of it as is sure; None where nothing can be.

    `relative` is a word of `nlp.gold.model.RELATIVES`. `doors` is how many doors a floor has, where that is known: of
    two, the opposite one is sure. Below the ground floor there is nobody; how high a house is, is not asked.
    """
    if relative in _STEPS:
        return _storey(anchor, _STEPS[relative])
    if relative == "opposite" and doors == _TWO_DOORS and (door := _door(anchor)) is not None and door[1] in (1, 2):
        return replace(anchor, room=f"{door[0]}{3 - door[1]:02d}", rest=None)
    kept = down_to(anchor, _KEPT.get(relative, "compound"))
    if relative in _SAME_STOREY and kept is not None and (floor := _floor(anchor)) is not None:
        return replace(kept, floor=str(floor))
    return kept


def down_to(address: StandardAddress, level: str) -> StandardAddress | None:
    """The address without what lies below a level; None where no road, compound or division is left."""
    emptied: dict[str, Any] = dict.fromkeys(_LEVELS[_LEVELS.index(level) + 1 :])
    cut = replace(address, rest=None, **emptied)
    return cut if cut.level is not None else None


def at_door(anchor: StandardAddress, said: dict[str, str]) -> StandardAddress | None:
    """A door without the name of its place, in the place of `anchor`: 601 beside 3幢1单元501 is 3幢1单元601.

    `said` has some of road_no, building, unit, floor, room. What lies between is the anchor's.
    """
    if not said:
        return anchor
    highest = next(level for level in _LEVELS if level in said)
    above = _LEVELS[max(0, _LEVELS.index(highest) - 1)]
    kept = down_to(anchor, above)
    if kept is None:
        return None
    changes: dict[str, Any] = {"floor": None, **said} if highest == "room" else dict(said)
    return replace(kept, **changes)


def _door(address: StandardAddress) -> tuple[int, int] | None:
    match = _ROOM.fullmatch(address.room or "")
    return (int(match[1]), int(match[2])) if match else None


def _floor(address: StandardAddress) -> int | None:
    if (door := _door(address)) is not None:
        return door[0]
    return int(address.floor) if address.floor and address.floor.isdecimal() else None


def _storey(anchor: StandardAddress, step: int) -> StandardAddress | None:
    """One storey up or down: the same door of it where the room says which, else the storey, else the unit."""
    floor = _floor(anchor)
    if floor is None:
        return down_to(anchor, "unit")
    if floor + step < 1:
        return None
    door = _door(anchor)
    if door is None:
        return replace(anchor, floor=str(floor + step), room=None, rest=None)
    floor_said = str(floor + step) if anchor.floor else None
    return replace(anchor, floor=floor_said, room=f"{floor + step}{door[1]:02d}", rest=None)
