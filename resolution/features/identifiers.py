"""Feature types of numbers that carry a check: a citizen's and an organization's."""

from __future__ import annotations

from typing import Final

import polars as pl

from core.values import CitizenId, IdStatus, Uscc
from resolution.features.feature_type import FeatureType, Row


def _citizen_id(text: str) -> Row:
    number = CitizenId.parse(text)
    state = {IdStatus.VALID: "valid", IdStatus.MASKED: "masked"}.get(number.status, "broken")
    return text, state, number.birth_date.strftime("%Y%m%d") if number.birth_date else None, number.sex


def _uscc(text: str) -> Row:
    code = Uscc.parse(text)
    return text, "masked" if code.is_masked else "valid" if code.valid else "broken"


TYPES: Final = {
    "citizen_id": FeatureType(
        columns={"": pl.String, "state": pl.String, "birth": pl.String, "sex": pl.String}, read=_citizen_id
    ),
    "uscc": FeatureType(columns={"": pl.String, "state": pl.String}, read=_uscc),
}
