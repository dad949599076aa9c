"""Comparisons of a filter as DuckDB SQL; a comparison with what is not known is null."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from core.filters import Op, Test, ValueKind
from graph.filters.anchors import NO_CHILD
from graph.filters.values import birthday, day_range, name_key, start_of

_SIGNS: Final = {Op.EQ: "=", Op.NE: "<>", Op.GT: ">", Op.GTE: ">=", Op.LT: "<", Op.LTE: "<="}


def known(prop: str) -> str:
    """The column that says whether a property has a value: also one that is no date, such as a masked birth date."""
    return f"{prop}?"


def raw(prop: str) -> str:
    """The column of a property as it is written in the log."""
    return f"{prop}~"


def is_known(column: str, *, null: bool) -> str:
    return f"NOT {column}" if null else column


@dataclass(frozen=True, slots=True)
class Values:
    """Tests on the properties of one table; `needed` collects the columns that they read."""

    as_of: date
    param: Callable[[Any], str]
    needed: set[str]

    def column(self, prop: str, row: str) -> str:
        self.needed.add(prop)
        return f'{row}."{prop}"'

    def known(self, prop: str, row: str) -> str:
        return self.column(known(prop), row)

    def test(self, test: Test, row: str, held: str = "") -> str:
        """The comparison; `held` stands in the place of the property itself."""
        attribute, op = test.attribute, test.op
        if op is Op.IS_NULL:
            if attribute.kind in (ValueKind.DATE, ValueKind.MOMENT):
                return is_known(self.known(attribute.prop, row), null=bool(test.value))
            return f"{held or self.column(attribute.prop, row)} IS {'' if test.value else 'NOT '}NULL"
        if attribute.kind is ValueKind.NAME and op in (Op.EQ, Op.NE, Op.IN, Op.STARTS):
            prop, value = name_key(test)
            return self._compare(self.column(prop, row), op, value)
        held = held or self.column(attribute.prop, row)
        match attribute.kind:
            case ValueKind.TEXTS:
                return f"list_contains({held}, {self.param(test.value)})"
            case ValueKind.DATE | ValueKind.MOMENT:
                return self._time(test, held)
            case ValueKind.NUMBER:
                return self._compare(held, op, _numbers(test.value))
            case _:
                return self._compare(held, op, list(test.value) if isinstance(test.value, tuple) else test.value)

    def age(self, test: Test, row: str) -> str:
        """Ages are compared as birth dates; a child's rests masked, and then its year decides."""
        year = self.column("birth_year", row)
        if test.op is Op.IS_NULL:
            return f"{year} IS {'' if test.value else 'NOT '}NULL"
        older = test.op in (Op.GT, Op.GTE)
        years = int(str(test.value)) + (test.op in (Op.GT, Op.LTE))
        born = birthday(self.as_of, years)
        held = self.column("birth_date", row)
        sign, year_sign = ("<=", "<") if older else (">", ">=")
        full = f"{held} {sign} {self.param(born)}"
        if older and years >= NO_CHILD:
            return full
        masked = self.known("birth_date_sealed", row)
        return f"{full} OR {masked} AND {year} {year_sign} {self.param(born.year)}"

    def _compare(self, held: str, op: Op, value: Any) -> str:
        match op:
            case Op.IN:
                return f"{held} = ANY({self.param(value)})"
            case Op.STARTS:
                return f"starts_with({held}, {self.param(value)})"
            case Op.CONTAINS:
                return f"contains({held}, {self.param(value)})"
            case _:
                return f"{held} {_SIGNS[op]} {self.param(value)}"

    def _time(self, test: Test, held: str) -> str:
        low, high = day_range(test, self.as_of)
        make: Callable[[date], date | datetime] = start_of if test.attribute.kind is ValueKind.MOMENT else _same
        parts = [f"{held} >= {self.param(make(low))}"] if low else []
        parts += [f"{held} < {self.param(make(high))}"] if high else []
        return " AND ".join(parts)


def _same(day: date) -> date:
    return day


def _numbers(value: Any) -> Any:
    return [float(item) for item in value] if isinstance(value, tuple) else float(value)
