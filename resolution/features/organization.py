"""Comparison columns of organizations."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from core.values import OrganizationName, Uscc
from resolution.features.address import places
from resolution.features.columns import column, parsed, without_placeholders
from resolution.features.similar import shape_key

# An agency that registers businesses leaves its own number; more names than this and the phone says nothing.
PHONE_NAMES: Final = 12

_NAME: Final[dict[str, Any]] = {
    "name_key": pl.String,
    "trade_name": pl.String,
    "trade": pl.String,
    "core": pl.String,
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
    trade_name = name.trade_name or None
    core = f"{trade_name}{name.trade or ''}" if trade_name else name.key
    holes = [f"{core[:i]}?{core[i + 1 :]}" for i in range(len(core))] if len(core) >= 4 else []
    return (name.key or None, trade_name, name.trade or None, core or None, shape_key(name.key), holes)


def _uscc(text: str) -> tuple[str]:
    code = Uscc.parse(text)
    return ("masked" if code.is_masked else "valid" if code.valid else "broken",)
