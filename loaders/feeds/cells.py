"""From a cell as a file holds it to clean text, and the cells that are refused before any value type sees them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from core.values import InvalidValue

MAX_CELL_CHARS = 100_000
_EXACT_FLOAT = 2.0**53
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What a spreadsheet would run: =…, and +, -, @ before a function call or a command. Numbers and phones pass.
_FORMULA = re.compile(r"=\s*[\w\"'(+\-{@]|[+\-@]\s*[A-Za-z_][\w.]*\s*[(|!]")
_TEXT_FORMULA = re.compile(r'="([^"]*)"')  # Excel's way to keep leading zeros: ="0571"
_EDGES = "\u200b\ufeff"


def to_text(value: Any) -> str:
    """The text of a cell of any type; dates in ISO form. Raises `InvalidValue` for a list, an object, or a number
    that has lost digits (a citizen id stored as a number, say).
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case float():
            if value != value:  # noqa: PLR0124 -- NaN is the one value that differs from itself
                return ""
            if abs(value) > _EXACT_FLOAT:
                raise InvalidValue(
                    "cell.precision", "数值过长，按数字保存时末位已丢失", "在源表中把该列设为“文本”格式后重新导出"
                )
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            midnight = value.tzinfo is None and value.time() == time.min
            return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
    raise InvalidValue("cell.structure", "此处应是单个值，却是一组值", "核对来源的数据结构，或修改映射中的路径")


def clean(value: Any, nulls: frozenset[str]) -> str:
    """The text without blanks around it, '' for no value. Raises `InvalidValue` `cell.*`."""
    text = (value if isinstance(value, str) else to_text(value)).strip()
    if text[:1] in _EDGES or text[-1:] in _EDGES:
        text = text.strip(_EDGES).strip()
    if not text or text in nulls:
        return ""
    if len(text) > MAX_CELL_CHARS:
        raise InvalidValue("cell.too_long", f"内容超过 {MAX_CELL_CHARS} 个字符", "核对导出是否把多行并成了一格")
    if text[0] in "=+-@":
        if kept := _TEXT_FORMULA.fullmatch(text):
            return kept[1].strip()
        if _FORMULA.match(text):
            raise InvalidValue("cell.formula", "内容是电子表格公式", "由来源部门核对该格，改为真实的值")
    if not text.isprintable() and _CONTROL.search(text):
        raise InvalidValue("cell.control", "内容含有控制字符（如 NUL）", "用正确的编码重新导出该行")
    return text


@lru_cache(maxsize=8192)
def _glanced(text: str, nulls: frozenset[str]) -> str:
    try:
        return clean(text, nulls)
    except InvalidValue:
        return text.strip()


def glance(value: Any, nulls: frozenset[str]) -> str:
    """As `clean`, for conditions: what cannot be read counts as its raw text."""
    if isinstance(value, str):
        return _glanced(value, nulls)
    try:
        return clean(value, nulls)
    except InvalidValue:
        return "?"
