"""Names of places that no list knows, by their endings (小区, 花苑, 路, 公园) and the words around them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from nlp.doors import DOOR_AHEAD, HANZI
from nlp.stems import name_start
from nlp.tables import place_words

_LONGEST: Final = 7
_GENERIC: Final = frozenset(place_words())


class Ending(NamedTuple):
    """What names of a kind end in; `shortest` is how many characters must stand before the ending."""

    pattern: re.Pattern[str]
    kind: str
    shortest: int


_COMPOUND: Final = re.compile(
    r"小区|花园|花苑|花城|家园|公寓|嘉园|雅苑|佳苑|雅园|馨苑|新苑|名苑|华庭|豪庭|雅庭|名都|名邸|公馆|新村|新城(?!区)|山庄|别墅"
    r"|华府|首府|学府(?![路街])|豪苑|雅居|新居|世家|丽都|名筑|宿舍区|家属院|家属区|大厦"
)
# 万科城3幢, 住在金域湾: a short ending is a compound's only with a door behind, or words of living in front of it.
_SHORT: Final = (
    r"苑|园|城|府|湾|里|坊|庭|邸|阁|轩|居|墅|郡|院|台|岸|山|国际|天地|时代|壹号|中心|小镇|半岛|印象|风景"
    rf"|[一-龥]\d{{2,3}}(?!\d)(?=小区|[{HANZI}\d]期|[A-Za-z][座栋幢]|\d+[幢栋])"
)
_WITH_DOOR: Final = re.compile(rf"(?:{_SHORT}){DOOR_AHEAD}")
_WITH_CUE: Final = re.compile(
    rf"(?<=住在|家住|我住|现住|位于)(?P<stem>(?![那这哪同我他她])[一-龥]{{1,5}}(?<![家那这哪个]))(?:{_SHORT})(?=[，。,\s]|小区|门口|附近|的业主|$)"
)
_ROAD: Final = re.compile(
    r"(?<!高速公)(?<!快速)(?<!水泥)(?<!断头)(?<!主干)(?<!柏油)(?<!沥青)(?<![线铁公马辅道思出电网套一半来走让修铺门小大条多后带赶岔消各泥支回退绕短])"
    r"(?:大道|路(?![灯面边上段过费人况线由子程])|大街|街(?![道边上坊头舞])|巷(?![子道]))"
)
_VILLAGE: Final = re.compile(
    rf"村(?=第?[{HANZI}\d]{{1,2}}(?:[组队](?!织|伍|长|员)|村民小组|社(?!区)))|(?:自然村|行政村)"
)
_SPOT: Final = re.compile(
    r"公园|小学|中学|学校|幼儿园|医院|卫生院|卫生服务中心|菜市场|农贸市场|批发市场|市场(?!监|管|秩|部|局)|体育馆|体育场(?!路)|图书馆|文化馆|火车站|汽车站"
    r"|客运站|地铁站|公交站|车站(?!路|街)|大桥|步行街|购物中心|商场|广场(?!舞)|码头(?!社区)"
)
_ENDINGS: Final = (
    Ending(_COMPOUND, "compound", 2),
    Ending(_WITH_DOOR, "compound", 1),
    Ending(_ROAD, "road", 2),
    Ending(_VILLAGE, "compound", 1),
    Ending(_SPOT, "spot", 2),
)
# Behind a division nearly anything that ends like a place is one: 和平社区|和平小区, 荷塘社区|后街31号.
_BEHIND_DIVISION: Final = re.compile(
    rf"(?:(?P<road>[一-龥]{{1,5}}?(?:大道|路|大街|街|巷|弄|胡同)(?=第?(?:\d{{1,5}}|[{HANZI}]{{1,4}})[号弄]|[东南西北口，,与和]))"
    rf"|(?P<compound>[一-龥]{{1,6}}?(?:小区|花园|花苑|家园|公寓|新村|新城|山庄|大厦))"
    rf"|(?P<spot>[一-龥]{{0,6}}?(?:公园|广场(?!舞)|小学|中学|幼儿园|菜市场|卫生院|食堂|照料中心|活动中心|卫生站|停车场|工地|菜场)|站(?![着起在住出不了满长])))"
)
_BEHIND_ROAD: Final = re.compile(
    r"[^\W\d_的上边口和与旁附对到段]{0,6}?(?:公园|广场(?!舞)|小学|中学|幼儿园|菜市场|卫生院|医院)"
)
_ROAD_WITHIN: Final = re.compile(r"[一-龥]{2,5}(?:大道|路|街|巷)(?=[一-龥]{2})")
"""A road in front of a compound's name, which stands for itself: 潘家路|富园小区."""
_SHORT_ROAD: Final = re.compile(r"[前后老中正横上下东西南北新]街(?=\d{1,4}号)")
"""The one road of a village, known by its number: 后街31号."""

