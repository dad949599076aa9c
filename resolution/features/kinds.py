"""Which features a kind has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from core.errors import ModelInvalid
from resolution.features.dwelling import dwelling_features
from resolution.features.organization import organization_features
from resolution.features.person import person_features

FEATURES: Final[dict[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "person": person_features,
    "organization": organization_features,
    "dwelling": dwelling_features,
}


def features(kind: str, records: pl.DataFrame) -> pl.DataFrame:
    """Comparison columns, one row per record in the order of `records`; raises `ModelInvalid` for an unknown kind."""
    try:
        return FEATURES[kind](records)
    except KeyError:
        raise ModelInvalid(f"没有“{kind}”的匹配声明") from None
