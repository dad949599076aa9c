"""Numbers, whole numbers and yes/no values as clerks write them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import squeeze

_NUMBER: Final = re.compile(
    r"[¥$]?([+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.\d{0,9})?|[+-]?\.\d{1,9}|[+-]?\d(?:\.\d{1,17})?E[+-]?\d{1,2})"
    r"(万|亿)?(?:元|平方米|平米|M2|M²|人|户|个|件|次|岁)?",
    re.ASCII,
)
_SCALES: Final = {"万": Decimal(10_000), "亿": Decimal(100_000_000), None: Decimal(1)}
_TRUE: Final = frozenset({"是", "有", "真", "对", "1", "TRUE", "T", "YES", "Y", "√", "✓"})
_FALSE: Final = frozenset({"否", "无", "没有", "假", "不是", "0", "FALSE", "F", "NO", "N", "×", "X"})


def parse_number(raw: str) -> str:
    """A plain decimal number without needless zeros; thousands separators, 万, 亿 and common units are read.

    Raises InvalidValue `number.empty` or `number.form`.
    """
    return _plain(_decimal(raw))


def parse_integer(raw: str) -> str:
    """As `parse_number`, and InvalidValue `number.not_whole` for a fraction."""
    value = _decimal(raw)
    if value != value.to_integral_value():
        raise InvalidValue("number.not_whole", "这里需要整数", "去掉小数部分后重新填写")
    return _plain(value)


def parse_boolean(raw: str) -> str:
    """`true` or `false`. Raises InvalidValue `boolean.form`."""
    text = squeeze(raw).upper()
    if text in _TRUE:
        return "true"
    if text in _FALSE:
        return "false"
    raise InvalidValue("boolean.form", "只能填写“是”或“否”", "改填“是”或“否”")


def _decimal(raw: str) -> Decimal:
    text = squeeze(raw).upper()
    if not text:
        raise InvalidValue("number.empty", "数值为空", "填写数字，或留空该字段")
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise InvalidValue("number.form", "数值含有不能识别的字符", "只填写数字，单位另列说明")
    return Decimal(match.group(1).replace(",", "")) * _SCALES[match.group(2)]


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.removeprefix("+")
