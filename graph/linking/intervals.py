"""Reconciles what several records say about one relation into time-valid edges, and how sure they are.

An assertion is one record's statement: these two entities, this relation, from, to, seen on a day. Registers date what
they assert; a visit or a health file only says 'so it was when we looked'. Rules, in the order they apply:

1. Dated assertions are one interval until a stated end separates them: the next begins more than `TOUCH_DAYS` after
   that end, and nobody has since stated that it goes on. Earliest start, latest end. Of an end and a statement without
   end, the one observed later holds; but a source that states the same beginning once with an end and once without has
   left the second unfinished. An interval ends at the latest when the next begins.
2. An undated assertion joins the latest interval that began before it was observed, and moves the start of the
   interval back where it was observed before the first start. Where that interval had already been closed, a weaker
   source is taken as stale and dropped; an equal or stronger one opens a new interval on the day of observation.
3. Undated assertions alone make one interval of unknown start.

The confidence of an edge is the probability that it holds, on the day of linking where it is open and in its time where
it has ended. Of each source s only the surest statement counts, because a feed that repeats itself is no new witness:

    belief(s)  = authority(s) * P(both records are of these entities) * exp(-leaving * years since it was seen)
    confidence = 1 - product over s of (1 - belief(s))

`authority` is in `authority.yaml`. The last factor wears away what was seen and never dated, where the interval is
open and the relation is one that ends unnoticed (`leaving` in `residence.yaml`); a register that dates its entries is
expected to strike them out, and how often it does not is in its authority. Claims that exclude one another then share
the belief: `residence`.
"""

from __future__ import annotations

from datetime import date

import polars as pl

TOUCH_DAYS = 31
GROUP = ("type", "from_label", "from_id", "to_label", "to_id", "discriminator")
BEGINNING = date(1800, 1, 1)
TOUCH = pl.duration(days=TOUCH_DAYS)
_YEAR = 365.25


def reconcile(assertions: pl.DataFrame, day: date | None = None) -> pl.DataFrame:
    """One row per edge.

    `assertions`: GROUP, valid_from (date), valid_to (date), observed_at (datetime), feed, authority, probability,
    `leaving` (yearly rate, optional) and further columns, of which the most trusted non-null value of each edge is
    kept. `day` is that of linking; None is the newest observation.
    Gives GROUP, valid_from, valid_to, observed_at, sources, confidence, strength (the belief of the best source, not
    worn), stated_from (the earliest start that is stated), evidence_on (the day for which there is the newest evidence
    that it holds) and the further columns.
    """
    seen = assertions.with_columns(
        observed_on=pl.col("observed_at").dt.date(),
        dated=pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null(),
    )
    dated = _dated_intervals(_finished(seen.filter("dated")))
    undated = _attach(seen.filter(~pl.col("dated")), dated)
    return _combine(pl.concat([dated, undated], how="diagonal"), day)


def _finished(dated: pl.DataFrame) -> pl.DataFrame:
    """Without statements that their own source has stated again with an end."""
    same = [*GROUP, "feed", "valid_from"]
    ended = dated.filter(pl.col("valid_to").is_not_null(), pl.col("valid_from").is_not_null()).select(same).unique()
    going = dated.filter(pl.col("valid_to").is_null()).join(ended, on=same, how="anti", nulls_equal=True)
    return pl.concat([dated.filter(pl.col("valid_to").is_not_null()), going])


def _dated_intervals(dated: pl.DataFrame) -> pl.DataFrame:
    """Numbers the intervals of each group: adds `interval`, and the interval's `opens` and `closes`."""
    closed = pl.col("valid_to").is_not_null()
    ordered = dated.with_columns(_start=pl.coalesce("valid_from", pl.lit(BEGINNING))).sort(
        *GROUP, "_start", "valid_to", "observed_on", nulls_last=True
    )
    until_here = ordered.with_columns(
        _close=pl.col("valid_to").cum_max().forward_fill().shift(1).over(GROUP),
        _opened=pl.when(~closed).then("observed_on").cum_max().forward_fill().shift(1).over(GROUP),
        _closed=pl.when(closed).then("observed_on").cum_max().forward_fill().shift(1).over(GROUP),
    )
    apart = pl.col("_close").is_not_null() & (pl.col("_start") > pl.col("_close") + TOUCH)
    numbered = until_here.with_columns(
        interval=(apart & ~_goes_on("_opened", "_closed", "_close")).cum_sum().over(GROUP).cast(pl.Int64)
    )
    where = [*GROUP, "interval"]
    return (
        numbered.with_columns(
            _close=pl.col("valid_to").max().over(where),
            _opened=pl.col("observed_on").filter(~closed).max().over(where),
            _closed=pl.col("observed_on").filter(closed).max().over(where),
        )
        .with_columns(
            opens=pl.col("_start").min().over(where).replace({BEGINNING: None}),
            closes=pl.when(~_goes_on("_opened", "_closed", "_close")).then("_close"),
        )
        .drop("_start", "_opened", "_closed", "_close")
    )


