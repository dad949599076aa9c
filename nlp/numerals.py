"""Numbers as people write them: 1,280, 1.2万, 6万7, 三千八, 两三百, 十几, 百八十, 好几万.

What stands for a digit alone behind a magnitude is a digit of the next one: 两万三 is 23,000, 三百五 is 350. 几 is read
as three and marked as a guess.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

_DIGITS: Final = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "仨": 3, "四": 4, "五": 5, "六": 6, "七": 7,
    "八": 8, "九": 9, "几": 3, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_MAGNITUDES: Final = {
    "十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000, "万": 10_000, "亿": 100_000_000,
}  # fmt: skip
_MYRIAD: Final = 10_000

HANZI: Final = "".join(_DIGITS) + "".join(_MAGNITUDES)
NUMERAL: Final = (
    rf"(?:(?<![\d.,])(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}+(?!\d)|\d{{1,12}}+)(?:\.\d{{1,4}}+)?(?:[{''.join(_MAGNITUDES)}][\d{HANZI}]{{0,8}}+)?"
    rf"|[{HANZI}]{{1,12}}+)"
)
"""A pattern of one numeral; bounded, and nothing in it is tried twice."""

_TOKEN: Final = re.compile(rf"\d+(?:\.\d+)?|[{HANZI}]")
_EITHER: Final = re.compile(r"([一二两三四五六七八])([二三四五六七八九])")
_NEXT: Final = {"一两", "一二", "两三", "二三", "三四", "四五", "五六", "六七", "七八", "八九", "三五"}


class Numeral(NamedTuple):
    """A number between `low` and `high`, which are equal where the words leave no choice."""

    low: float
    high: float
    guess: bool

    @property
    def value(self) -> float:
        return round((self.low + self.high) / 2, 6)


@lru_cache(maxsize=4096)
def read_numeral(text: str) -> Numeral | None:
    """The number that a match of `NUMERAL` says; None for what is none (零零, 百百)."""
    text = text.replace(",", "")
    for pair in _PAIRS.finditer(text):
        one, other = text[: pair.start() + 1] + text[pair.end() :], text[: pair.start()] + text[pair.end() - 1 :]
        low, high = _single(one), _single(other)
        return None if low is None or high is None else Numeral(low, high, True)
    number = _single(text)
    return None if number is None else Numeral(number, number, "几" in text)


# 二三 within 二〇二三 or 一二三四 is a row of digits: a choice of two stands alone, or beside a magnitude.
_PAIRS: Final = re.compile(rf"(?<![{''.join(_DIGITS)}\d])(?:{'|'.join(sorted(_NEXT))})(?![{''.join(_DIGITS)}\d])")


def _single(text: str) -> float | None:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return None
    if len(tokens) > 1 and all(token in _DIGITS for token in tokens):  # 二〇二六: digit by digit
        return float("".join(str(_DIGITS[token]) for token in tokens))
    total = section = 0.0
    number: float | None = None
    last, scale = "", 1  # the token before, and the magnitude that a digit alone hangs on
    for token in tokens:
        if token in _MAGNITUDES:
            scale = _MAGNITUDES[token]
            if scale >= _MYRIAD:
                total, section = (total + (section + (number or 0.0) or 1.0)) * scale, 0.0
            else:
                section += (1.0 if number is None else number) * scale
            number = None
        else:
            number = float(_DIGITS.get(token, 0)) if token in _DIGITS else float(token)
            if last in ("零", "〇"):
                scale = 1
        last = token
    if number is not None and len(tokens) > 1 and number < 10 and last not in ("零", "〇") and scale > 1:
        number *= scale / 10 if tokens[-2] in _MAGNITUDES else 1
    return round(total + section + (number or 0.0), 6)
