"""Where a person lives: one home at a time, and how sure that is.

Sources that exclude one another share the belief. With the odds o = c / (1 - c) of each claim's own confidence c, and
the possibility that none of them holds (odds 1), the claims that a person lives somewhere *now* hold with

    P(i) = o(i) / (1 + o(1) + o(2) + …)

which is Bayes' rule for witnesses that err independently and hypotheses of which one at most is true. The claim of an
account holder whose meter shows no use any more enters with its odds divided by `idle_doubt`. Claims about the past
keep their own confidence; one that lost against the present home keeps its share, for that is what speaks against it in
its time too.

Suppliers of water and current (`supporting` in `residence.yaml`) state who pays. What that is worth for living there
depends on what others say: `with_supporting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import polars as pl
import yaml

from graph.linking.intervals import BEGINNING, TOUCH

_FILE = Path(__file__).with_name("residence.yaml")
_RIVAL = 0.1  # a claim this much weaker than the best does not compete with it
_SUREST = 0.999  # no confidence is certainty: it would leave nothing to share


@dataclass(frozen=True, slots=True)
class Rules:
    """`residence.yaml`."""

    supporting: tuple[str, ...]
    move_authority: float
    idle_days: int
    idle_doubt: float
    leaving: dict[str, float]


@lru_cache(maxsize=1)
def rules() -> Rules:
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Rules(**{**raw, "supporting": tuple(raw["supporting"])})


def with_leaving(residences: pl.DataFrame) -> pl.DataFrame:
    """Adds the yearly rate at which such residents leave."""
    table = rules().leaving
    rate = pl.col("role").replace_strict(table, default=table["*"], return_dtype=pl.Float64)
    return residences.with_columns(leaving=rate)


# --- suppliers of water and current --------------------------------------------------------------------------------


def idle_accounts(residences: pl.DataFrame) -> pl.DataFrame:
    """from_id, to_id, read_on: holders whose open account shows no use for long, and the day it was read.

    `residences` are assertions with `last_used` (date); those without it say nothing.
    """
    told = residences.filter(pl.col("last_used").is_not_null(), pl.col("valid_to").is_null())
    newest = told.group_by("from_id", "to_id").agg(
        pl.col("observed_at").dt.date().max().alias("read_on"), pl.col("last_used").max()
    )
    quiet = (pl.col("read_on") - pl.col("last_used")) >= pl.duration(days=rules().idle_days)
    return newest.filter(quiet).select("from_id", "to_id", "read_on")


def with_supporting(residences: pl.DataFrame) -> pl.DataFrame:
    """The assertions with those of supporting feeds made what they are worth, or left out.

    Beside another source of the same residence one confirms it, like a visit on the day of the reading; the end of an
    account ends a residence that others left open. Alone it counts only where it states its holder's standing (`role`)
    and beginning and shows use: for a person of whom nobody else says where he lives; and where it begins after all
    that others say, for then the person has moved, and it counts as `move_authority`.
    """
    weak = pl.col("feed").is_in(list(rules().supporting)).fill_null(value=False)
    others = residences.filter(~weak)
    held = residences.filter(weak)
    if held.is_empty():
        return residences
    is_open, known, dated = pl.col("valid_to").is_null(), pl.col("_known").is_not_null(), pl.col("_began").is_not_null()
    used = (pl.col("observed_at").dt.date() - pl.col("last_used")) < pl.duration(days=rules().idle_days)
    confirms = known & is_open & used.fill_null(value=True)
    ends = known & ~is_open & ~pl.col("_ended") & (pl.coalesce("_began", "valid_from") < pl.col("valid_to"))
    stands = ~known & pl.col("role").is_not_null() & pl.col("valid_from").is_not_null()
    alone = stands & pl.col("_latest").is_null() & (~is_open | used)
    moved = stands & is_open & used & (pl.col("valid_from") > pl.col("_latest"))
    judged = _beside(held, others).with_columns(
        valid_from=pl.when(confirms & dated).then(None).when(ends & dated).then("_began").otherwise("valid_from"),
        authority=pl.when(moved).then(rules().move_authority).otherwise("authority"),
    )
    return pl.concat([others, judged.filter(confirms | ends | alone | moved).select(residences.columns)])


def _beside(held: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """With what others say of the same residence (`_known`, `_began`, `_ended`), and the person's `_latest` start."""
    same = others.group_by("from_id", "to_id").agg(
        pl.lit(value=True).alias("_known"),
        pl.col("valid_from").min().alias("_began"),
        pl.col("valid_to").is_not_null().any().alias("_ended"),
    )
    latest = others.group_by("from_id").agg(pl.coalesce("valid_from", pl.lit(BEGINNING)).max().alias("_latest"))
    return held.join(same, on=["from_id", "to_id"], how="left").join(latest, on="from_id", how="left")


