"""How a door is written, behind the name of a place or alone: 3号楼501, 三栋二单元一〇五室, 3-2-501, A座1204."""

from __future__ import annotations

import re
from typing import Final

HANZI: Final = "一二三四五六七八九十两"
_ROOM_HANZI: Final = "一二三四五六七八九十〇零○"
# 搂 and 圆 are what hasty fingers make of 楼 and 元.
_NOUN: Final = (
    r"(?:号[楼搂]|[栋幢](?:楼(?![上下道梯顶前后里内]))?|座|#(?:楼(?![上下道梯顶]))?"
    rf"|号(?=第?[\d{HANZI}甲乙丙]{{1,2}}单元))"
)
_BUILDING: Final = rf"第?(?:[A-Za-z]?\d{{1,3}}|[A-Za-z]|[{HANZI}百]{{1,4}}|[甲乙丙丁]){_NOUN}"
_UNIT: Final = rf"第?(?:\d{{1,2}}|[{HANZI}]{{1,2}}|[甲乙丙丁A-Da-d])(?:单[元圆园]|门洞)"
FLOOR: Final = rf"(?:(?<!\d)\d{{1,2}}|(?<![{HANZI}第])[{HANZI}]{{1,3}})(?:楼(?!房|高)|层(?!楼|高|半))"
_NO_QUANTITY: Final = r"(?![\d.,]\d|\d|[元块万年个多余平米人户%月次分度斤公吨台辆名条张米岁小路]|天(?!天)|号楼|左右)"
_ROOM: Final = (
    rf"(?:(?:\d{{3,4}}|[{_ROOM_HANZI}]{{3,4}}|[A-Za-z]\d{{2,4}})(?:室|号房|房间?|户|号(?!楼))?{_NO_QUANTITY}"
    r"|\d{1,4}(?:室|号房|户(?!型)))"
)
_SHORT: Final = r"\d{1,3}[-—#](?:\d{1,2}[-—])?\d{2,4}(?![\d-])(?:室|号(?!楼)|房)?"
_PHASE: Final = rf"(?:小区)?(?:[{HANZI}\d]{{1,2}}期|[A-Za-z东南西北]区(?!域)|[东南西北]苑)?"
_JOIN: Final = r"[ ,，]?"
_BELOW: Final = (
    rf"(?:{_JOIN}(?P<unit>{_UNIT}))?(?: ?(?P<floor>{FLOOR}))?"
    rf" ?(?:(?:顶[楼层]) ?(?=[\d{_ROOM_HANZI}]))?(?P<room>{_ROOM})?"
)

TAIL: Final = re.compile(
    rf"(?P<phase>{_PHASE})[ ,，]?(?:里面的?|[的里内](?=第?[A-Za-z\d{HANZI}]))?"
    rf"(?:(?P<group>第?[\d{HANZI}]{{1,2}}(?:[组队](?!织|伍|长|员)|村民小组|社(?!区))(?:\d{{1,3}}号)?)"
    rf"|(?P<short>{_SHORT})|(?P<building>{_BUILDING})?{_BELOW})"
)
"""Matches at the end of a place's name; groups phase, group (of a village), short, building, unit, floor, room."""

STANDALONE: Final = re.compile(
    rf"(?=[第\dA-Za-z{HANZI}百甲乙丙丁])(?<![0-9A-Za-z#.:：-])(?:(?P<building>{_BUILDING}){_BELOW}"
    rf"|(?P<unit2>{_UNIT})(?: ?(?P<floor2>{FLOOR}))?(?: ?(?P<room2>{_ROOM}))?"
    rf"|(?P<floor3>{FLOOR})(?P<room3>{_ROOM})?"
    rf"|(?P<room4>(?:[1-9]|[1-4]\d)(?:0[1-9]|1[0-2])(?:室|号房|房(?!间|子))?){_NO_QUANTITY}"
    rf"|(?P<house>\d{{1,3}}号)(?![线晚楼早中下上起那之以左店]|院(?![内里])|户主|业主|住户))"
)
"""A door apart from the name of its compound: 我们小区的3栋2单元, 楼上601, 3单元六楼, 35号."""

ROAD_NUMBER: Final = re.compile(
    r" ?第?(?:\d{1,5}|[一二三四五六七八九十百]{1,5})"
    r"(?:号(?:之[一二三四五\d])?|弄\d{1,4}号?)(?!线|晚|楼(?![上下道梯顶]))"
)
"""The number behind a road's name."""

DOOR_AHEAD: Final = (
    rf"(?=小区|(?:[{HANZI}\d]{{1,3}}期)?[ ,，的]?(?:第?[A-Za-z]?\d{{1,3}}(?:[幢栋#座]|号[楼搂])|[A-Za-z][座栋幢]"
    rf"|[{HANZI}]{{1,3}}(?:[幢栋]|号楼)|\d{{1,2}}-\d{{1,2}}-\d{{3}}))"
)
"""A door that only the name of a compound can stand before."""

HOTLINES: Final = frozenset({"110", "112", "119", "120", "122", "911", "315", "1010"})
"""Numbers that look like a room and are called."""
