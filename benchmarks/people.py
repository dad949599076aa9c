"""Many people in many registers, quickly: person records as the lake opens them, and who they really are.

A town is made with care and takes minutes for 100,000 people; this makes a million records in less than one, for
figures of scale. People live in households (one surname, one door, a shared phone); each register knows some of their
fields and makes its own errors. No number can belong to a real person (docs/decisions/0002).
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl

from core.catalogue import kind as catalogue_kind
from loaders.town.names import Names
from loaders.town.tables import parts, rows

_RECORDS_PER_PERSON: Final = 3.0
_AREAS: Final = ("880102", "880103", "880121", "840101", "850101", "860101", "870101")
_AREA_SHARES: Final = (0.45, 0.25, 0.12, 0.06, 0.05, 0.04, 0.03)
_SEGMENTS: Final = ("160", "161", "163", "164", "168", "169", "154")
_NUMBERS: Final = 7 * 10**8
_CHECK_WEIGHTS: Final = np.array([2 ** (17 - i) % 11 for i in range(17)])
_CHECK_CHARACTERS: Final = np.array(list("10X98765432"))
_YEAR: Final = 2026


class _Register(NamedTuple):
    """A feed: its share of the records, and how often it knows a field (a field not named is never known)."""

    feed: str
    department: str
    share: float
    knows: dict[str, float]


_REGISTERS: Final = (
    _Register(
        "police_population",
        "公安",
        0.25,
        {"citizen_id": 1.0, "sex": 1.0, "birth_date": 1.0, "nation": 1.0, "address": 0.97, "phone": 0.5},
    ),
    _Register(
        "health_records",
        "卫健",
        0.22,
        {"citizen_id": 0.8, "sex": 1.0, "birth_date": 0.98, "address": 0.85, "phone": 0.85, "nation": 0.4},
    ),
    _Register("social_insurance", "人社", 0.18, {"citizen_id": 1.0, "employer": 0.98, "phone": 0.75, "sex": 1.0}),
    _Register("grid_visits", "综治", 0.2, {"address": 1.0, "phone": 0.8, "birth_date": 0.5, "sex": 0.9}),
    _Register("property_owners", "物业", 0.1, {"address": 1.0, "phone": 0.95}),
    _Register("hotline_complaints", "12345", 0.05, {"phone": 1.0, "address": 0.6}),
)
# Per value written, from the measured habits of registers that are typed by hand.
_ERRORS: Final = {"name": 0.012, "citizen_id": 0.012, "phone": 0.02, "birth_date": 0.015, "masked_id": 0.03}


def people(records: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(records, truth): about three records a person, shuffled.

    `records` has the columns of an opened person table, `truth` record_id, feed, record_key, entity. Equal arguments
    give equal frames. A million rows take about 20 s and 2 GB.
    """
    rng = np.random.default_rng(seed)
    persons = _persons(max(1, round(records / _RECORDS_PER_PERSON)), seed, rng)
    who = np.concatenate([np.arange(persons.height), rng.integers(0, persons.height, max(0, records - persons.height))])
    who = rng.permutation(who[:records])
    feed = rng.choice(len(_REGISTERS), records, p=[register.share for register in _REGISTERS])
    written = persons[who].with_columns(pl.Series("@feed", feed))
    written = _hidden(_mistaken(_respelled(written, rng), rng), rng)
    number = pl.int_range(pl.len())
    frame = written.with_columns(
        ("rec_" + number.cast(pl.String).str.zfill(9)).alias("record_id"),
        _by_feed([register.feed for register in _REGISTERS]).alias("feed"),
        _by_feed([register.department for register in _REGISTERS]).alias("department"),
        ("K" + number.cast(pl.String).str.zfill(9) + "#person").alias("record_key"),
        (pl.lit(datetime(2025, 1, 1)) + pl.duration(seconds=number)).alias("observed_at"),  # noqa: DTZ001
        pl.lit([], dtype=pl.List(pl.String)).alias("flags"),
    )
    fields = catalogue_kind("person").field_names
    common = ["record_id", "feed", "department", "record_key", "observed_at", "flags"]
    shown = [pl.col(name) if name in frame.columns else pl.lit(None, pl.String).alias(name) for name in fields]
    truth = frame.select("record_id", "feed", "record_key", ("P" + pl.col("@person").cast(pl.String)).alias("entity"))
    return frame.select(*common, *shown), truth


