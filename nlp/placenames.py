"""Names of compounds and roads that no list knows, by their endings (小区, 花苑, 家园, 路, 街)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from nlp.stems import name_start

_COMPOUND: Final = re.compile(
    r"小区|花园|花苑|花城|家园|公寓|嘉园|雅苑|佳苑|雅园|馨苑|新苑|名苑|华庭|豪庭|雅庭|名都|名邸|公馆|新村|新城|山庄|别墅"
    r"|宿舍区|家属院|家属区|大厦|广场(?!舞)"
)
_ROAD: Final = re.compile(
    r"(?<!高速公)(?<!快速)(?<!水泥)(?<!断头)(?<!主干)(?<!柏油)(?<!沥青)(?<![线铁公马辅道思出电网套一半来走让修铺门小大条多后带赶岔消各泥支回退绕短])"
    r"(?:大道|路(?![灯面口边上段过费人况线由子程])|大街|街(?![道边上坊头舞])|巷(?![子口道]))"
)
_GENERIC: Final = frozenset(
    [
        "老旧",
        "住宅",
        "安置",
        "商业",
        "高档",
        "居民",
        "封闭",
        "开放",
        "邻近",
        "周边",
        "附近",
        "附属",
        "城市",
        "新建",
        "公共",
        "农贸",
        "批发",
        "商品",
        "交易",
        "临时",
        "文化",
        "建材",
        "资本",
        "劳动",
        "人才",
        "同一",
        "整个",
        "全体",
        "这个",
        "那个",
        "我们",
        "他们",
        "自己",
        "多个",
        "几个",
        "两个",
        "一个",
        "其他",
        "其它",
        "单身",
        "人才",
        "青年",
        "学生",
        "员工",
        "教师",
        "休闲",
        "购房",
        "国内",
        "国际",
        "电力",
    ]
)
_SHORTEST: Final = 2
_LONGEST: Final = 7


def unknown_places(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of names by ending, kind compound or road, outside the `taken` ranges."""
    for pattern, kind, shortest in ((_COMPOUND, "compound", _SHORTEST), (_ROAD, "road", _SHORTEST)):
        floor = 0
        for match in pattern.finditer(text):
            start = name_start(text, match.start(), _LONGEST, floor=floor)
            stem = text[start : match.start()]
            if len(stem) < shortest or stem in _GENERIC or stem[-2:] in _GENERIC:
                continue
            if any(start < end and begin < match.end() for begin, end in taken):
                continue
            floor = match.end()
            yield start, match.end(), kind