def _goes_on(opened: str, closed: str, end: str) -> pl.Expr:
    """Whether the statements without an end, the newest of `opened`, outlive the stated `end`."""
    said_later = pl.col(opened) > pl.coalesce(closed, pl.lit(BEGINNING))
    return pl.col(end).is_null() | (said_later & (pl.col(opened) >= pl.col(end))).fill_null(value=False)


def _attach(undated: pl.DataFrame, dated: pl.DataFrame) -> pl.DataFrame:
    """Gives each undated assertion an interval of its group, or drops it as stale."""
    closing = pl.col("authority").filter(pl.col("valid_to").is_not_null()).max()
    known = (
        dated.group_by(*GROUP, "interval")
        .agg(pl.col("opens").first(), pl.col("closes").first(), closing.alias("closing_authority"))
        .with_columns(begin=pl.coalesce("opens", pl.lit(BEGINNING)))
        .sort("begin", "interval")
    )
    items = undated.with_row_index("_row").with_columns(_day=pl.coalesce("observed_on", pl.lit(date.max)))
    behind = items.sort("_day").join_asof(
        known, left_on="_day", right_on="begin", by=list(GROUP), strategy="backward", check_sortedness=False
    )
    ahead = (
        behind.filter(pl.col("interval").is_null())
        .drop("interval", "opens", "closes", "closing_authority", "begin")
        .join_asof(known, left_on="_day", right_on="begin", by=list(GROUP), strategy="forward", check_sortedness=False)
        .with_columns(opens=pl.when(pl.col("interval").is_not_null()).then("_day"))
    )
    placed = pl.concat([behind.filter(pl.col("interval").is_not_null()), ahead], how="diagonal")
    late = pl.col("closes").is_not_null() & (pl.col("_day") > pl.col("closes") + TOUCH)
    returned = late & (pl.col("authority") >= pl.coalesce("closing_authority", pl.lit(1.0)))
    return (
        placed.filter(~late | returned)
        .with_columns(
            # Half-way numbers keep the order: a return lies after the interval it follows.
            interval=pl.when(returned).then(pl.col("interval") * 2 + 1).otherwise(pl.col("interval").fill_null(0) * 2),
            opens=pl.when(returned).then("_day").otherwise("opens"),
            closes=pl.when(returned).then(None).otherwise("closes"),
        )
        .drop("_row", "_day", "begin", "closing_authority")
    )


def _combine(placed: pl.DataFrame, day: date | None) -> pl.DataFrame:
    own = {"valid_from", "valid_to", "observed_at", "observed_on", "feed", "authority", "probability", "dated"}
    own |= {"interval", "opens", "closes", "leaving", *GROUP}
    further = [name for name in placed.columns if name not in own]
    doubled = (
        placed.with_columns(
            interval=pl.when(pl.col("dated")).then(pl.col("interval") * 2).otherwise("interval"),
            belief=pl.col("authority") * pl.col("probability"),
        )
        .with_columns(worn=pl.col("belief") * _lasting(placed, day))
        .sort("belief", "observed_at", "feed", *further, descending=True, nulls_last=True, maintain_order=True)
    )
    where = [*GROUP, "interval"]
    per_feed = doubled.group_by(*where, "feed", maintain_order=True).agg(pl.col("belief").max(), pl.col("worn").max())
    confidence = per_feed.group_by(where).agg(
        confidence=(1 - (1 - pl.col("worn")).product()).round(3),
        strength=pl.col("belief").max(),
        sources=pl.col("feed").drop_nulls().sort(),
    )
    return (
        doubled.group_by(where, maintain_order=True)
        .agg(
            pl.col("opens").min().alias("valid_from"),
            # Undated members carry the closing day of the interval they joined.
            pl.col("closes").max().alias("valid_to"),
            pl.col("observed_at").max(),
            pl.col("valid_from").min().alias("stated_from"),
            pl.when(pl.col("dated"))
            .then(pl.coalesce("valid_from", "observed_on"))
            .otherwise("observed_on")
            .max()
            .alias("evidence_on"),
            *[pl.col(name).drop_nulls().first() for name in further],
        )
        .join(confidence, on=where, how="left", nulls_equal=True)
        .sort(*GROUP, "interval")
        .with_columns(_next=pl.col("valid_from").shift(-1).over(GROUP))
        .with_columns(
            valid_to=pl.when(pl.col("_next") < pl.coalesce("valid_to", pl.lit(date.max)))
            .then("_next")
            .otherwise("valid_to")
        )
        .drop("_next", "interval")
    )


def _lasting(placed: pl.DataFrame, day: date | None) -> pl.Expr:
    """The share of a belief that is left on `day`; 1 for what is dated, has ended or does not end unnoticed."""
    if "leaving" not in placed.columns:
        return pl.lit(1.0)
    asked = pl.lit(day) if day else pl.col("observed_on").max()
    years = (asked - pl.col("observed_on")).dt.total_days().clip(lower_bound=0).fill_null(0) / _YEAR
    wears = ~pl.col("dated") & pl.col("closes").is_null()
    return pl.when(wears).then((-pl.col("leaving").fill_null(0.0) * years).exp()).otherwise(1.0)
