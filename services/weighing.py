"""The claims of one entity weighed in plain Python: the verdicts of `resolution.golden.claims`, without its columns.

`golden` weighs a million entities in columns; for a single one its expressions cost 280 ms of processor time, these a
few. A test holds the two together on every entity of a town.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

import polars as pl

from core.catalogue import Field, Kind
from resolution.golden import CRITERIA, STATED, authority, by_people, order_of
from resolution.soundness import IMPLIED, sameness, soundness

_UNRANKED: Final = 99
_WON: Final = {
    "stated": "有人核实，且此后没有别的说法",
    "soundness": "更完整有效",
    "agreement": "更多部门一致",
    "authority": "来源更权威",
    "recency": "更新",
}
_LOST: Final = {
    "stated": "入选值有人核实，且此后没有别的说法",
    "soundness": "不如入选值完整有效",
    "agreement": "不如入选值多部门一致",
    "authority": "来源不如入选值权威",
    "recency": "不如入选值新",
}


class Said(NamedTuple):
    """What one record says of a field: text in clear. `implied`: read from its citizen id."""

    value: str
    record_id: str
    feed: str
    department: str
    observed_at: datetime
    implied: bool = False


class Verdict(NamedTuple):
    """What became of a value. `place` 1 is the chosen one; `same` is what equal values share, whatever their words."""

    place: int
    soundness: int
    agreement: int
    rank: int
    same: str
    chosen: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Weighed:
    value: str
    implied: bool
    criteria: Mapping[str, float]
    same: str


def weigh(kind: Kind, field: Field, said: Sequence[Said]) -> dict[str, Verdict]:
    """Value → verdict; `rank` of a verdict is that of the value's best source."""
    if not said:
        return {}
    rows: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        rows[one.value].append(one)
    texts = sorted(rows)
    values = pl.Series("value", texts, dtype=pl.String)
    told_apart = len(texts) > 1 and field.type == "address"  # of all other types, other words are another value
    alike = dict(zip(texts, sameness(field, pl.Series([0] * len(texts)), values) if told_apart else texts, strict=True))
    grades = dict(zip(texts, soundness(field, _typed(field, values)), strict=True))
    departments: dict[str, set[str]] = defaultdict(set)
    for one in said:
        departments[alike[one.value]].add(one.department)
    weighed = [
        _Weighed(
            text,
            implied := all(one.implied for one in rows[text]),
            {
                STATED: _stated(text, rows),
                "soundness": IMPLIED if implied else grades[text],
                "agreement": len(departments[alike[text]]),
                "authority": -min(rank(kind, field, one) for one in rows[text]),
                "recency": max(one.observed_at for one in rows[text]).timestamp(),
            },
            alike[text],
        )
        for text in texts
    ]
    order = (STATED, *order_of(field))
    weighed.sort(key=lambda one: tuple(-one.criteria[name] for name in order))  # stable: texts break a tie
    return {one.value: _verdict(one, place, weighed, order) for place, one in enumerate(weighed, start=1)}


def _stated(text: str, rows: Mapping[str, Sequence[Said]]) -> bool:
    """Whether people stated the value after all that is said for the others."""
    told = [one.observed_at for one in rows[text] if by_people(one.feed)]
    others = [one.observed_at for other, claims in rows.items() if other != text for one in claims]
    return bool(told) and bool(others) and max(told) > max(others)


def _verdict(one: _Weighed, place: int, ranked: Sequence[_Weighed], order: Sequence[str]) -> Verdict:
    soundness, agreement, authority = (int(one.criteria[name]) for name in ("soundness", "agreement", "authority"))
    return Verdict(
        place, soundness, agreement, -authority, one.same, place == 1, _reason(one, place, ranked, order)
    )  # fmt: skip


def _reason(one: _Weighed, place: int, ranked: Sequence[_Weighed], order: Sequence[str]) -> str:
    if len(ranked) == 1:
        return "入选：无人登记，由公民身份号码得出" if one.implied else "入选：没有别的说法"
    other = ranked[1] if place == 1 else ranked[0]
    decisive = next((name for name in order if one.criteria[name] != other.criteria[name]), None)
    if place == 1:
        return "入选：" + (_WON[decisive] if decisive else "与另一个值各方面相当，取其一")
    return "落选：" + (_LOST[decisive] if decisive else "与入选值各方面相当，取了另一个")


def rank(kind: Kind, field: Field, said: Said) -> int:
    """The authority of a claim's source for the field: by the feed's own line, else by its department's."""
    table = _ranks(kind.name, field.name)
    return table.get(said.feed, table.get(said.department, _UNRANKED))


@lru_cache(maxsize=128)
def _ranks(kind: str, field: str) -> dict[str, int]:
    told = authority().filter(pl.col("kind") == kind, pl.col("field") == field)
    return dict(told.select("source", "rank").iter_rows())


def _typed(field: Field, values: pl.Series) -> pl.Series:
    return values.cast(pl.Float64, strict=False) if field.type == "number" else values


assert set(_WON) == set(_LOST) == {STATED, *CRITERIA}  # noqa: S101 - a criterion that golden gains must be told here too
