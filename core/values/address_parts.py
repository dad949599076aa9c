"""Road, compound and door of an address: what stands behind the divisions."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from core.values.numerals import NUMERALS, arabic
from core.values.places import COMPOUND_ENDS

_SUFFIX: Final = "号楼|号院|号栋|号房|号室|栋|幢|座|#楼|#|单元|层|楼|室|户|房|弄|号|组|队|期|梯|门"
_COUNTED: Final = r"(?:号楼|号院|栋|幢|座|单元|层|楼|室|户|房|弄|号(?!线)|组|队|期|梯|#|门(?![\u4e00-\u9fff]))"
_NUMBERED: Final = re.compile(rf"第?([{NUMERALS}]+)(?={_COUNTED}|-[{NUMERALS}0-9]|$)|第(?=[0-9]+{_COUNTED})")
_TOKEN: Final = re.compile(
    r"第?((?<![A-Z0-9])[A-Z]?[0-9]+[A-Z]?|(?<![A-Z0-9])[A-Z](?=[座栋幢室-]|号楼|单元|区)"
    r"|[甲乙丙丁戊东西南北中](?=[座栋幢]|单元|号楼))"
    rf"({_SUFFIX}|(?=-|[0-9]|$|[^0-9A-Z]))-?"
)
_ROAD: Final = re.compile(
    r"((?:[0-9]{1,3}号)?[\u4e00-\u9fffA-Z]{1,9}?"
    r"(?:大道|大街|公路|国道|省道|环线|胡同|路|街(?![区坊道])|巷|(?<=干)道|(?<!街)道(?=[0-9]))"
    r"(?:[东西南北中]{1,2}段|[一二三四五六]段)?)"
    r"(?!(?:小区|新村|花园|花苑|家园|公寓|大厦|大楼|宿舍|社区|派出所|广场|市场|商城|口|边|旁))"
)
_ROAD_MARK: Final = re.compile("[路街道巷线]|胡同")
_COMPOUND_END: Final = re.compile(rf"(?:{COMPOUND_ENDS})(?:[0-9]+期)?$")
_GRID: Final = re.compile(rf"第?[0-9{NUMERALS}]+(?:号)?网格")
_NOISE: Final = re.compile(
    r"(?:旁边?|附近|对面|门口|楼下|楼上|隔壁|后面|前面|门前|楼道|大门|地下车库|交叉口|路口|门面|商铺)"
)
_BRACKET: Final = re.compile(r"[(\[【〔<《]")
_BRACKETED: Final = re.compile(r"[(\[【〔<《](.*?)[)\]】〕>》]")

# What a bare number is, by the explicit parts before and behind it and how many bare numbers stand together.
_BARE: Final = {
    ("", "", 2): "BR", ("", "", 3): "BUR", ("", "", 4): "BUFR",
    ("", "U", 1): "B", ("", "F", 1): "B", ("", "F", 2): "BU", ("", "R", 1): "B", ("", "R", 2): "BU",
    ("", "R", 3): "BUF",
    ("B", "", 1): "R", ("B", "", 2): "UR", ("B", "", 3): "UFR",
    ("B", "F", 1): "U", ("B", "R", 1): "U", ("B", "R", 2): "UF",
    ("U", "", 1): "R", ("U", "", 2): "FR", ("U", "R", 1): "F", ("F", "", 1): "R",
}  # fmt: skip
_KINDS: Final = {
    "号楼": "B", "号栋": "B", "栋": "B", "幢": "B", "座": "B", "#楼": "B", "#": "B", "单元": "U", "梯": "U", "门": "U",
    "层": "F", "楼": "F", "室": "R", "户": "R", "房": "R", "号房": "R", "号室": "R", "号": "N", "号院": "N", "": "?",
}  # fmt: skip
_ROAD_NUMBER: Final = re.compile(
    r"第?([甲乙丙丁戊]?[0-9]+(?:-[0-9]+)?)(号院|号(?!楼|线)|弄(?:[0-9]+支弄)?)(?:[之附]([0-9]+)号?)?|([0-9]+)(?=$|[^0-9A-Z栋幢座单元层楼室户房弄组队期#号梯门-])"
)
_ZEROS: Final = re.compile(r"^0+(?=[0-9])")
_GROUP: Final = re.compile(r"[0-9]+[组队]")
_BEFORE_LAST: Final = frozenset("栋幢座元层楼号#路-")
_STRAY_NUMBER: Final = re.compile(r"[0-9]+号(?=[\u4e00-\u9fff]{4})")
_NAME: Final = re.compile(r"(?![0-9]+(?:[层室户房栋幢]|单元))[\u4e00-\u9fff0-9A-Z·-]*[\u4e00-\u9fffA-Z]")
# 观澜一村 is an estate of blocks, as 新村 is.
_VILLAGE: Final = re.compile(r"(?:[0-9]+[组队]|(?<![新小花一二三四五六七八九十])村|屯|寨)$")
# Whatever a village calls its groups, they are numbered once: 三组, 第3村民小组, 三队 and 3社 are one.
_VILLAGE_GROUP: Final = re.compile(
    rf"(^|[村屯寨])第?([0-9{NUMERALS}]+)(?:(?:村民|居民)?小组|生产队|组|队|社)(?!区|[\u4e00-\u9fff])"
)
_UNWANTED: Final = re.compile(r"[()\[\]【】〔〕<>《》]")
MARKS: Final = ",.;:、。，-"
_LOOSE: Final = "#第-"


class Parts(NamedTuple):
    """Tokens are bare: `三栋` is `3`, `A座` is `A`, `一〇五室` is `105`."""

    road: str | None = None
    road_no: str | None = None
    compound: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    rest: str | None = None


class _Token(NamedTuple):
    value: str
    suffix: str
    start: int
    end: int


def split_parts(text: str, village: str | None = None) -> Parts:
    """Reads text without blanks, folded and simplified, that begins behind the last division.

    `village`: that division where it is a village, whose houses (and groups) are numbered without a road.
    """
    rest: list[str] = []
    if _BRACKET.search(text):
        rest.extend(_BRACKETED.findall(text))
        text = _BRACKETED.sub("", text)
    if "网格" in text:
        rest.extend(_GRID.findall(text))
        text = _GRID.sub("", text)
    if village or "村" in text:
        text = _VILLAGE_GROUP.sub(r"\1\2组", text)
    text = _NUMBERED.sub(_to_arabic, text).strip(MARKS).lstrip(_LOOSE)
    road, road_no, road_end = _road(text)
    tokens = [_Token(m[1], m[2], m.start(), m.end()) for m in _TOKEN.finditer(text, road_end)]
    group = _door(tokens, text)
    begin = group[0].start if group else len(text)
    compound, before = _compound(text[road_end:begin], has_door=bool(group))
    if before:
        rest.insert(0, before)
    if village and (compound is None or _GROUP.fullmatch(compound)):
        compound = village + (compound or "")
    houses = road is None and compound is not None and _VILLAGE.search(compound) is not None
    if houses and group and group[0].suffix in ("号", "户", "") and group[0].value[0].isdigit():
        road_no = _bare(group[0].value)
        door, tail = _slots(group[1:], named=True)
    else:
        door, tail = _slots(group, named=bool(compound))
    if compound == village and not road_no:
        compound = None
    behind = text[group[-1].end :] if group else ""
    rest.extend(part for part in (tail, behind) if part)
    building, unit, floor, room = map(door.get, "BUFR")
    return Parts(road, road_no, compound, building, unit, floor, room, clean("".join(rest)))


def clean(rest: str) -> str | None:
    """What was not understood, without brackets and punctuation around it; None if nothing is left."""
    return _UNWANTED.sub("", rest).strip(MARKS) or None


def _to_arabic(match: re.Match[str]) -> str:
    numeral = match.group(1) or ""
    if match.end() == len(match.string) and match.string[match.start() - 1 : match.start()] not in _BEFORE_LAST:
        return match.group()
    return arabic(numeral)


def _road(text: str) -> tuple[str | None, str | None, int]:
    """Road, house number and where both end."""
    match = _ROAD.match(text) if _ROAD_MARK.search(text) else None
    if match is None:
        return None, None, 0
    number = _ROAD_NUMBER.match(text, match.end())
    if number is None:
        return match.group(1), None, match.end()
    first, kind, further, bare = number.groups()
    value = _bare(first or bare) + (f"-{further}" if further else "") + (kind if kind and kind.startswith("弄") else "")
    return match.group(1), value, number.end()


def _door(tokens: list[_Token], text: str) -> list[_Token]:
    """The run of numbers that names the door: the first with a clear suffix or several numbers, else the last."""
    runs: list[list[_Token]] = []
    for token in tokens:
        if token.suffix in ("组", "队", "期", "弄"):
            continue
        if runs and runs[-1][-1].end == token.start:
            runs[-1].append(token)
        else:
            runs.append([token])
    for run in runs:
        if len(run) > 1 or run[0].suffix in ("号楼", "栋", "幢", "座", "单元", "室", "#", "#楼"):
            return run
    if not runs:
        return []
    last = runs[-1]
    behind = text[last[0].end :]
    named = _COMPOUND_END.search(behind) if behind else None
    return [] if named else last


def _compound(text: str, *, has_door: bool) -> tuple[str | None, str | None]:
    """The compound name, and what of the text is no name."""
    name = text.strip(MARKS + "的第#")
    if not name:
        return None, None
    if noise := _NOISE.search(name):
        inner, _ = _compound(name[: noise.start()], has_door=has_door)
        return (inner, name[len(inner) :]) if inner else (None, name)
    if number := _STRAY_NUMBER.match(name):
        inner, _ = _compound(name[number.end() :], has_door=has_door)
        return (inner, number.group()) if inner else (None, name)
    if not _NAME.fullmatch(name):
        return None, name
    if _COMPOUND_END.search(name) or _VILLAGE.search(name) or (has_door and len(name) >= 2):
        return name, None
    return None, name


def _slots(run: list[_Token], *, named: bool) -> tuple[dict[str, str], str]:
    """Building B, unit U, floor F and room R of a run of numbers, and what of it does not fit."""
    kinds = [_KINDS[token.suffix] for token in run]
    if run and run[0].suffix == "楼" and kinds[1:2] == ["U"]:  # 3楼2门401: a block, not a floor
        kinds[0] = "B"
    if "N" in kinds:  # a 号 in front counts the building, a later one the room
        kinds = [kind if kind != "N" else "R" if index else "B" for index, kind in enumerate(kinds)]
    found: dict[str, str] = {}
    spare: list[str] = []
    position = 0
    while position < len(run):
        if kinds[position] != "?":
            _put(found, spare, kinds[position], run[position].value)
            position += 1
            continue
        end = position
        while end < len(run) and kinds[end] == "?":
            end += 1
        before = kinds[position - 1] if position else ""
        after = kinds[end] if end < len(run) else ""
        slots = _BARE.get((before, after, end - position), "")
        if not slots and end - position == 1:
            slots = "R" if len(run[position].value) >= 3 or not named else "B"
        for offset, slot in enumerate(slots or "X" * (end - position)):
            _put(found, spare, slot, run[position + offset].value)
        position = end
    return found, "-".join(spare)


def _put(found: dict[str, str], spare: list[str], slot: str, value: str) -> None:
    bare = _bare(value)
    if slot == "X" or slot in found:
        spare.append(bare)
    else:
        found[slot] = bare


def _bare(value: str) -> str:
    return _ZEROS.sub("", value)
