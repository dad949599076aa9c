"""Record-level relations as assertions between entities, and the edges reconciled from them."""

from __future__ import annotations

from datetime import date

import polars as pl

from core.catalogue.relations import RELATION_ENDS
from graph.linking.authority import with_authority
from graph.linking.intervals import reconcile
from graph.linking.residence import idle_accounts, settle, with_leaving, with_supporting

TEXT_MENTION = "#text."  # in the record key of a party that only a complaint text names
EDGE_PROPS = (
    "valid_from",
    "valid_to",
    "observed_at",
    "sources",
    "confidence",
    "role",
    "relation_to_head",
    "kind",
    "share",
    "rule",
    "evidence",
)
LABELS = {"person": "Person", "organization": "Organization", "dwelling": "Dwelling", "household": "Household"}


def live_assignments(assignments: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Assignments of the entities that a register knows, with `label`, `record_key`.

    Whoever is known from the words of a complaint alone is no entity of the graph.
    """
    heads = records.select("record_id", "record_key")
    known = assignments.join(heads, on="record_id", how="inner").with_columns(
        label=pl.col("kind").replace_strict(LABELS, return_dtype=pl.String),
        registered=~pl.col("record_key").str.contains(TEXT_MENTION, literal=True),
    )
    return known.filter(pl.col("registered").any().over("kind", "entity_id")).drop("registered")


def event_days(events: pl.DataFrame) -> pl.DataFrame:
    """event_id, day (when it happened, or was reported, or was recorded)."""
    if events.is_empty():
        return pl.DataFrame(schema={"event_id": pl.String, "day": pl.Date})
    days = [_day(events, name) for name in ("occurred_at", "reported_at", "observed_at") if name in events.columns]
    return events.select("event_id", pl.coalesce(days).alias("day"))


def _day(frame: pl.DataFrame, name: str) -> pl.Expr:
    if frame.schema[name] == pl.String:
        return pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return pl.col(name).cast(pl.Date)


def assertions(relations: pl.DataFrame, live: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """What `reconcile` takes: each relation whose two ends are known, between entities, the right way round."""
    days = event_days(events)
    ends = pl.concat(
        [
            live.select("record_id", "label", "entity_id", "probability"),
            days.select(
                pl.col("event_id").alias("record_id"),
                pl.lit("Event").alias("label"),
                pl.col("event_id").alias("entity_id"),
                pl.lit(1.0).alias("probability"),
            ),
        ]
    )
    mapped = (
        relations.filter(pl.col("type").is_in(list(RELATION_ENDS)))
        .join(ends, left_on="from_id", right_on="record_id", how="inner", suffix="_from")
        .join(ends, left_on="to_id", right_on="record_id", how="inner", suffix="_to")
    )
    # An event is the end of PARTY_TO and the beginning of OCCURRED_AT, whichever way a feed states it.
    backwards = ((pl.col("type") == "PARTY_TO") & (pl.col("label") == "Event")) | (
        (pl.col("type") == "OCCURRED_AT") & (pl.col("label_to") == "Event")
    )

    def end(near: str, far: str) -> pl.Expr:
        return pl.when(backwards).then(far).otherwise(near)

    stated = mapped.select(
        "type",
        end("label", "label_to").alias("from_label"),
        end("entity_id", "entity_id_to").alias("from_id"),
        end("label_to", "label").alias("to_label"),
        end("entity_id_to", "entity_id").alias("to_id"),
        _day(mapped, "valid_from").alias("valid_from"),
        _day(mapped, "valid_to").alias("valid_to"),
        _moment(mapped, "observed_at").alias("observed_at"),
        "feed",
        (pl.col("probability") * pl.col("probability_to")).alias("probability"),
        *[_member(name) for name in ("role", "relation_to_head", "kind", "share")],
        _member("last_used").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        pl.coalesce(_member("confidence"), _member("certainty"))
        .cast(pl.Float64, strict=False)
        .alias("stated_confidence"),
    ).filter(pl.col("from_id") != pl.col("to_id"))
    dated = _with_event_days(stated, days)
    return (
        with_authority(dated)
        .with_columns(
            authority=pl.coalesce("stated_confidence", "authority").clip(0.01, 0.99),
            discriminator=pl.when(pl.col("type") == "PARTY_TO").then("role").otherwise(pl.lit("")).fill_null(""),
        )
        .drop("stated_confidence")
    )


def _member(name: str) -> pl.Expr:
    return pl.col("props").str.json_path_match(f"$.{name}").alias(name)


def _moment(frame: pl.DataFrame, name: str) -> pl.Expr:
    if frame.schema[name] == pl.String:
        return pl.col(name).str.to_datetime(strict=False)
    return pl.col(name).cast(pl.Datetime("us"))


def _with_event_days(stated: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Relations of events hold from the event's day on, so that a look into the past does not show later ones."""
    of_event = pl.col("type").is_in(["PARTY_TO", "OCCURRED_AT"])
    event = pl.when(pl.col("type") == "PARTY_TO").then("to_id").otherwise("from_id")
    return (
        stated.with_columns(_event=event)
        .join(days, left_on="_event", right_on="event_id", how="left")
        .with_columns(
            valid_from=pl.when(of_event).then("day").otherwise("valid_from"),
            valid_to=pl.when(of_event).then(None).otherwise("valid_to"),
        )
        .drop("_event", "day")
    )


def entity_relations(stated: pl.DataFrame, day: date | None = None) -> pl.DataFrame:
    """Reconciled relations: the columns of GROUP and EDGE_PROPS, residences one at a time; `day` is that of linking."""
    living = pl.col("type") == "LIVES_IN"
    residences, others = stated.filter(living), stated.filter(~living).drop("last_used")
    homes = reconcile(with_leaving(with_supporting(residences)).drop("last_used"), day)
    merged = pl.concat([reconcile(others, day), settle(homes, idle_accounts(residences))], how="diagonal")
    return merged.drop("evidence_on", "strength", "stated_from")