def _persons(count: int, seed: int, rng: np.random.Generator) -> pl.DataFrame:
    household = np.sort(rng.integers(0, max(1, round(count / 2.6)), count))
    first = np.concatenate([[True], household[1:] != household[:-1]])
    position = np.arange(count) - np.maximum.accumulate(np.where(first, np.arange(count), 0))
    generation = np.where(position < 2, 0, np.where(position % 2 == 0, 1, -1))
    base = rng.integers(1950, 1992, household.max() + 1)[household]
    year = np.clip(base + 26 * generation + rng.integers(-3, 4, count), 1928, _YEAR - 1)
    sex = np.where(position == 0, 1, np.where(position == 1, 2, rng.integers(1, 3, count)))
    month, day = rng.integers(1, 13, count), rng.integers(1, 29, count)
    # A wife keeps her surname; so do a few who moved in with relatives.
    own_surname = (position == 1) | (rng.random(count) < 0.05)
    home = _homes(household.max() + 1, rng)
    birth = np.char.add(
        np.char.add(year.astype("U4"), np.char.zfill(month.astype("U2"), 2)), np.char.zfill(day.astype("U2"), 2)
    )
    area = rng.choice(len(_AREAS), count, p=_AREA_SHARES)
    frame = pl.DataFrame(
        {
            "@person": np.arange(count),
            "@household": household,
            "@area": area,
            "@birth": birth.tolist(),
            "sex": sex.astype("U1").tolist(),
            **_names(household, own_surname, sex, year, seed),
        }
    )
    shared = _phones(0, household.max() + 1)[household]
    own = _phones(household.max() + 1, count)
    return frame.with_columns(
        pl.Series("citizen_id", _citizen_ids(frame)),
        pl.Series("@shared_phone", shared),
        pl.Series("phone", np.where(rng.random(count) < 0.15, shared, own)),
        pl.concat_str(
            pl.col("@birth").str.slice(0, 4),
            pl.col("@birth").str.slice(4, 2),
            pl.col("@birth").str.slice(6, 2),
            separator="-",
        ).alias("birth_date"),
        pl.Series("employer", _employers(count, rng)),
        *(home[name].gather(household) for name in home.columns),
    )


def _names(
    household: np.ndarray[Any, Any],
    own_surname: np.ndarray[Any, Any],
    sex: np.ndarray[Any, Any],
    year: np.ndarray[Any, Any],
    seed: int,
) -> dict[str, list[str]]:
    names, random = Names(), Random(seed)
    of_house: dict[int, tuple[str, str]] = {}
    found: dict[str, list[str]] = {"name": [], "nation": []}
    for house, own, one_sex, one_year in zip(
        household.tolist(), own_surname.tolist(), sex.tolist(), year.tolist(), strict=True
    ):
        if house not in of_house:
            nation = names.nation(random)
            of_house[house] = (nation, names.surname(random, nation))
        nation, surname = of_house[house]
        surname = names.surname(random, nation) if own else surname
        found["name"].append(names.full(random, one_sex, one_year, nation, surname))
        found["nation"].append(nation)
    return found


def _citizen_ids(frame: pl.DataFrame) -> list[str]:
    """Valid numbers, each given once: the sequence counts on within an area, a day and a sex."""
    rank = pl.int_range(pl.len()).over("@area", "@birth", "sex")
    start = (pl.col("@area") * 131 + pl.col("@birth").cast(pl.Int64) * 37) % 500
    sequence = ((start + rank * 7) % 500) * 2 + pl.col("sex").cast(pl.Int64) % 2
    first = frame.select(
        pl.concat_str(
            pl.col("@area").replace_strict(dict(enumerate(_AREAS)), return_dtype=pl.String),
            "@birth",
            sequence.cast(pl.String).str.zfill(3),
        )
    ).to_series()
    digits = np.frombuffer("".join(first).encode(), np.uint8).reshape(-1, 17) - 48
    check = _CHECK_CHARACTERS[(digits.astype(np.int64) * _CHECK_WEIGHTS).sum(axis=1) % 11]
    return (first + pl.Series(check.tolist())).to_list()


