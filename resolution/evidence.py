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
    part of all evidence for and against, 0 … 1. `aside`: both values are there, but another comparison has
    counted what they say.
    """

    comparison: str
    label: str
    level: str
    level_zh: str
    level_en: str
    missing: bool
    aside: bool
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


_OTHER_LABELS: Final = {"related_address": "同一行写明的房屋地址", "resident": "住户"}


@cache
def _labels(kind: str) -> dict[str, str]:
    return {field.name: field.label for field in KINDS[kind].fields} if kind in KINDS else {}


def english(name: str) -> str:
    """citizen_id → citizen id: the English label of a field or a comparison is its name."""
    return name.replace("_", " ")


# What a column holds of its field, by the end of the column's name.
_PARTS: Final = {
    "near": ("读音", "sound"),
    "sound": ("读音", "sound"),
    "rest_sound": ("行政区划以外的读音", "sound without the region"),
    "shape": ("字形", "shape"),
    "compound_shape": ("小区字形", "shape of the compound"),
    "surname": ("姓", "surname"),
    "trade_name": ("字号", "trade name"),
    "core": ("字号与行业", "trade name and trade"),
    "month": ("年月", "year and month"),
    "head": ("前段", "first half"),
    "tail": ("后段", "second half"),
    "ends": ("首尾", "both ends"),
    "last": ("末四位", "last four"),
    "organisation_code": ("主体标识码", "organization code"),
    "own_phone": ("至多两人使用", "used by two at most"),
    "compound": ("小区", "compound"),
    "building": ("楼栋", "building"),
    "dwelling": ("门户", "door"),
    "door_no": ("门号", "door number"),
}


def key_labels(declared: Declaration, key: BlockingKey) -> tuple[str, str]:
    """姓名（读音） + 出生日期, name (sound) + birth date: what a blocking key agrees in, in both languages,
    by the first field of each of its columns and the part of it that the column holds.
    """
    told: dict[tuple[str, str], None] = {}
    for column in key.columns:
        for field in fields_of(declared, [column])[:1]:
            zh, en = field_label(declared.kind, field), english(field)
            ends = [end for end in _PARTS if column != field and f"_{column}".endswith(f"_{end}")]
            if ends:
                part = _PARTS[max(ends, key=len)]
                zh, en = f"{zh}（{part[0]}）", f"{en} ({part[1]})"
            told[zh, en] = None
    return " + ".join(zh for zh, _ in told), " + ".join(en for _, en in told)


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
