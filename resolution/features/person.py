"""Comparison columns of people.

Hanzi are compared by keys made here, never by a string distance of the database: pinyin with all readings of the
surname, a near-sound key, a look-alike key, and the name with one character left open.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from core.values import CitizenId, IdStatus, OrganizationName, PersonName
from resolution.features.address import places
from resolution.features.columns import column, parsed, without_placeholders
from resolution.features.context import COLUMN
from resolution.features.similar import near_sound, shape_key

# A family, its in-laws and a former owner share a phone; more names than this is a placeholder or an agent's phone.
PHONE_NAMES: Final = 12
# One person under two spellings, or a couple.
OWN_PHONE_NAMES: Final = 2

_NAME: Final[dict[str, Any]] = {
    "surname": pl.String,
    "sound": pl.String,
    "sounds": pl.List(pl.String),
    "fuzzy": pl.String,
    "shape": pl.String,
    "holes": pl.List(pl.String),
}
_ID: Final[dict[str, Any]] = {"id_state": pl.String, "id_birth": pl.String, "id_sex": pl.String}


def person_features(records: pl.DataFrame) -> pl.DataFrame:
    """One row per record in its order; see `resolution/declarations/person.yaml` for what the columns are used for."""
    name = column(records, "name")
    citizen_id = column(records, "citizen_id")
    phone = column(records, "phone")
    address = column(records, "address").fill_null(column(records, COLUMN))
    own_birth = column(records, "birth_date").str.replace_all("-", "")
    frame = pl.concat(
        [
            pl.DataFrame(
                {
                    "name": name,
                    "former": column(records, "former_name"),
                    "citizen_id": citizen_id,
                    "own_birth": own_birth,
                    "own_sex": column(records, "sex"),
                    "phone": without_placeholders(phone, name, PHONE_NAMES),
                    "nation": column(records, "nation"),
                    "employer": parsed(column(records, "employer"), {"employer": pl.String}, _employer).to_series(),
                }
            ),
            parsed(name, _NAME, _name),
            parsed(citizen_id, _ID, _id),
            places(address).select("compound", "building", "dwelling"),
        ],
        how="horizontal",
    )
    valid = pl.col("id_state") == "valid"
    full = pl.col("id_state") != "masked"
    frame = frame.with_columns(
        pl.coalesce("own_birth", pl.when(valid).then("id_birth")).alias("birth"),
        pl.col("own_birth").is_null().alias("birth_from_id"),
        pl.coalesce(pl.when(pl.col("own_sex").is_in(["1", "2"])).then("own_sex"), pl.when(valid).then("id_sex")).alias(
            "sex"
        ),
        pl.when(valid).then("citizen_id").alias("valid_id"),
        pl.when(full).then("citizen_id").alias("full_id"),
        pl.when(full).then(pl.col("citizen_id").str.slice(0, 9)).alias("id_head"),
        pl.when(full).then(pl.col("citizen_id").str.slice(9)).alias("id_tail"),
        # Every masked form in use leaves the first four and the last four open.
        pl.concat_str(pl.col("citizen_id").str.head(4), pl.col("citizen_id").str.tail(4)).alias("id_ends"),
    )
    own_phone = without_placeholders(frame["phone"], frame["fuzzy"], OWN_PHONE_NAMES).alias("own_phone")
    return frame.with_columns(own_phone).drop("own_birth", "own_sex", "id_birth", "id_sex")


def _name(text: str) -> tuple[Any, ...]:
    name = PersonName.parse(text)
    sound = name.pinyin[0] if name.pinyin else None
    whole = name.text
    # Two-character names have no open form: half the strangers of one surname would agree in it.
    holes = [f"{whole[:i]}?{whole[i + 1 :]}" for i in range(len(whole))] if len(whole) >= 3 else []
    return (
        name.surname or None,
        sound,
        list(name.pinyin),
        near_sound(name.pinyin_toned) or None,
        shape_key(whole),
        holes,
    )


def _id(text: str) -> tuple[str | None, ...]:
    parsed_id = CitizenId.parse(text)
    state = {IdStatus.VALID: "valid", IdStatus.MASKED: "masked"}.get(parsed_id.status, "broken")
    birth = parsed_id.birth_date.strftime("%Y%m%d") if parsed_id.birth_date else None
    return state, birth, parsed_id.sex


def _employer(text: str) -> tuple[str]:
    return (OrganizationName.parse(text).key,)