def _phones(start: int, count: int) -> np.ndarray[Any, Any]:
    """The numbers from the `start`-th of a fixed walk through all of the unassigned segments, each met once."""
    walk = (np.arange(start, start + count, dtype=np.int64) * 433_494_437 + 105_000_001) % _NUMBERS
    tail = np.char.zfill((walk % 10**8).astype("U8"), 8)
    return np.char.add(np.array(_SEGMENTS)[walk // 10**8], tail)


def _homes(count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Per household the parts of its door; a compound has some 400 doors."""
    words = parts("compounds")
    names = [head + middle + tail for tail in words["tail"] for head in words["head"] for middle in ("", "东", "南")]
    names = [names[place] for place in rng.permutation(len(names))]
    compounds = max(8, count // 400)
    # More compounds than names: other streets of a large city have their own compound of the name.
    labels = [names[i % len(names)] + ("" if i < len(names) else f"{i // len(names) + 1}期") for i in range(compounds)]
    compound = rng.integers(0, compounds, count)
    return pl.DataFrame(
        {
            "@compound": pl.Series(labels).gather(compound),
            "@building": rng.integers(1, 25, count),
            "@unit": rng.integers(1, 4, count),
            "@room": rng.integers(1, 19, count) * 100 + rng.integers(1, 5, count),
        }
    )


def _employers(count: int, rng: np.random.Generator) -> list[str]:
    words = parts("trade_names")
    trades = [trade for row in rows("trades") for trade in row["trade"].split("|")]
    names = [f"澜江市{a}{b}{trade}有限公司" for a in words["first"] for b in words["second"] for trade in trades]
    # A few employ thousands.
    number = (rng.pareto(1.1, count) * 12).astype(np.int64) % max(10, min(len(names), count // 12))
    order = rng.permutation(len(names))
    return pl.Series(names).gather(order[number]).to_list()


def _respelled(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The door as each register spells it; the phone is now and then that of the household."""
    building, unit, room = (pl.col(name).cast(pl.String) for name in ("@building", "@unit", "@room"))
    forms = (
        pl.concat_str("@compound", building, pl.lit("幢"), unit, pl.lit("单元"), room, pl.lit("室")),
        pl.concat_str(pl.lit("澜江市青枫区"), "@compound", building, pl.lit("号楼"), unit, pl.lit("单元"), room),
        pl.concat_str("@compound", building, pl.lit("-"), unit, pl.lit("-"), room),
        pl.concat_str("@compound", building, pl.lit("幢"), room, pl.lit("室")),
    )
    form = pl.Series("@form", rng.choice(4, frame.height, p=(0.55, 0.25, 0.13, 0.07)))
    address = pl.when(form == 0).then(forms[0]).when(form == 1).then(forms[1]).when(form == 2).then(forms[2])
    return frame.with_columns(
        address.otherwise(forms[3]).alias("address"),
        pl.when(pl.Series(rng.random(frame.height) < 0.1)).then("@shared_phone").otherwise("phone").alias("phone"),
    )


def _mistaken(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Typing errors, a misheard character, a default day, a masked number."""

    def some(error: str) -> pl.Series:
        return pl.Series(rng.random(frame.height) < _ERRORS[error])

    def typed(name: str, first: int, last: int) -> pl.Expr:
        place = pl.Series(rng.integers(first, last, frame.height))
        step = pl.Series(rng.integers(1, 10, frame.height))
        digit = pl.col(name).str.slice(place, 1).cast(pl.Int64, strict=False).fill_null(0)
        wrong = ((digit + step) % 10).cast(pl.String)
        return pl.concat_str(pl.col(name).str.slice(0, place), wrong, pl.col(name).str.slice(place + 1))

    heard = {
        character: group[(i + 1) % len(group)]
        for row in rows("homophone_characters")
        for group in [row["characters"]]
        for i, character in enumerate(group)
    }
    misheard = pl.col("name").str.slice(0, 1) + pl.col("name").str.slice(1).str.replace_many(heard)
    masked = pl.col("citizen_id").str.slice(0, 6) + pl.lit("********") + pl.col("citizen_id").str.slice(14)
    return frame.with_columns(
        pl.when(some("name")).then(misheard).otherwise("name").alias("name"),
        pl.when(some("masked_id"))
        .then(masked)
        .when(some("citizen_id"))
        .then(typed("citizen_id", 6, 17))
        .otherwise("citizen_id")
        .alias("citizen_id"),
        pl.when(some("phone")).then(typed("phone", 3, 11)).otherwise("phone").alias("phone"),
        pl.when(some("birth_date"))
        .then(pl.col("birth_date").str.slice(0, 5) + pl.lit("01-01"))
        .otherwise("birth_date")
        .alias("birth_date"),
    )


def _hidden(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Only what the register knows."""
    for name in ("citizen_id", "sex", "birth_date", "nation", "address", "phone", "employer"):
        share = np.array([register.knows.get(name, 0.0) for register in _REGISTERS])[frame["@feed"].to_numpy()]
        known = pl.Series(rng.random(frame.height) < share)
        frame = frame.with_columns(pl.when(known).then(name).alias(name))
    return frame


def _by_feed(values: list[str]) -> pl.Expr:
    return pl.col("@feed").replace_strict(dict(enumerate(values)), return_dtype=pl.String)
