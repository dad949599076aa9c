"""How a door is written behind the name of a place: 3号楼501, 5栋2单元, 三栋二单元一〇五室, 3-2-501."""

from __future__ import annotations

import re
from typing import Final

_HANZI: Final = "一二三四五六七八九十两"
_ROOM_HANZI: Final = "一二三四五六七八九十〇零○"
_NOUN: Final = rf"(?:号楼(?![上下道梯顶])|栋楼?|幢楼?|座|#楼?|号(?=第?[\d{_HANZI}甲乙丙]{{1,2}}单元))"
_BUILDING: Final = rf"第?(?:[A-Za-z]?\d{{1,3}}|[A-Za-z]|[{_HANZI}百]{{1,4}}|[甲乙丙丁]){_NOUN}"
_UNIT: Final = rf"第?(?:\d{{1,2}}|[{_HANZI}]{{1,2}}|[甲乙丙丁A-Da-d])(?:单元|门洞)"
_FLOOR: Final = rf"(?:\d{{1,2}}|[{_HANZI}]{{1,3}})(?:楼|层)"
_NO_QUANTITY: Final = r"(?![\d.元块万年个多余平米人户%])"
_ROOM: Final = (
    rf"(?:(?:\d{{3,4}}|[{_ROOM_HANZI}]{{3,4}}|[A-Za-z]\d{{2,4}})(?:室|号房|房间?|户|号)?{_NO_QUANTITY}"
    r"|\d{1,4}(?:室|号房|户(?!型)))"
)
_SHORT: Final = r"\d{1,3}[-—](?:\d{1,2}[-—])?\d{2,4}(?![\d-])(?:室|号|房)?"
_PHASE: Final = rf"(?:小区)?(?:[{_HANZI}\d]{{1,2}}期|[A-Za-z东南西北]区|[东南西北]苑)?"
_JOIN: Final = r"[ ,，]?"
_BELOW: Final = rf"(?:{_JOIN}(?P<unit>{_UNIT}))?(?:{_JOIN}(?P<floor>{_FLOOR}))? ?(?P<room>{_ROOM})?"

TAIL: Final = re.compile(
    rf"(?P<phase>{_PHASE}){_JOIN}(?:里面的?|[的里内])?"
    rf"(?:(?P<group>\d{{1,2}}[组队](?:\d{{1,3}}号)?)|(?P<short>{_SHORT})|(?P<building>{_BUILDING})?{_BELOW})"
)
"""Matches at the end of a place's name; groups phase, group (of a village), short, building, unit, floor, room."""

STANDALONE: Final = re.compile(rf"(?<![0-9A-Za-z-])(?:{_BUILDING}{_BELOW}|{_UNIT}{_JOIN}(?:{_FLOOR})?{_JOIN}{_ROOM})")
"""A door apart from the name of its compound: 我们小区的3栋2单元."""

ROAD_NUMBER: Final = re.compile(
    r" ?第?(?:\d{1,5}|[一二三四五六七八九十百]{1,5})(?:号(?:之[一二三四五\d])?|弄\d{1,4}号?)"
    r"(?!线|晚|楼(?![上下道梯顶]))"
)
"""The number behind a road's name."""

RELATION: Final = re.compile(
    r"(?:我们?家?)?(?:正?楼[上下]|隔壁(?:单元|栋|楼)?|对门|对面(?:楼|单元)?|顶楼|天台|地下(?:车库|室)|楼道(?:口|里)?"
    r"|小区(?:[东南西北正后侧大]门|里|内|门)口?|单元门口?|[东南西北]门口?)"
)
"""Places told by their relation to the speaker or the compound: 我家楼上, 隔壁单元, 小区东门."""