# --- one home at a time --------------------------------------------------------------------------------------------


def settle(residences: pl.DataFrame, idle: pl.DataFrame | None = None) -> pl.DataFrame:
    """Reconciled residences, one at a time, each as sure as the others leave it; `idle` as `idle_accounts` gives it."""
    nobody = pl.DataFrame(schema={"from_id": pl.String, "to_id": pl.String, "read_on": pl.Date})
    quiet = nobody if idle is None else idle
    doubted = (
        _after_others(residences)
        .join(quiet, on=["from_id", "to_id"], how="left")
        .with_columns(
            # Who came after the reading is not spoken of.
            _idle=(pl.col("read_on") > pl.coalesce("evidence_on", pl.lit(BEGINNING))).fill_null(value=False)
            & pl.col("valid_to").is_null()
        )
    )
    sure = pl.col("confidence").clip(upper_bound=_SUREST)
    odds = sure / (1 - sure) / pl.when("_idle").then(rules().idle_doubt).otherwise(1.0)
    claims = doubted.with_columns(_open=pl.col("valid_to").is_null(), _odds=odds)
    shared = pl.col("_odds") / (1 + pl.col("_odds").filter(pl.col("_open")).sum().over("from_id"))
    settled = single_residence(claims.with_columns(strength=pl.when("_idle").then(pl.lit(0.0)).otherwise("strength")))
    # Whoever pays somewhere and lives elsewhere did not for that live there before.
    held = pl.col("sources").list.set_difference(list(rules().supporting)).list.len() == 0
    refuted = held & pl.col("_open") & pl.col("valid_to").is_not_null()
    final = pl.when("_open").then(shared).otherwise("confidence").round(3)
    told = settled.with_columns(confidence=final, _refuted=refuted).filter(~pl.col("_refuted"))
    return told.drop("read_on", "_idle", "_open", "_odds", "_refuted")


def _after_others(residences: pl.DataFrame) -> pl.DataFrame:
    """Somebody seen at a door before the stated start lived there earlier, but not before having left the last home."""
    ended = residences.filter(pl.col("valid_to").is_not_null()).select(
        "from_id", pl.col("to_id").alias("_other"), pl.col("valid_to").alias("_left")
    )
    before = (
        residences.select("from_id", "to_id", "stated_from")
        .unique()
        .join(ended, on="from_id")
        .filter(pl.col("_other") != pl.col("to_id"), pl.col("_left") <= pl.col("stated_from"))
        .group_by("from_id", "to_id", "stated_from")
        .agg(pl.col("_left").max())
    )
    kept = residences.join(before, on=["from_id", "to_id", "stated_from"], how="left", nulls_equal=True)
    return kept.with_columns(
        valid_from=pl.when(pl.col("valid_from") < pl.col("_left")).then("_left").otherwise("valid_from")
    ).drop("_left")


def single_residence(residences: pl.DataFrame) -> pl.DataFrame:
    """Closes all but one of the residences that a person seems to have at once.

    Of the open claims, those whose best source is within 0.1 of the best compete, and the one with the newest evidence
    wins. A losing claim ends when the winner began, where that is known and later than its own start, else the day
    after it was last claimed. A claim of unknown start begins where the person's last closed residence ended.
    """
    known_end = pl.col("valid_to").max().over("from_id")
    started = residences.with_columns(
        valid_from=pl.when(
            pl.col("valid_from").is_null()
            & pl.col("valid_to").is_null()
            & (known_end <= pl.col("observed_at").dt.date() + TOUCH)
        )
        .then(known_end)
        .otherwise("valid_from")
    )
    is_open = pl.col("valid_to").is_null()
    best = pl.col("strength").filter(is_open).max().over("from_id")
    rival = is_open & (pl.col("strength") >= best - _RIVAL)
    ranked = started.with_columns(
        _rank=pl.struct(
            (~is_open).alias("closed"),
            (~rival).alias("weaker"),
            (-pl.coalesce("evidence_on", pl.lit(BEGINNING)).cast(pl.Int32)).alias("age"),
            (-pl.col("confidence")).alias("doubt"),
            pl.col("to_id"),
        )
        .rank("ordinal")
        .over("from_id")
    )
    loses = is_open & (pl.col("_rank") > 1)
    winner_start = pl.col("valid_from").filter((pl.col("_rank") == 1) & is_open).first().over("from_id")
    own_start = pl.coalesce("valid_from", pl.lit(BEGINNING))
    last_claimed = pl.coalesce(pl.col("observed_at").dt.date(), pl.lit(BEGINNING)) + timedelta(days=1)
    end = pl.when(winner_start > own_start).then(winner_start).otherwise(pl.max_horizontal(last_claimed, own_start))
    return ranked.with_columns(valid_to=pl.when(loses).then(end).otherwise("valid_to")).drop("_rank")
