"""How sound a value is in itself, and what a sound citizen id says of its bearer; whole columns at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from core.catalogue import Field
from core.values import InvalidValue, Phone, StandardAddress, Uscc

SOUND: Final = 2
IMPLIED: Final = -1  # claimed by nobody, read from another value
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
_CHECKS: Final = "10X98765432"
_LAST_NUMBER: Final = r"([0-9]+)[^0-9]*$"
_FROM_COMPOUND: Final = r"([^省市区县镇乡村道0-9]{2,}[0-9].*)$"


def soundness(field: Field, values: pl.Series) -> pl.Series:
    """2 = in order, 1 = damaged or partial, 0 = masked or unresolved; 2 throughout for types that cannot tell."""
    reader = _READERS.get(field.type)
    if reader is None:
        return pl.Series("soundness", [SOUND], dtype=pl.Int8).new_from_index(0, values.len())
    return reader(values).alias("soundness")


def sameness(field: Field, entities: pl.Series, values: pl.Series) -> pl.Series:
    """What two texts of one entity share that mean the same value: the door of an address; else the text itself."""
    if field.type != "address":
        return values.cast(pl.String).alias("same")
    frame = pl.DataFrame({"entity": entities, "value": values.cast(pl.String)})
    # Reading an address takes 40 µs, so only what a glance leaves open is read: texts of one entity that end in the
    # same number, and not in the same words from the compound's name on.
    number = pl.col("value").str.extract(_LAST_NUMBER).fill_null("")
    words = pl.col("value").str.extract(_FROM_COMPOUND).fill_null(pl.col("value"))
    frame = frame.with_columns(number.alias("number"), words.alias("same"))
    unclear = frame.select(pl.col("same").n_unique().over("entity", "number") > 1).to_series()
    distinct = values.filter(unclear).unique()
    doors = pl.Series([_door(text) for text in distinct], dtype=pl.String)
    read = values.replace_strict(distinct, doors, default=None, return_dtype=pl.String)
    return pl.select(pl.when(unclear).then(read).otherwise(frame["same"]).alias("same")).to_series()


def born_by_id(ids: pl.Series) -> pl.DataFrame:
    """birth_date (ISO text) and sex (GB/T 2261.1) where the citizen id is valid, else null."""
    text = pl.col("id")
    parts = [text.str.slice(start, length) for start, length in ((6, 4), (10, 2), (12, 2))]
    odd = text.str.slice(16, 1).cast(pl.Int8, strict=False) % 2 == 1
    return (
        ids.cast(pl.String)
        .str.strip_chars()
        .to_frame("id")
        .with_columns(valid=_valid(text))
        .select(
            birth_date=pl.when("valid").then(pl.concat_str(parts, separator="-")),
            sex=pl.when("valid").then(pl.when(odd).then(pl.lit("1")).otherwise(pl.lit("2"))),
        )
    )


def _valid(text: pl.Expr) -> pl.Expr:
    """A whole number with a real date and the right check (as `CitizenId`, for a column)."""
    whole = text.str.contains(r"^[0-9]{17}[0-9X]$").fill_null(value=False)
    total = pl.sum_horizontal(
        text.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(_WEIGHTS)
    )
    check = pl.lit(_CHECKS).str.slice(total % 11, 1)
    real = text.str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null()
    return whole & real & (check == text.str.slice(17, 1)).fill_null(value=False)


def _citizen_ids(values: pl.Series) -> pl.Series:
    text = pl.col("id")
    masked = text.str.contains("*", literal=True)
    grade = pl.when(_valid(text)).then(2).when(masked).then(0).otherwise(1)
    return values.to_frame("id").select(grade.cast(pl.Int8)).to_series()


def _by_value(read: Callable[[str], int]) -> Callable[[pl.Series], pl.Series]:
    """Reads each distinct value once; one that is no value of its type counts 0."""

    def grade(text: str) -> int:
        try:
            return read(text)
        except InvalidValue:
            return 0

    def grades(values: pl.Series) -> pl.Series:
        distinct = values.unique()
        graded = pl.Series([grade(text) for text in distinct], dtype=pl.Int8)
        return values.replace_strict(distinct, graded, return_dtype=pl.Int8).cast(pl.Int8)  # of no values, text

    return grades


def _uscc(text: str) -> int:
    code = Uscc.parse(text)
    return 0 if code.is_masked else SOUND if code.valid else 1


def _phone(text: str) -> int:
    """A placeholder has no compare key."""
    return SOUND if Phone.parse(text).key else 0


def _door(text: str) -> str:
    try:
        return StandardAddress.parse(text).dwelling_key or text
    except InvalidValue:
        return text


def _address(text: str) -> int:
    """Half an address leaves the reader to guess the town: a door and its county or street count most."""
    address = StandardAddress.parse(text)
    if address.state == "complete" or (address.dwelling_key and (address.county or address.street)):
        return SOUND
    return 1 if address.state == "partial" else 0


def _dates(values: pl.Series) -> pl.Series:
    """The first of a month may stand for a day that nobody knew."""
    first = values.cast(pl.String).str.ends_with("-01").fill_null(value=False)
    return SOUND - first.cast(pl.Int8)


_READERS: Final[Mapping[str, Callable[[pl.Series], pl.Series]]] = {
    "citizen_id": _citizen_ids,
    "uscc": _by_value(_uscc),
    "phone": _by_value(_phone),
    "address": _by_value(_address),
    "date": _dates,
}
