"""Taggings over time: what an evaluation changes. A tag that no longer holds is ended, never deleted.

A tagging is a TAGGED edge from its bearer to the tag. It holds from `valid_from` on, before `valid_to`; so who bore a
tag on a day follows from these alone, also for a tag that outlives its condition for some days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import orjson
import polars as pl

from graph.linking.changes import EDGE_CHANGES, NODE_CHANGES
from graph.linking.frames import digest, nodes_of
from graph.linking.inputs import NODE_COLUMNS
from graph.tags.rules import TagRule, tag_id

RULE: Final = "rule"
HAND: Final = "hand"
BORNE: Final = {
    "edge_id": pl.String,
    "label": pl.String,
    "id": pl.String,
    "rule": pl.String,
    "version": pl.Int64,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "props": pl.String,
}
_KEY: Final = ["rule", "id"]
_TOLD: Final = pl.Struct({"version": pl.Int64, "valid_from": pl.String, "valid_to": pl.String, "author": pl.String})


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of taggings, with the columns of BORNE: those that begin (only rule, label and id are set), go on
    under another version, hold again before they had run out, and end (with their new `valid_to`).
    """

    gained: pl.DataFrame
    renewed: pl.DataFrame
    resumed: pl.DataFrame
    ended: pl.DataFrame

    @property
    def unexplained(self) -> pl.DataFrame:
        """rule and id of the taggings that need evidence."""
        return pl.concat([frame.select(_KEY) for frame in (self.gained, self.renewed)])

    def counts(self, day: date) -> dict[str, tuple[int, int, int]]:
        """rule → taggings that begin, taggings that end, and by how many the bearers of the day are more."""
        lapsed = pl.col("valid_to") <= day
        again = pl.concat([self.resumed, self.renewed]).filter(pl.col("valid_to").is_not_null())
        parts = (
            pl.concat([self.gained, again]).select("rule", gained=1, ended=0, more=0),
            pl.concat([self.gained, again.filter(lapsed)]).select("rule", gained=0, ended=0, more=1),
            self.ended.select("rule", gained=0, ended=1, more=pl.when(lapsed).then(-1).otherwise(0)),
        )
        total = pl.concat([part.cast(dict.fromkeys(("gained", "ended", "more"), pl.Int64)) for part in parts])
        return {
            name: (gained, ended, more)
            for name, gained, ended, more in total.group_by("rule")
            .sum()
            .select("rule", "gained", "ended", "more")
            .rows()
        }


def borne(edges: pl.DataFrame) -> pl.DataFrame:
    """The taggings of rules (BORNE) among edges of the log's columns."""
    told = pl.col("props").str.json_decode(_TOLD).struct
    return (
        edges.filter(pl.col("type") == "TAGGED")
        .select(
            pl.col("id").alias("edge_id"),
            pl.col("from_label").alias("label"),
            pl.col("from_id").alias("id"),
            pl.col("to_id").str.strip_prefix("tag_").alias("rule"),
            told.field("version"),
            told.field("valid_from").str.to_date(),
            told.field("valid_to").str.to_date(),
            "props",
            told.field("author").alias("author"),
        )
        .filter(pl.col("author").is_null())
        .select(BORNE.keys())
    )


def compare(
    known: pl.DataFrame,
    found: pl.DataFrame,
    rules: Iterable[TagRule],
    day: date,
    *,
    within: Mapping[str, Iterable[str]] | None = None,
) -> Plan:
    """What changes when `found` (columns rule, label, id) is all that bears the tags of `rules` on `day`.

    `known`: the taggings so far (BORNE). Those of rules that are none of `rules` end. `within`: the ids by rule that
    `found` speaks of; nothing else ends then.
    """
    chosen = {rule.name: rule for rule in rules}
    latest = known.sort("valid_from", pl.col("valid_to").fill_null(date.max)).unique(_KEY, keep="last")
    if within is not None:
        pairs = [(rule, each) for rule, ids in within.items() for each in ids]
        latest = latest.join(pl.DataFrame(pairs, schema=_KEY, orient="row", strict=False), on=_KEY, how="semi")
    versions = pl.col("rule").replace_strict({name: rule.version for name, rule in chosen.items()}, default=None)
    both = found.join(latest.drop("label"), on=_KEY, how="left").select(BORNE.keys())
    holds = pl.col("edge_id").is_not_null() & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day))
    return Plan(
        gained=pl.concat(
            [pl.DataFrame(schema=BORNE), both.filter(~holds).select("rule", "label", "id")], how="diagonal"
        ),
        renewed=both.filter(holds & pl.col("version").ne_missing(versions)),
        resumed=both.filter(holds & pl.col("version").eq_missing(versions) & pl.col("valid_to").is_not_null()),
        ended=_ended(latest.join(found, on=_KEY, how="anti"), chosen, day),
    )


