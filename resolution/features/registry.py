"""All feature types by name; a declaration names one for each field that it compares."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import polars as pl

from core.errors import ModelInvalid
from resolution.features import address, identifiers, latin, organization, person
from resolution.features.feature_type import FeatureType


def _as_it_is(text: str) -> tuple[str]:
    return (text,)


def _date(text: str) -> tuple[str]:
    """Eight digits, so that places can be compared."""
    return (text.replace("-", ""),)


FEATURE_TYPES: Final[dict[str, FeatureType]] = {
    "text": FeatureType(columns={"": pl.String}, read=_as_it_is),
    "date": FeatureType(columns={"": pl.String}, read=_date),
    **person.TYPES,
    **identifiers.TYPES,
    **organization.TYPES,
    **address.TYPES,
    **latin.TYPES,
}

# Types of one column that need no Python for each text: the same as their `read`, for a whole column at once.
AS_THEY_ARE: Final[dict[str, Callable[[pl.Series], pl.Series]]] = {
    "text": lambda values: values,
    "date": lambda values: values.str.replace_all("-", ""),
}


def feature_type(name: str) -> FeatureType:
    """Raises `ModelInvalid` for an unknown type."""
    try:
        return FEATURE_TYPES[name]
    except KeyError:
        raise ModelInvalid(f"匹配声明中有未知的特征类型 {name}（可用：{'、'.join(sorted(FEATURE_TYPES))}）") from None


@cache
def column_names(feature: str, type_name: str) -> tuple[str, ...]:
    """The columns that a type gives to a feature, in its order. Raises `ModelInvalid`."""
    return tuple(f"{feature}_{suffix}" if suffix else feature for suffix in feature_type(type_name).columns)
