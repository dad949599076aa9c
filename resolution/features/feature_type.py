"""What a feature type is: how one text becomes comparison columns, and what all texts together add to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

# What all values of a field say together: JSON-able tables, looked up by text keys.
Learned = dict[str, dict[str, Any]]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureType:
    """One way to read a field.

    `columns`: suffix → polars type; the feature `name` with the suffix `sound` is the column `name_sound`, and the
    suffix "" is the column `name` itself. `read` turns one text into one value per column, and raises `InvalidValue`
    for a text that says nothing (all columns null).

    A type that needs the other values of its field also has `fit` (distinct `read` results, named by `parts`, with the
    `count` of records that have each → what is learned) and `finish` (one `read` result and what was learned → one
    value per column).
    """

    columns: Mapping[str, Any]
    read: Callable[[str], Row]
    parts: Mapping[str, Any] | None = None
    fit: Callable[[pl.DataFrame], Learned] | None = None
    finish: Callable[[Row, Learned], Row] | None = None
