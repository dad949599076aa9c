"""What the values of a filter become before they are compared: compare keys, blind indexes, birth dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeAlias

from core.errors import FilterInvalid
from core.filters import Op, Test
from core.values import InvalidValue, OrganizationName, PersonName, StandardAddress, value_type

Blind: TypeAlias = Callable[[str, str], str]
"""(value type, compare key) → the keyed index that rests beside a sealed value."""


def name_key(test: Test) -> tuple[str, Any]:
    """The indexed property that holds the compare key, and the key or keys of what is asked."""
    prop, key = _KEYS[test.attribute.type]
    if test.op is Op.STARTS:
        return (prop if prop == "name_key" else test.attribute.prop), test.value
    if isinstance(test.value, tuple):
        return prop, [key(str(item)) for item in test.value]
    return prop, key(str(test.value))


def tokens(test: Test, blind: Blind) -> list[str]:
    """Blind indexes of the values of a test. Raises `FilterInvalid` where one cannot be looked up."""
    kind = value_type(test.attribute.type)
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    keys = [kind.key(str(value)) for value in values]
    if not all(keys):
        raise FilterInvalid(f"{test.attribute.label}不能用来查找：打了掩码，或不成格式")
    name = f"{test.attribute.prop}" if kind.name == "text" else kind.name
    return [blind(name, key) for key in keys]


def birthday(as_of: date, years: int) -> date:
    """The latest birth date of whoever is `years` old on a day."""
    try:
        return as_of.replace(year=as_of.year - years)
    except ValueError:  # 29 February
        return as_of.replace(year=as_of.year - years, day=28)


def _person(text: str) -> str:
    try:
        return PersonName.parse(text).text
    except InvalidValue:
        return text


def _organization(text: str) -> str:
    try:
        return OrganizationName.parse(text).key
    except InvalidValue:
        return text


def _address(text: str) -> str:
    try:
        key = StandardAddress.parse(text).dwelling_key
    except InvalidValue:
        key = ""
    if not key:
        raise FilterInvalid("地址须写到室", remedy="只知道小区、楼栋时，请用 compound、building 条件，或用 search。")
    return key


_KEYS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "person_name": ("name_key", _person),
    "organization_name": ("name_key", _organization),
    "address": ("dwelling_key", _address),
}
