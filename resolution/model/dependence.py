"""Which fields of a record a column comes from, by its declaration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from resolution.features.registry import column_names
from resolution.model.declaration import Comparison, Declaration

_WORD: Final = re.compile(r"\w+")
_SIDED: Final = re.compile(r"\b(\w+)_[lr]\b")


def fields_of(declared: Declaration, columns: Iterable[str]) -> set[str]:
    """The names of the features behind `columns`, through usage and derived columns; unknown names have none."""
    source = _sources(declared)
    return {field for column in columns for field in source.get(column, ())}


def columns_of(declared: Declaration, fields: Iterable[str]) -> set[str]:
    """The columns that the feature types of `fields` give (without derived ones)."""
    wanted = set(fields)
    return {
        column
        for feature in declared.features
        if feature.name in wanted
        for column in column_names(feature.name, feature.type)
    }


def sure_columns(comparison: Comparison) -> list[str]:
    """The columns of the most alike level: what the comparison is about."""
    level = next(level for level in comparison.levels if not level.missing)
    return sorted(set(_SIDED.findall(level.when)))


def _sources(declared: Declaration) -> dict[str, set[str]]:
    source = {column: {f.name} for f in declared.features for column in column_names(f.name, f.type)}
    source |= {usage.name: source.get(usage.value, set()) for usage in declared.usage}
    for name, sql in declared.derive:
        source[name] = {field for word in _WORD.findall(sql) for field in source.get(word, ())}
    return source
