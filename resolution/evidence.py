"""The evidence between two records: comparisons with their bits, and which fields stand behind a level or a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

import polars as pl

from core.catalogue import KINDS
from core.values import InvalidValue, value_type
from resolution.model.declaration import BlockingKey, Comparison, Declaration, Level

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_LITERAL: Final = re.compile(r"'[^']*'")

# (record id, field) → the value as the reader may see it, None where the record has none.
Values = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with the values of both records, as the reader may see them."""

    field: str
    label: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One comparison. `weight` (bits) has the part `frequency` for how common the value is; `share` is the comparison's
    part of all evidence for and against, 0 … 1.
    """

    comparison: str
    label: str
    level: str
    level_zh: str
    level_en: str
    missing: bool
    weight: float
    frequency: float
    share: float
    values: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One comparison on another level, and by how many bits that moves the total."""

    comparison: str
    label: str
    level: str
    level_zh: str
    level_en: str
    difference: float


def fields_of_level(declared: Declaration, comparison: Comparison, level: Level) -> tuple[str, ...]:
    """The record fields whose values put a pair on this level, what the comparison is about first."""
    words = _words(level.raw)
    columns = [word[:-2] for word in words if word.endswith(("_l", "_r"))]
    columns += [word for word in words if not word.endswith(("_l", "_r"))]  # columns inside a macro
    return tuple(dict.fromkeys((*fields_of(declared, [comparison.shows]), *fields_of(declared, columns))))


def fields_of(declared: Declaration, columns: Iterable[str]) -> tuple[str, ...]:
    """The record fields that columns are made of, each once; a name that is no column gives nothing."""
    found: dict[str, None] = {}
    for column in columns:
        found |= dict.fromkeys(_sources(declared, column))
    return tuple(found)


def _sources(declared: Declaration, column: str) -> tuple[str, ...]:
    for name, sql in declared.derive:
        if name == column:
            return fields_of(declared, (word for word in _words(sql) if word != name))
    for usage in declared.usage:
        if usage.name == column:
            return _sources(declared, usage.value)
    for feature in sorted(declared.features, key=lambda item: -len(item.name)):
        if column == feature.name or column.startswith(f"{feature.name}_"):
            return feature.sources
    return (column,) if column in _labels(declared.kind) else ()


def _words(sql: str) -> list[str]:
    return _WORD.findall(_LITERAL.sub("", sql))


def field_label(kind: str, field: str) -> str:
    """The Chinese label of a field; a field that the catalogue does not know keeps its name."""
    return _labels(kind).get(field, _OTHER_LABELS.get(field, field))


_OTHER_LABELS: Final = {"related_address": "同一行写明的房屋地址"}


@cache
def _labels(kind: str) -> dict[str, str]:
    return {field.name: field.label for field in KINDS[kind].fields} if kind in KINDS else {}


def key_label(declared: Declaration, key: BlockingKey) -> str:
    """姓名 + 出生日期: what a blocking key agrees in, by the first field of each of its columns."""
    labels = [field_label(declared.kind, fields[0]) for c in key.columns if (fields := fields_of(declared, [c]))]
    return " + ".join(dict.fromkeys(labels))


def masked_values(kind: str, records: pl.DataFrame) -> Values:
    """Values of `records` (record_id and fields in clear), each masked as its value type says."""
    rows = {row["record_id"]: row for row in records.iter_rows(named=True)}

    def value(record_id: str, field: str) -> str | None:
        raw = rows.get(record_id, {}).get(field)
        return None if raw in (None, "") else mask(kind, field, str(raw))

    return value


def mask(kind: str, field: str, text: str) -> str:
    """`text` masked as its type says; the length alone where there is no type, or the text is no value of it."""
    declared = KINDS.get(kind)
    address = field == "related_address"
    try:
        name = "address" if address else declared.field(field).type if declared else ""
        return value_type(name).mask(text)
    except (KeyError, InvalidValue):
        return "*" * len(text)
