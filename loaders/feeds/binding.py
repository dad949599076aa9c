"""The parts of a mapping bound to the columns of one file: getters, conditions, readers of single values."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Dict
from datetime import datetime
from functools import lru_cache
from typing import Any

from core.catalogue import Field, Kind
from core.catalogue.plausible import Check, doubt
from core.values import InvalidValue, Parsed, value_type
from loaders.feeds.cells import clean, glance
from loaders.feeds.mapping import Conditions, Mapping, Source
from loaders.feeds.sources.header import ROOT, folded
from loaders.feeds.values import Fault, Notes, Value

Getter = Callable[[Any, Any], Any]  # (row, list item) → cell

_REMEMBERED = 8192
_SHORT = 120


class Columns:
    """How a column name becomes a getter, for tables (by position) and JSON (by path)."""

    def __init__(self, mapping: Mapping, columns: tuple[str, ...] | None) -> None:
        self.nulls = frozenset(mapping.null_markers)
        self._places = None if columns is None else {folded(name): place for place, name in enumerate(columns)}

    def getter(self, name: str, *, in_item: bool = False) -> Getter:
        if self._places is not None:
            place = self._places.get(folded(name))
            return (lambda _row, _item: None) if place is None else (lambda row, _item: row[place])
        if in_item and not name.startswith(ROOT):
            path = name.split(".")
            return lambda _row, item: walk(item, path)
        path = name.removeprefix(ROOT).split(".")
        if len(path) == 1:
            only = path[0]
            return lambda row, _item: row.get(only)
        return lambda row, _item: walk(row, path)

    def condition(self, when: Conditions, *, in_item: bool = False) -> Callable[[Any, Any], bool] | None:
        if not when:
            return None
        nulls = self.nulls
        tests = [(self.getter(name, in_item=in_item), _test(test)) for name, test in when.items()]
        return lambda row, item: all(test(glance(get(row, item), nulls)) for get, test in tests)


def walk(value: Any, path: list[str]) -> Any:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _test(test: Any) -> Callable[[str], bool]:
    checks: list[Callable[[str], bool]] = []
    if test.present is not None:
        checks.append(lambda text: bool(text) is test.present)
    if test.equals is not None:
        checks.append(lambda text: text == test.equals)
    if test.among is not None:
        checks.append(lambda text: text in test.among)
    if test.matches is not None:
        matches = re.compile(test.matches)
        checks.append(lambda text: matches.search(text) is not None)
    if test.differs is not None:
        differs = re.compile(test.differs)
        checks.append(lambda text: differs.search(text) is None)
    return lambda text: all(check(text) for check in checks)


Convert = Callable[[Any], Parsed | None]  # cell → normalised value; None for no value


@lru_cache(maxsize=512)
def converter(
    type_name: str,
    label: str,
    nulls: frozenset[str],
    codes: tuple[tuple[str, str], ...] | None,
    date_format: str | None,
) -> Convert:
    """From a cell to its value. Short texts are remembered: a row names the same address several times, and a file
    the same code in every row. The function raises `InvalidValue`.
    """
    parse = _moment if type_name == "datetime" else value_type(type_name).parse
    table = None if codes is None else dict(codes)

    def convert(cell: Any) -> Parsed | None:
        text = clean(cell, nulls)
        if not text:
            return None
        if table is not None:
            if text not in table:
                raise InvalidValue(
                    "value.unmapped", f"{label}的写法不在映射的对照表中", "在映射的 codes 中补上这种写法"
                )
            text = table[text]
        if date_format:
            try:
                text = datetime.strptime(text, date_format).isoformat(sep=" ")  # noqa: DTZ007 -- local time
            except ValueError:
                raise InvalidValue(
                    "date.format", f"{label}不符合映射写明的日期格式", "核对日期，或修改 date_format"
                ) from None
        return parse(text)

    remembered = lru_cache(maxsize=_REMEMBERED)(convert)
    return lambda cell: remembered(cell) if type(cell) is str and len(cell) <= _SHORT else convert(cell)


class ValueReader:
    """One value: cell(s) → clean text → code → value type."""

    def __init__(
        self,
        name: str,
        label: str,
        *,
        type_name: str,
        source: Source,
        columns: Columns,
        in_item: bool,
        doubt: Check | None = None,
    ) -> None:
        self._doubt = doubt
        self.name = name
        self.label = label
        self.numeric = type_name == "number"
        self._source = source
        self._column = "+".join(source.names) or name
        self._getters = [columns.getter(column, in_item=in_item) for column in source.names]
        self._only = self._getters[0] if len(self._getters) == 1 else None
        self._condition = columns.condition(source.when, in_item=in_item)
        self._nulls = columns.nulls
        codes = None if source.codes is None else tuple(source.codes.items())
        self._convert = converter(type_name, label, columns.nulls, codes, source.date_format)

    def read(self, row: Any, item: Any, notes: Notes) -> str | None:
        """The normalised text, or None; what is wrong goes into `notes`."""
        if self._condition is not None and not self._condition(row, item):
            return None
        try:
            cell = self._joined(row, item) if self._only is None else self._only(row, item)
            parsed = None if cell is None or cell == "" else self._convert(cell)
        except InvalidValue as error:
            self._refuse(error, notes)
            return None
        if parsed is None:
            self._note_absence(notes)
            return None
        if parsed.flags:
            notes.flags += [f"{self.name}:{flag}" for flag in parsed.flags]
        if self._doubt is not None and parsed.text and (doubted := self._doubt(parsed.text)):
            notes.flags.append(f"{self.name}:{doubted.reason}")
        return parsed.text or None

    def _note_absence(self, notes: Notes) -> None:
        if self._source.required:
            self._refuse(InvalidValue("field.missing", f"缺少必填的{self.label}", "由来源部门补填后重新提供"), notes)

    def _joined(self, row: Any, item: Any) -> str:
        if self._source.constant is not None:
            return self._source.constant
        parts = (clean(get(row, item), self._nulls) for get in self._getters)
        return self._source.separator.join(part for part in parts if part)

    def _refuse(self, error: InvalidValue, notes: Notes) -> None:
        if self._source.invalid == "quarantine" or self._source.required:
            notes.faults.append(Fault(self._column, self.label, error.reason, error.message, error.remedy))
        elif self._source.invalid == "flag":
            notes.flags.append(f"{self.name}:{error.reason}")


def _moment(text: str) -> Parsed:
    """A date alone is its midnight."""
    try:
        return value_type("datetime").parse(text)
    except InvalidValue as error:
        try:
            day = value_type("date").parse(text)
        except InvalidValue:
            raise error from None
        return day._replace(text=f"{day.text}T00:00:00")


def field_readers(kind: Kind, fields: Dict[str, Source], columns: Columns, *, in_item: bool) -> list[ValueReader]:
    def one(declared: Field, source: Source) -> ValueReader:
        return ValueReader(
            declared.name, declared.label, type_name=declared.type, source=source, columns=columns, in_item=in_item,
            doubt=doubt(declared),
        )  # fmt: skip

    return [one(kind.field(name), source) for name, source in fields.items()]


def read_values(readers: list[ValueReader], row: Any, item: Any, notes: Notes) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for reader in readers:
        text = reader.read(row, item, notes)
        if text is not None:
            values[reader.name] = float(text) if reader.numeric else text
    return values


def optional_reader(
    name: str, label: str, *, type_name: str, source: Source | None, columns: Columns, in_item: bool
) -> ValueReader | None:
    """A reader, or None where the mapping says nothing."""
    if source is None:
        return None
    return ValueReader(name, label, type_name=type_name, source=source, columns=columns, in_item=in_item)
