"""Why two records were joined or kept apart: the evidence in bits, who decided, and what would change the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from resolution.counterfactual import what_would_change
from resolution.evidence import (
    Change,
    Reason,
    Shown,
    Values,
    field_label,
    fields_of,
    fields_of_level,
    key_labels,
)
from resolution.index.scorer import Detail, Scorer
from resolution.judgements import newest
from resolution.model.declaration import Declaration
from resolution.paths import Link, Weave
from resolution.state import State

_ASIDE: Final = ("不另计，别项已含", "not counted twice")


@dataclass(frozen=True, slots=True)
class Key:
    """A blocking key: `shared`, `different`, `missing` on a side, or `oversized` (shared by too many to be a key)."""

    name: str
    label: str
    label_en: str
    state: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person decided about two records of the two entities; `direct`: about exactly these two."""

    record_a: str
    record_b: str
    verdict: str
    direct: bool
    who: str | None = None
    why: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A cannot-link rule that both sides meet with different values."""

    field: str
    label: str
    fields: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`total` = `prior` + the weights of `reasons` (bits); a total above `threshold` speaks for one entity, one from
    `lower` to `upper` is for people to review.

    `decided_by`: `weight`, `identical` (alike in all that is compared), `judgement`, `not_compared` (no shared key),
    `cannot_link`, `number` (a kind that goes by a register's number), `clustering` (enough for the two alone, but not
    for their groups) or `chain` (joined through other records, along `path`). `changes` are the smallest sets of
    changes that would move the total across the threshold. `between` is what clustering weighed: how many pairs between
    the two groups, and the sum of their weights over the threshold.
    """

    kind: str
    record_a: str
    record_b: str
    entity_a: str
    entity_b: str
    same: bool
    decided_by: str
    prior: float
    reasons: tuple[Reason, ...]
    total: float
    threshold: float
    lower: float
    upper: float
    changes: tuple[tuple[Change, ...], ...]
    keys: tuple[Key, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    rules: tuple[Rule, ...] = ()
    path: tuple[Link, ...] = ()
    between: tuple[int, float] | None = None

    @property
    def in_review(self) -> bool:
        """The weights leave it open, and neither a person nor a number has decided it."""
        return self.decided_by not in ("judgement", "number") and self.lower <= self.total <= self.upper

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "in_review": self.in_review}


def explain(
    state: State, record_a: str, record_b: str, values: Values, *, judgements: pl.DataFrame | None = None
) -> Explanation:
    """Explain the verdict on two records of the run that left `state`; reads only what the two can reach.

    `values` shows a record's field as the reader may see it. `judgements` (record_a, record_b, verdict and, where
    known, who, why, at) defaults to those of the run. Raises `KeyError` for a record that the run did not see.
    """
    declared = state.model.declaration
    node_a, entity_a = _member(state, record_a)
    node_b, entity_b = _member(state, record_b)
    rows = [state.nodes.row(node, named=True) for node in (node_a, node_b)]
    scorer = scorer_of(state, rows)
    reasons = _reasons(declared, details(scorer, rows), (record_a, record_b), values)
    total = scorer.prior + sum(reason.weight for reason in reasons)
    decision = state.decision
    found = _judgements(state, judgements, (record_a, record_b), (entity_a, entity_b))
    rules = _rules(declared, rows, (record_a, record_b), values)
    keys = tuple(_key(state, declared, number, rows) for number in range(len(declared.blocking)))
    weave = Weave(state)
    same = entity_a == entity_b
    # The run keeps the pairs that can matter again; any other pair was compared exactly where a key is shared.
    compared = any(key.state == "shared" for key in keys)
    verdict = "positive" if same else "negative"
    if any(item.verdict == verdict and (item.direct or not same) for item in found):
        decided_by = "judgement"
    elif node_a == node_b:
        decided_by = "identical"
    elif same:
        decided_by = "weight" if compared and total > decision.threshold else "chain"
    elif not compared:
        decided_by = "not_compared"
    elif total <= decision.threshold:
        decided_by = "weight"
    else:
        decided_by = "cannot_link" if rules else "clustering"
    path: tuple[Link, ...] = ()
    if decided_by in ("chain", "clustering", "judgement") and node_a != node_b:
        path = weave.path(node_a, node_b)
    return Explanation(
        kind=declared.kind,
        record_a=record_a,
        record_b=record_b,
        entity_a=entity_a,
        entity_b=entity_b,
        same=same,
        decided_by=decided_by,
        prior=scorer.prior,
        reasons=reasons,
        total=total,
        threshold=decision.threshold,
        lower=decision.lower,
        upper=decision.upper,
        changes=what_would_change(state.model, reasons, total, decision.threshold),
        keys=keys,
        judgements=found,
        rules=rules,
        path=path,
        between=None if same else weave.between(entity_a, entity_b),
    )


