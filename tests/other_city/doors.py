"""How this city writes its doors: 弄 and 号 in the lanes, 楼 and 门 in the yards, 胡同 courts, 村 and 组 outside."""

from __future__ import annotations

from functools import cache
from random import Random

import opencc

from tests.other_city.model import Home

WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_NUMERALS = "零一二三四五六七八九"


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def traditional(text: str) -> str:
    converted: str = _converter().convert(text)
    return converted


def written_door(home: Home, rng: Random, *, room: bool = True) -> str:
    """One of the ways in which this city writes a door."""
    place = ""
    if rng.random() < 0.5:
        place = "西陵省" if rng.random() < 0.1 else ""
        place += "霁川市" if place or rng.random() < 0.5 else ""
        place += home.county if place or rng.random() < 0.6 else ""
        place += home.street if rng.random() < 0.6 or home.kind == "village" else ""
    match home.kind:
        case "lane":
            tail = _lane(home, rng, room)
        case "yard":
            tail = _yard(home, rng, room)
        case "court":
            tail = (
                f"{home.road}{home.house}号"
                + ("院" if rng.random() < 0.1 else "")
                + ("内" if rng.random() < 0.08 else "")
            )
        case _:
            place = place or home.street
            tail = _village(home, rng)
    if home.kind != "village" and rng.random() < 0.12:
        place += home.community
    text = place + tail
    draw = rng.random()
    if draw < 0.04:
        return text.translate(WIDE)
    if draw < 0.06:
        return traditional(text)
    return text.replace("号", "号 ", 1) if draw < 0.09 else text


def _lane(home: Home, rng: Random, room: bool) -> str:
    front = (
        home.road + home.estate
        if rng.random() < 0.3
        else home.estate
        if home.estate and rng.random() < 0.3
        else home.road
    )
    if not room:
        return f"{front}{home.house}号"
    style = rng.random()
    if style < 0.62:
        return f"{front}{home.house}号{home.room}" + ("室" if rng.random() < 0.8 else "")
    if style < 0.8:
        return f"{front}{home.house}-{home.room}"
    if style < 0.9:
        return f"{front}{home.house}/{home.room}"
    return f"{front}{home.house}号{home.room[0]}楼{home.room}室"


def _yard(home: Home, rng: Random, room: bool) -> str:
    if not room:
        return f"{home.road}{home.house}号楼"
    style = rng.random()
    if style < 0.4:
        return f"{home.road}{home.house}号楼{home.unit}单元{home.room}" + rng.choice(("室", "", "号"))
    if style < 0.65:
        return f"{home.road}{home.house}楼{home.unit}门{home.room}" + rng.choice(("号", ""))
    if style < 0.85:
        return f"{home.road}{home.house}-{home.unit}-{home.room}"
    numerals = "".join(_NUMERALS[int(digit)] for digit in home.room)
    return f"{home.road}{_NUMERALS[int(home.house)]}号楼{_NUMERALS[int(home.unit)]}单元{numerals}室"


def _village(home: Home, rng: Random) -> str:
    group = home.estate
    word = rng.choice(("组", "组", "村民小组", "队", "社"))
    number = group if rng.random() < 0.6 else _NUMERALS[int(group)]
    village = home.community + ("民委员会" if rng.random() < 0.08 else "委会" if rng.random() < 0.08 else "")
    front = f"{village}{'第' if word == '村民小组' else ''}{number}{word}"
    return front + home.house + rng.choice(("号", "号", "号", "户", ""))
