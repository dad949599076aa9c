"""Words of direction in a text: behind a place (3幢后面), before a door (楼上601) and alone (我家楼上, 地下车库)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from nlp.doors import FLOOR
from nlp.tables import directions, facilities

_ROWS: Final = {row.word: row for row in directions()}
_ANY: Final = "|".join(map(re.escape, _ROWS))
_FACILITY: Final = "|".join(map(re.escape, facilities()))
_OURS: Final = r"(?:我们?|俺们?|咱们?|阿拉|本人)家?|我店|我家店"

_BEHIND: Final = re.compile(
    rf"(?P<of>的)?(?P<word>{_ANY})(?P<out>外(?![墙面])|处)?|(?<=楼)(?P<below>下面?|顶|道[里内口]?)"
    rf"|(?:(?:那个|那处)?(?:\d{{1,3}}路公交车?站台?|{_FACILITY})|的(?:中心花园|中心广场))(?P<place>)"
    rf"|段(?=[修路堵,，。])(?P<stretch>)|(?P<floor>{FLOOR})"
)
_BELOW: Final = {"下": "downstairs", "顶": "roof", "道": "corridor"}
_STICKY: Final = frozenset({"里", "内", "旁", "那边", "里面", "门外", "口头"})
"""Words that no 的 stands before."""
_WHOSE_DOOR: Final = frozenset({"楼上", "隔壁", "对门"})
"""Behind a place these are people, unless a door follows: 1号楼2单元|楼上天天扔烟头."""
_DOOR_NEXT: Final = re.compile(r"\d|[一二三四五六七八九十]{1,3}(?:楼|层)")
_NEVER_BEHIND: Final = re.compile(
    r"里(?:程|边的人|弄)|内(?:部|容|外)|旁(?:听|观)|门(?:外汉)|中间(?:商|人)|附近的?人|路口碑|下面(?:说|是|的人)"
)
_RANGE: Final = re.compile(rf"[到至-](?:{FLOOR})(?=的?(?:楼梯|楼道|走廊))")
_ROOF_NEVER: Final = re.compile(r"(?:上|不上|到|接到|至)$")

IN_FRONT: Final = re.compile(
    rf"(?P<ours>{_OURS}|该单元|该楼|该栋|该幢)?(?P<side>(?:楼上|楼下|隔壁|对门|对面|顶楼)的?)?\Z"
)
"""Ends where a door begins: whose it is, and in which direction."""
_SIDES: Final = {
    "楼上": "upstairs", "楼下": "downstairs", "隔壁": "next_door", "对门": "opposite", "对面": "opposite",
    "顶楼": "upstairs",
}  # fmt: skip

_FIRSTS: Final = "".join(sorted({row.word[0] for row in _ROWS.values() if row.alone != "no"}))
# The look ahead at the first character saves trying every word at every place.
_ALONE: Final = re.compile(rf"(?=[我俺咱阿本{_FIRSTS}])(?P<ours>{_OURS})?的?(?P<word>{_ANY})")
_FOLLOWED: Final = re.compile(rf"(?:的?(?:{_FACILITY})|[东南西北]门口?)")


class Extension(NamedTuple):
    """Words behind a place: where they end, the direction they give and a storey that they name."""

    end: int
    relative: str | None
    floor: str | None


class Alone(NamedTuple):
    """A direction without a place; `ours` says that it is counted from the speaker's own door."""

    start: int
    end: int
    relative: str
    ours: bool


def extend(text: str, end: int) -> Extension:
    """What stands behind a place that ends at `end`: 对过二楼, 楼下的中心广场, 南门外."""
    relative: str | None = None
    floor: str | None = None
    if (ranged := _RANGE.match(text, end)) is not None:
        end = ranged.end()
    for _ in range(3):
        match = _BEHIND.match(text, end)
        if match is None or _NEVER_BEHIND.match(text, match.start("word") if match["word"] else match.start()):
            break
        word = match["word"]
        if word and match["of"] and word in _STICKY:
            break
        if (match["floor"] and relative is None) or (word in _WHOSE_DOOR and not _DOOR_NEXT.match(text, match.end())):
            break
        if word == "下面" and text[end - 1 : end] != "楼":
            break
        if word:
            relative = _direction(word, relative)
        elif match["below"]:
            relative = _BELOW[match["below"][0]]
        elif match["floor"]:
            floor = match["floor"]
        end = match.end()
    return Extension(end, relative, floor)


def _direction(word: str, before: str | None) -> str:
    """楼下南门口 is a gate; what lies inside or beside a place in a direction stays in that direction."""
    relative = _ROWS[word].relative
    return before if before is not None and relative in ("inside", "beside", "front") else relative


def in_front(text: str, start: int) -> tuple[int, str | None, bool]:
    """Of a door that begins at `start`: where it begins with the words in front, its direction, whether it is ours."""
    window = max(0, start - 6)
    match = IN_FRONT.search(text, window, start)
    if match is None or match.start() == start:
        return start, None, False
    side = (match["side"] or "").rstrip("的")
    whose = match["ours"] or ""
    if whose.endswith("们"):  # 我们6栋 has many doors, and is none of ours
        return match.end("ours"), _SIDES.get(side), False
    return match.start(), _SIDES.get(side), bool(whose) and not whose.startswith("该")


def directions_alone(text: str) -> list[Alone]:
    """Directions that say a place by themselves or behind 我家, from left to right."""
    found: list[Alone] = []
    last = 0
    for match in _ALONE.finditer(text):
        row, ours = _ROWS[match["word"]], match["ours"] is not None
        end = match.end()
        if (
            match.start() < last
            or row.alone == "no"
            or (row.alone == "mine" and not ours and not _FOLLOWED.match(text, end))
        ):
            continue
        side = row.relative in ("upstairs", "downstairs", "next_door", "opposite")
        if side and not _FOLLOWED.match(text, end) and not (match["ours"] or "").endswith("家"):
            continue  # 我楼上没有人家
        if row.relative == "roof" and _ROOF_NEVER.search(text, max(0, match.start() - 3), match.start()):
            continue
        estate = row.word.startswith("小区") or not ours
        start = match.start("word") if estate else match.start()
        behind = extend(text, end)
        relative = behind.relative or row.relative
        if row.relative == "gate" and ours and not estate and row.word == "门口":
            relative = "front"
        last = behind.end
        found.append(Alone(start, behind.end, relative, ours and not estate))
    return found