def _ended(lost: pl.DataFrame, rules: Mapping[str, TagRule], day: date) -> pl.DataFrame:
    """What was open ends now or runs out later; what a rule left running ends with the rule."""
    runs_out = {name: day + timedelta(days=rule.valid_days or 0) for name, rule in rules.items()}
    ruled = pl.col("rule").is_in(list(rules))
    until = pl.col("rule").replace_strict(runs_out, default=day, return_dtype=pl.Date)
    affected = pl.col("valid_to").is_null() | (~ruled & (pl.col("valid_to") > day))
    return lost.filter(affected).with_columns(valid_to=pl.max_horizontal(until, "valid_from"))


# --- rows of the log -----------------------------------------------------------------------------------------


def edge_rows(
    plan: Plan, evidence: Iterable[tuple[str, str, str]], rules: Iterable[TagRule], day: date, seq: int
) -> pl.DataFrame:
    """The rows of the projection log (EDGE_CHANGES) that carry a plan out; `evidence`: (rule, id, JSON text)."""
    versions = {rule.name: rule.version for rule in rules}
    because = {(rule, each): text for rule, each, text in evidence}
    seen = f"{day.isoformat()}T00:00:00"
    rows: list[tuple[Any, ...]] = []

    def add(op: str, row: tuple[Any, ...], **change: Any) -> None:
        edge_id, label, each, rule, _, _, _, text = row
        props = (orjson.loads(text) if text else {}) | change | {"observed_at": seen}
        edge_id = edge_id or tagging_id(each, rule, str(props["valid_from"]))
        rows.append(edge_row(op, edge_id, label, each, rule, props, seq))

    for row in plan.gained.iter_rows():
        new = {"rule": row[3], "version": versions[row[3]], "evidence": because[row[3], row[2]]}
        add("create", row, **new, valid_from=day.isoformat(), confidence=1.0, sources=[RULE])
    for row in plan.renewed.iter_rows():
        new = {"rule": row[3], "version": versions[row[3]], "evidence": because[row[3], row[2]]}
        add("update", row, **new, valid_to=None, confidence=1.0, sources=[RULE])
    for row in plan.resumed.iter_rows():
        add("update", row, valid_to=None)
    for row in plan.ended.iter_rows():
        add("update", row, valid_to=row[6].isoformat())
    return pl.DataFrame(rows, schema=EDGE_CHANGES, orient="row").sort("id")


def edge_row(
    op: str, edge_id: str, label: str, bearer: str, tag: str, props: dict[str, Any], seq: int
) -> tuple[Any, ...]:
    """One row of EDGE_CHANGES; members of `props` without a value are left out."""
    text = orjson.dumps({k: v for k, v in props.items() if v is not None}, option=orjson.OPT_SORT_KEYS).decode()
    return (seq, op, "TAGGED", edge_id, label, bearer, "Tag", tag_id(tag), text, digest(edge_id, text))


def tagging_id(bearer: str, tag: str, start: str, discriminator: str = "") -> str:
    """The id of the edge: the same for the same tagging in every run."""
    return f"rel_{digest('TAGGED', bearer, tag_id(tag), start, discriminator)}"


def node_rows(known: pl.DataFrame, tags: Iterable[tuple[str, Mapping[str, Any]]], seq: int) -> pl.DataFrame:
    """Rows (NODE_CHANGES) for the Tag nodes that are new or say something new; `tags`: (name, properties).

    `known`: the Tag nodes so far, of the log's columns.
    """
    wanted = nodes_of("Tag", sorted((tag_id(name), {"name": name, **props}) for name, props in tags))
    before = {node_id: node_hash for _, node_id, _, node_hash in known.select(NODE_COLUMNS).iter_rows()}
    rows = [
        (seq, "update" if node_id in before else "create", label, node_id, props, node_hash)
        for label, node_id, props, node_hash in wanted.iter_rows()
        if before.get(node_id) != node_hash
    ]
    return pl.DataFrame(rows, schema=NODE_CHANGES, orient="row")


def rule_node(rule: TagRule) -> tuple[str, dict[str, Any]]:
    """What the Tag node of a rule says."""
    return rule.name, {
        "label": rule.label,
        "description": rule.description,
        "level": rule.level.name.lower(),
        "applies_to": rule.applies_to,
        "version": rule.version,
    }
