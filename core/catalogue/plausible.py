"""What a value cannot be, though it is well formed: a birth in the future, an area below zero.

Loaders keep what a department delivered and flag it; what a person states now is refused (`refusal`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from core.catalogue.model import Field, ResolutionRole
from core.clock import local_now
from core.values.errors import InvalidValue
from core.values.registry import Parsed

LONGEST_LIFE: Final = 125
"""Years; nobody is known to have lived longer than 122."""
_AHEAD: Final = timedelta(days=1)  # a clock elsewhere may be in tomorrow
_NO_VALUE: Final[Mapping[str, tuple[str, str]]] = {
    "masked": ("打了码的值不能作为事实", "填写完整的值"),
    "placeholder": ("这是占位用的号码，不是真实的号码", "填写真实的号码；没有就不要填写"),
    "bad_checksum": ("号码的校验位不符", "对照证件核对每一位"),
    "bad_organisation_code": ("号码的校验位不符", "对照证照核对每一位"),
}

Check = Callable[[str], InvalidValue | None]


def doubt(field: Field) -> Check | None:
    """What tells why a normalised value of a field is implausible today; None for a field that may be anything."""
    if field.role is ResolutionRole.BIRTH:
        return _birth
    return {"number": _amount, "date": _past, "datetime": _past}.get(field.type)


def refusal(field: Field, value: Parsed) -> InvalidValue | None:
    """Why nobody can state a value: it says nothing, is none, or is implausible."""
    if not value.text:
        return InvalidValue("value.empty", "值为空", "填写真实的值")
    for flag in value.flags:
        if flag in _NO_VALUE:
            return InvalidValue(f"value.{flag}", *_NO_VALUE[flag])
    check = doubt(field)
    return check(value.text) if check else None


def _birth(text: str) -> InvalidValue | None:
    day, today = date.fromisoformat(text), local_now().date()
    if day > today:
        return InvalidValue("birth.future", "出生日期在将来", "核对年月日")
    if day.year < today.year - LONGEST_LIFE:
        return InvalidValue("birth.too_early", f"照此年龄超过 {LONGEST_LIFE} 岁", "核对年份")
    return None


def _past(text: str) -> InvalidValue | None:
    if date.fromisoformat(text[:10]) > local_now().date() + _AHEAD:
        return InvalidValue("date.future", "日期在将来", "核对年月日")
    return None


def _amount(text: str) -> InvalidValue | None:
    if float(text) < 0:
        return InvalidValue("number.negative", "数值小于零", "核对数值与正负号")
    return None