def by_number(
    kind: str, field: str, records: tuple[str, str], entities: tuple[str, str], values: Values
) -> Explanation:
    """The verdict of a kind whose records are one exactly where `field`, a register's own number, is the same."""
    return Explanation(
        kind=kind,
        record_a=records[0],
        record_b=records[1],
        entity_a=entities[0],
        entity_b=entities[1],
        same=entities[0] == entities[1],
        decided_by="number",
        prior=0.0,
        reasons=(),
        total=0.0,
        threshold=0.0,
        lower=0.0,
        upper=0.0,
        changes=(),
        rules=(Rule(field, field_label(kind, field), _shown(kind, (field,), records, values)),),
    )


def scorer_of(state: State, rows: Sequence[Mapping[str, Any]]) -> Scorer:
    """The scorer of `state` for these rows of its nodes alone: it knows the frequencies of their values only."""
    shares = {
        column: table.filter(pl.col(column).is_in(list({row[column] for row in rows} - {None})))
        for column, table in state.frequencies.items()
    }
    return Scorer(state.model, shares, state.population)


def details(scorer: Scorer, rows: Sequence[Mapping[str, Any]]) -> list[Detail]:
    """What each comparison says of two rows."""
    return scorer.detail(scorer.row(rows[0]), scorer.row(rows[1]))


def _reasons(
    declared: Declaration, found: Sequence[Detail], records: tuple[str, str], values: Values
) -> tuple[Reason, ...]:
    evidence = sum(abs(item.bits + item.frequency_bits) for item in found) or 1.0
    reasons = []
    for item in found:
        values_shown = _shown(declared.kind, fields_of_level(declared, item.comparison, item.level), records, values)
        bits = item.bits + item.frequency_bits
        # A comparison may stand aside although both values are there: another one has counted what they say.
        aside = item.level.missing and any(shown.a is not None and shown.b is not None for shown in values_shown[:1])
        reasons.append(
            Reason(
                comparison=item.comparison.name,
                label=item.comparison.zh,
                level=item.level.name,
                level_zh=_ASIDE[0] if aside else item.level.zh,
                level_en=_ASIDE[1] if aside else item.level.en,
                missing=item.level.missing,
                aside=aside,
                weight=bits,
                frequency=item.frequency_bits,
                share=abs(bits) / evidence,
                values=values_shown,
            )
        )
    return tuple(reasons)


def _shown(kind: str, fields: Sequence[str], records: tuple[str, str], values: Values) -> tuple[Shown, ...]:
    made = (Shown(field, field_label(kind, field), *(values(record, field) for record in records)) for field in fields)
    return tuple(item for item in made if item.a is not None or item.b is not None)


def _rules(
    declared: Declaration, rows: Sequence[Mapping[str, Any]], records: tuple[str, str], values: Values
) -> tuple[Rule, ...]:
    held = declared.cannot_link
    if held is None or None in (pair := [row[held] for row in rows]) or pair[0] == pair[1]:
        return ()
    fields = fields_of(declared, [held])
    field = fields[0] if fields else held
    return (Rule(field, field_label(declared.kind, field), _shown(declared.kind, fields, records, values)),)


def _key(state: State, declared: Declaration, number: int, rows: Sequence[Mapping[str, Any]]) -> Key:
    key = declared.blocking[number]
    sides = [[row[column] for column in key.columns] for row in rows]
    if any(value is None for side in sides for value in side):
        found = "missing"
    elif sides[0] != sides[1]:
        found = "different"
    else:
        alike = pl.all_horizontal(pl.col(column) == value for column, value in zip(key.columns, sides[0], strict=True))
        found = "shared" if state.nodes.filter(alike).height <= declared.block_limit else "oversized"
    return Key(key.name, *key_labels(declared, key), found)


def _judgements(
    state: State, judgements: pl.DataFrame | None, records: tuple[str, str], entities: tuple[str, str]
) -> tuple[Judgement, ...]:
    told = state.judgements if judgements is None else judgements
    if told.is_empty():
        return ()
    told = newest(told)
    owner = dict(
        state.members.filter(pl.col("entity_id").is_in(list(entities))).select("record_id", "entity_id").iter_rows()
    )
    inside = told.filter(pl.col("record_a").is_in(list(owner)) & pl.col("record_b").is_in(list(owner)))
    found = []
    for row in inside.iter_rows(named=True):
        pair = {row["record_a"], row["record_b"]}
        direct = pair == set(records)
        if direct or {owner[record] for record in pair} == set(entities):
            about = {name: None if row.get(name) is None else str(row[name]) for name in ("who", "why", "at")}
            found.append(Judgement(row["record_a"], row["record_b"], row["verdict"], direct, **about))
    return tuple(found)


def _member(state: State, record: str) -> tuple[int, str]:
    row = state.members.filter(pl.col("record_id") == record)
    if row.is_empty():
        raise KeyError(record)
    return int(row["node"][0]), str(row["entity_id"][0])
