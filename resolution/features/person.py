"""Feature types of people's names.

Hanzi are compared by keys made here, never by a string distance of the database: the name in its usual form without
dots, pinyin with tone, pinyin with all readings of the surname, a near-sound key, a look-alike key, and the name with
one character left open.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from core.values import PersonName
from resolution.features.feature_type import FeatureType, Row
from resolution.features.similar import near_sound, shape_key, variant_key


def _name(text: str) -> Row:
    name = PersonName.parse(text)
    whole = name.text
    # Two-character names have no open form: half the strangers of one surname would agree in it.
    holes = [f"{whole[:i]}?{whole[i + 1 :]}" for i in range(len(whole))] if len(whole) >= 3 else []
    return (
        text,
        name.surname or None,
        variant_key(name.key) or None,
        name.pinyin_toned or None,
        name.pinyin[0] if name.pinyin else None,
        list(name.pinyin),
        near_sound(name.pinyin_toned) or None,
        shape_key(whole),
        holes,
    )


TYPES: Final = {
    "person_name": FeatureType(
        columns={
            "": pl.String,
            "surname": pl.String,
            "key": pl.String,
            "tone": pl.String,
            "sound": pl.String,
            "sounds": pl.List(pl.String),
            "near": pl.String,
            "shape": pl.String,
            "holes": pl.List(pl.String),
        },
        read=_name,
    )
}
