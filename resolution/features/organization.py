"""Feature types of organizations' names."""

from __future__ import annotations

from typing import Final

import polars as pl

from core.values import OrganizationName
from resolution.features.feature_type import FeatureType, Row
from resolution.features.similar import shape_key


def _name(text: str) -> Row:
    name = OrganizationName.parse(text)
    rest = name.text.removeprefix(name.region)
    core = f"{name.trade_name}{name.trade}" if name.trade_name else rest
    holes = [f"{rest[:i]}?{rest[i + 1 :]}" for i in range(len(rest))] if len(rest) >= 4 else []
    return (
        text,
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


def _key(text: str) -> Row:
    return (OrganizationName.parse(text).key,)


def _sound(text: str) -> str:
    """Toneless pinyin, syllables apart: names of organizations are taken down by ear too."""
    from pypinyin import lazy_pinyin  # its dictionary of phrases takes a while to load

    return " ".join(lazy_pinyin(text))


TYPES: Final = {
    "organization_name": FeatureType(
        columns={
            "": pl.String,
            "key": pl.String,
            "region": pl.String,
            "rest": pl.String,
            "core": pl.String,
            "trade_name": pl.String,
            "sound": pl.String,
            "rest_sound": pl.String,
            "shape": pl.String,
            "holes": pl.List(pl.String),
        },
        read=_name,
    ),
    "organization_key": FeatureType(columns={"": pl.String}, read=_key),
}
