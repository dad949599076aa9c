"""Feature types of numbers that carry a check: a citizen's and an organization's."""

from __future__ import annotations

from typing import Final

import polars as pl

from core.values import CitizenId, IdStatus, Uscc
from resolution.features.feature_type import FeatureType, Learned, Row

# A spreadsheet keeps fifteen digits of a number and writes three noughts for the rest. Real numbers end so once in
# 1,100 (the sequence ends in 00 and the check is 0); where many more do, a spreadsheet has been at them.
_ROUNDED: Final = "000"
_ROUNDED_SHARE: Final = 1 / 300


def _citizen_id(text: str) -> Row:
    number = CitizenId.parse(text)
    state = {IdStatus.VALID: "valid", IdStatus.MASKED: "masked"}.get(number.status, "broken")
    return text, state, number.birth_date.strftime("%Y%m%d") if number.birth_date else None, number.sex


def _fit_citizen_id(parts: pl.DataFrame) -> Learned:
    """`rounded`: {"yes": True} where numbers have been through a spreadsheet."""
    whole = parts.filter(pl.col("number").str.len_chars() == 18)
    ending = int(whole.filter(pl.col("number").str.ends_with(_ROUNDED))["count"].sum())
    return {"rounded": {"yes": True} if ending > _ROUNDED_SHARE * int(whole["count"].sum()) else {}}


def _finish_citizen_id(parts: Row, learned: Learned) -> Row:
    number, _, birth, _ = parts
    if number is not None and learned["rounded"] and len(number) == 18 and number.endswith(_ROUNDED):
        return number[:15] + "***", "masked", birth, None
    return parts


def _uscc(text: str) -> Row:
    code = Uscc.parse(text)
    return text, "masked" if code.is_masked else "valid" if code.valid else "broken"


TYPES: Final = {
    "citizen_id": FeatureType(
        columns={"": pl.String, "state": pl.String, "birth": pl.String, "sex": pl.String},
        read=_citizen_id,
        parts={"number": pl.String, "state": pl.String, "birth": pl.String, "sex": pl.String},
        fit=_fit_citizen_id,
        finish=_finish_citizen_id,
    ),
    "uscc": FeatureType(columns={"": pl.String, "state": pl.String}, read=_uscc),
}
