"""What the values of a filter become before they are compared: compare keys, blind indexes, birth dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from core.errors import FilterInvalid
from core.filters import Op, Test
from core.values import InvalidValue, OrganizationName, PersonName, StandardAddress, value_type

Blind: TypeAlias = Callable[[str, str], str]
"""(value type, compare key) → the keyed index that rests beside a sealed value."""


INVERSE_KIN: Final = {"child": "parent", "parent": "child", "grandchild": "grandparent", "grandparent": "grandchild"}
"""KIN has one relation for two people; seen from its end the word for the other one changes."""


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
    year = max(as_of.year - years, date.min.year)
    try:
        return as_of.replace(year=year)
    except ValueError:  # 29 February
        return as_of.replace(year=year, day=28)


def day_range(test: Test, as_of: date) -> tuple[date | None, date | None]:
    """The days that a comparison of a date or a time allows: from, included, and up to, not included; None is open."""
    if test.op is Op.WITHIN_DAYS:
        return _shifted(as_of, -int(str(test.value))), _shifted(as_of, 1)
    if test.op is Op.OLDER_DAYS:
        return None, _shifted(as_of, 1 - int(str(test.value)))
    assert isinstance(test.value, date)  # noqa: S101 - the parser made it
    day, next_day = test.value, _shifted(test.value, 1)
    return {
        Op.EQ: (day, next_day),
        Op.GT: (next_day, None),
        Op.GTE: (day, None),
        Op.LT: (None, day),
        Op.LTE: (None, next_day),
    }[test.op]


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the graph holds local time


def _shifted(day: date, days: int) -> date:
    """`days` later, at most the last day there is: on which nothing happens."""
    number = day.toordinal() + days
    return date.fromordinal(min(max(number, date.min.toordinal()), date.max.toordinal()))


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