Found = tuple[int, int, str]


def unknown_places(
    text: str,
    taken: Sequence[tuple[int, int]],
    walls: Sequence[tuple[int, int]] = (),
    above: Sequence[int] = (),
    roads: Sequence[int] = (),
) -> list[Found]:
    """(start, end, kind) of names by ending, kind compound, road or spot, in order and apart.

    `taken` are ranges that have a name already, `walls` those that no name reaches into (times), `above` and `roads`
    the ends of divisions and roads among them; all in order.
    """
    closed = sorted((*taken, *walls))
    found = _below_divisions(text, above)
    starts = [start for start, _ in closed]
    ends = sorted(end for _, end in closed)
    for ending in _ENDINGS:
        floor = 0
        for match in ending.pattern.finditer(text):
            behind = bisect_left(ends, match.start() + 1)
            lowest = max(floor, ends[behind - 1] if behind else 0)
            start = name_start(text, match.start(), _LONGEST, floor=lowest)
            road = _ROAD_WITHIN.match(text, start, match.end()) if ending.kind == "compound" else None
            if road is not None and match.start() - road.end() >= ending.shortest:
                start = road.end()
            if match.start() - start < ending.shortest or _is_generic(text[start : match.start()], ending.kind):
                continue
            index = bisect_left(starts, match.end())
            if index and closed[index - 1][1] > start:
                continue
            floor = match.end()
            found.append((start, match.end(), ending.kind))
    found += [(end, m.end(), "spot") for end in roads if (m := _BEHIND_ROAD.match(text, end)) is not None]
    found += [(m.start(), m.end(), "road") for m in _SHORT_ROAD.finditer(text)]
    found += [(m.start("stem"), m.end(), "compound") for m in _WITH_CUE.finditer(text)]
    return _apart(found, closed)


def _below_divisions(text: str, above: Sequence[int]) -> list[Found]:
    """Names right behind a division, and wherever else a number follows such a road: 柳湾镇后街31号 … 后街29号."""
    found: list[Found] = []
    for end in above:
        if (match := _BEHIND_DIVISION.match(text, end)) is not None:
            kind = match.lastgroup or ""
            found.append((end, match.end(), kind))
            if kind == "road":
                again = re.escape(match.group())
                found += [(m.start(), m.end(), kind) for m in re.finditer(rf"{again}(?=\d{{1,5}}号)", text)]
    return found


def _is_generic(stem: str, kind: str) -> bool:
    return stem in _GENERIC or stem[-2:] in _GENERIC or (kind != "compound" and stem.startswith("小区"))


def _apart(found: list[Found], closed: Sequence[tuple[int, int]]) -> list[Found]:
    starts = [start for start, _ in closed]
    kept: list[Found] = []
    for start, end, kind in sorted(set(found), key=lambda item: (item[0], -item[1])):
        before = bisect_left(starts, end)  # `closed` ranges lie apart or touch: only the last that begins before counts
        free = not before or closed[before - 1][1] <= start
        if free and (not kept or start >= kept[-1][1]):
            kept.append((start, end, kind))
    return kept
