"""Comparison columns of organizations."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from pypinyin import lazy_pinyin

from core.values import OrganizationName, Uscc
from resolution.features.address import places
from resolution.features.columns import column, parsed, without_placeholders
from resolution.features.similar import shape_key

# An agency that registers businesses leaves its own number; more names than this and the phone says nothing.
PHONE_NAMES: Final = 12

_NAME: Final[dict[str, Any]] = {
    "name_key": pl.String,
    "region": pl.String,
    "rest": pl.String,
    "core": pl.String,
    "trade_name": pl.String,
    "sound": pl.String,
    "rest_sound": pl.String,
    "shape": pl.String,
    "holes": pl.List(pl.String),
}


def organization_features(records: pl.DataFrame) -> pl.DataFrame:
    """One row per record in its order; see `resolution/declarations/organization.yaml`."""
    name = column(records, "name")
    uscc = column(records, "uscc")
    place = places(column(records, "address"))
    frame = pl.concat(
        [
            pl.DataFrame(
                {
                    "name": name,
                    "uscc": uscc,
                    "representative": column(records, "legal_representative"),
                    "phone": without_placeholders(column(records, "phone"), name, PHONE_NAMES),
                }
            ),
            parsed(name, _NAME, _name),
            parsed(uscc, {"uscc_state": pl.String}, _uscc),
            place.select("compound", "building", "dwelling"),
        ],
        how="horizontal",
    )
    valid = pl.col("uscc_state") == "valid"
    return frame.with_columns(
        pl.when(valid).then("uscc").alias("valid_uscc"),
        pl.when(pl.col("uscc_state") != "masked").then("uscc").alias("full_uscc"),
        pl.coalesce("dwelling", "building", "compound").alias("door"),
        pl.col("uscc").str.slice(8, 9).alias("organisation_code"),
    )


def _name(text: str) -> tuple[Any, ...]:
    name = OrganizationName.parse(text)
    rest = name.text.removeprefix(name.region)
    core = f"{name.trade_name}{name.trade}" if name.trade_name else rest
    holes = [f"{rest[:i]}?{rest[i + 1 :]}" for i in range(len(rest))] if len(rest) >= 4 else []
    return (
        name.key or None,
        name.region or None,
        rest or None,
        # One or two characters (第一, 中心) are shared by every school of a city.
        core if len(core) >= 3 else None,
        name.trade_name or None,
        _sound(name.text),
        _sound(rest),
        shape_key(name.key),
        holes,
    )


def _sound(text: str) -> str:
    """Toneless pinyin, syllables apart: names of organizations are taken down by ear too."""
    return " ".join(lazy_pinyin(text))


def _uscc(text: str) -> tuple[str]:
    code = Uscc.parse(text)
    return ("masked" if code.is_masked else "valid" if code.valid else "broken",)
