"""All feature types by name; a declaration names one for each field that it compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

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
