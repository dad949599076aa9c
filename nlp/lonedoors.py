"""Doors and directions apart from the name of a place: 9号楼, 楼上601, 3单元六楼, 我家楼上."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from core.values import InvalidValue, StandardAddress
from nlp.directions import directions_alone, extend, in_front
from nlp.doors import HANZI, HOTLINES, STANDALONE
from nlp.drafts import Draft
from nlp.ranges import Ranges

_COUNTED: Final = re.compile(
    r"(?:[共约盖建加到至第高修近超满￥¥$]|总共|一共|电话|热线|编号|花了|赔了|收了|交了|\d[、,，])$"
)
_NUMBER_OF: Final = re.compile(r"(?:[有个同这那整每全]|栋楼|都是|这楼|楼高)$")
_LOW: Final = frozenset("一二三123两")
"""Storeys that every house has: a bare 二楼 is seldom where it is."""
_ROOM_BEHIND: Final = re.compile(
    r"[，,、](?!\d)|[。；;！!？?\s）)和与跟漏厨卫阳客门窗室住开稍]|的(?!(?:业主|户主|住户|租户)(?:姓|叫|说|在))|地漏|$"
)
"""What stands behind a room that is a place, rather than the people in it (601还在弹)."""
_TYPOS: Final = (("搂", "楼"), ("单圆", "单元"), ("单园", "单元"), ("顶楼", ""), ("顶层", ""), ("村民小组", "组"))
_STOREYS: Final = re.compile(r"[到至-](?:\d{1,2}|[一二三四五六七八九十两]{1,3})(?:楼|层)")


def doors_alone(text: str, taken: Sequence[tuple[int, int]], times: Sequence[tuple[int, int]]) -> list[Draft]:
    """Doors apart from any name: 9号楼, 楼上601, 3单元六楼, 35号."""
    closed = Ranges((*taken, *times))
    found: list[Draft] = []
    for match in STANDALONE.finditer(text):
        first, last = match.span()
        if (found and first < found[-1].end) or closed.touch(first, last) or not _is_door(text, match):
            continue
        start, side, ours = in_front(text, first)
        behind = extend(text, last)
        relative = behind.relative or side or "same"
        if relative == "gate" and (match["room2"] or match["room3"] or match["room4"]):
            relative = "front"
        said = dict(_door_parts(typed(match.group()) + (behind.floor or "")))
        if said:
            found.append(Draft(start, behind.end, relative=relative, said=said, ours=ours))
    return found


def _is_door(text: str, match: re.Match[str]) -> bool:
    """Whether it is a door rather than a number of something: 四栋楼, 六层的老楼, 110, or people: 601还在弹."""
    first, last = match.span()
    if match["house"]:
        return True  # whether it is one is told by the place before
    begin, side, _ = in_front(text, first)
    if match["room4"]:
        led = begin < first or _ROOM_BEHIND.match(text, last) is not None or extend(text, last).end > last
        return led and match.group() not in HOTLINES and not _COUNTED.search(text, max(0, first - 3), first)
    directed = extend(text, last).end > last or side is not None
    if match["building"] == match.group() and match.group()[0] in HANZI:
        return not match.group().endswith(("栋楼", "幢楼", "一栋", "一幢")) or directed
    if match["floor3"] and not match["room3"]:
        if _STOREYS.match(text, last):
            return directed
        low = match["floor3"][0] in _LOW and len(match["floor3"]) == 2
        if (low or _NUMBER_OF.search(text, max(0, first - 2), first)) and not directed and begin == first:
            return False
    return directed or not _COUNTED.search(text, max(0, first - 3), first)


def directions_apart(text: str, taken: Sequence[tuple[int, int]]) -> list[Draft]:
    """Directions by themselves, outside the `taken` ranges: 我家楼上, 小区东门, 地下车库."""
    closed = Ranges(taken)
    return [
        Draft(alone.start, alone.end, relative=alone.relative, ours=alone.ours)
        for alone in directions_alone(text)
        if not closed.touch(alone.start, alone.end)
    ]


@lru_cache(maxsize=20_000)
def _door_parts(door: str) -> tuple[tuple[str, str], ...]:
    """Level and token of a door without a name, read as that of any compound."""
    if door.endswith("号") and door[:-1].isdigit():
        return (("road_no", door[:-1]),)
    try:
        value = StandardAddress.parse(f"某某小区{door}")
    except InvalidValue:
        return ()
    levels = ("building", "unit", "floor", "room")
    return tuple((level, token) for level in levels if (token := getattr(value, level)))


def typed(door: str) -> str:
    """A door as it is meant: 12号搂 is 12号楼, and 顶楼702 a room like any."""
    for wrong, right in _TYPOS:
        door = door.replace(wrong, right)
    return door.strip(" ,，的")
