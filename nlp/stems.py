"""Where a name begins that is only known by its ending: 督促|翠湖小区, 澜江市|华辰物业公司."""

from __future__ import annotations

import re
from typing import Final

from nlp.tables import cut_words

# Characters that end whatever stands before a name: function words, and the last characters of divisions.
_BOUNDARY: Final = frozenset(
    "在于的是住到从和与及或我你他她它们这那该本此个某了位对向被把给让叫请望能就都也又还很不没要想说称即由沿旁后前里内外"
    "县镇乡村街巷号栋幢室将去因如但而且使其以各每整所用买卖租做件条吗呢吧过着"
)
# Names that begin with such a character all the same.
_BEGINNINGS: Final = frozenset(
    (
        "和平",
        "和谐",
        "和顺",
        "前进",
        "前锋",
        "前程",
        "向阳",
        "向前",
        "沿江",
        "沿河",
        "沿湖",
        "沿海",
        "都市",
        "县前",
        "由义",
        "从善",
    )
)
_CUT: Final = re.compile("|".join(sorted(map(re.escape, cut_words()), key=len, reverse=True)))
_LEADING: Final = re.compile("(?:省|市(?![政场])|区|道|路).{2,}")


def name_start(text: str, end: int, longest: int, *, floor: int = 0) -> int:
    """The start of the name whose ending begins at `end`; equal to `end` where nothing before it can be a name."""
    start = end
    lowest = max(floor, end - longest)
    while start > lowest and _is_name(text[start - 1]):
        start -= 1
    if start > lowest and text[start - 1 : start + 1] in _BEGINNINGS:
        start -= 1
    for cut in _CUT.finditer(text, start, end):
        start = cut.end()
    while _LEADING.fullmatch(text, start, end):
        start += 1
    return start


def _is_name(character: str) -> bool:
    return "一" <= character <= "龥" and character not in _BOUNDARY
