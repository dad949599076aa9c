"""What people decided about pairs of records, and what of it binds a run.

A judgement is one row: two records, a verdict, who, when and why. The newest judgement of a pair counts. Judgements may
contradict each other over several steps (A is B, B is C, A is not C); then the newest win: they are taken in from the
newest to the oldest, and one that cannot hold beside those already taken is set aside and told by name.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import polars as pl

PAIR_SCHEMA: Final = pl.Schema({"record_a": pl.String, "record_b": pl.String})
LABEL_SCHEMA: Final = pl.Schema(
    {"record_a": pl.String, "record_b": pl.String, "verdict": pl.String, "weight": pl.Float64}
)


class Verdict(StrEnum):
    """Two records are of one entity, of two, or the reviewer cannot tell."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNSURE = "unsure"

    @property
    def label(self) -> str:
        return {"positive": "是", "negative": "否", "unsure": "不确定"}[self.value]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`judgement` was set aside, because the newer ones in `against` together say the opposite."""

    judgement: str
    against: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"judgement": self.judgement, "against": list(self.against)}


@dataclass(frozen=True, slots=True)
class Effective:
    """What binds a run: `together` and `apart` are record_a, record_b; `contradictions` belong in its report."""

    together: pl.DataFrame
    apart: pl.DataFrame
    contradictions: tuple[Contradiction, ...]


def newest(judgements: pl.DataFrame) -> pl.DataFrame:
    """The last row of each unordered pair, `record_a` < `record_b`; rows come oldest first, as the lake keeps them."""
    a, b = pl.col("record_a"), pl.col("record_b")
    ordered = judgements.with_columns(record_a=pl.min_horizontal(a, b), record_b=pl.max_horizontal(a, b))
    return ordered.unique(["record_a", "record_b"], keep="last", maintain_order=True)


def effective(judgements: pl.DataFrame, present: Iterable[str] | None = None) -> Effective:
    """The judgements that bind: record_a, record_b, verdict and, where known, judgement_id; oldest first.

    An unsure verdict binds nothing. `present` names the records of the run: what was judged about a record that has
    gone still holds between those that were judged to be one with it. Without judgement_id a judgement is named
    after its pair.
    """
    held, contradictions = _taken(judgements)
    known = None if present is None else set(present)
    members = {root: sorted(_present(group, known)) for root, group in held.groups().items()}
    ties = [(group[0], other) for group in members.values() for other in group[1:]]
    gaps = set()
    for a, b in held.negatives:
        ends = [one if known is None or one in known else _stands_for(one, held, members) for one in (a, b)]
        if ends[0] and ends[1]:
            gaps.add((min(ends), max(ends)))
    return Effective(_pairs(ties), _pairs(gaps), tuple(contradictions))


def labels(judgements: pl.DataFrame) -> pl.DataFrame:
    """Judged pairs as labels for training: record_a, record_b, verdict (positive, negative), weight.

    Judgements that others contradict are no labels. `weight` is the number of labelled pairs that one stands for: 1 for
    a pair that somebody looked at; the many pairs of a merge or an unmerge by hand are one decision, and share its
    weight. A judged pair belongs to the pairs that training sees anyway: its weight there should be this
    label's, with the responsibility of the match class fixed at 1 or 0 (semi-supervised EM, Nigam et al. 2000,
    "Text classification from labeled and unlabeled documents using EM", section 5).
    """
    held, _ = _taken(judgements)
    frame = newest(judgements)
    if {"origin", "at"} <= set(frame.columns):
        by_hand = pl.col("origin").is_in(["merge", "unmerge"])
        share = 1.0 / pl.when(by_hand).then(pl.len().over("origin", "at")).otherwise(1)
    else:
        share = pl.lit(1.0)
    bound = _pairs([*held.positives, *held.negatives])
    kept = frame.join(bound, on=["record_a", "record_b"], how="semi", maintain_order="left")
    return kept.select("record_a", "record_b", "verdict", weight=share).cast(LABEL_SCHEMA).sort("record_a", "record_b")


def pseudo_counts(labels: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
    """What the labels add to the counts of a training: comparison, level, matches, others (summed weights).

    `levels` has record_a, record_b in either order and one column per comparison with the name of the level that the
    pair is on, null where a value is missing: a missing value counts for no level.
    """
    a, b = pl.col("record_a"), pl.col("record_b")
    ordered = levels.with_columns(record_a=pl.min_horizontal(a, b), record_b=pl.max_horizontal(a, b))
    joined = labels.join(ordered.unique(["record_a", "record_b"]), on=["record_a", "record_b"])
    comparisons = [name for name in levels.columns if name not in PAIR_SCHEMA]
    matched = pl.col("verdict") == Verdict.POSITIVE.value
    return (
        joined.unpivot(comparisons, index=["verdict", "weight"], variable_name="comparison", value_name="level")
        .drop_nulls("level")
        .group_by("comparison", "level")
        .agg(
            pl.col("weight").filter(matched).sum().alias("matches"),
            pl.col("weight").filter(~matched).sum().alias("others"),
        )
        .sort("comparison", "level")
    )


class _Held:
    """Verdicts that hold together: groups of records judged to be one, and gaps between the groups."""

    def __init__(self) -> None:
        self.positives: list[tuple[str, str]] = []
        self.negatives: list[tuple[str, str]] = []
        self._parent: dict[str, str] = {}
        self._ties: dict[str, list[tuple[str, str]]] = defaultdict(list)  # record → (record, judgement)
        self._gaps: dict[str, dict[str, tuple[str, str, str]]] = defaultdict(dict)  # root → root → (a, b, judgement)

    def find(self, record: str) -> str:
        parent = self._parent
        while (above := parent.setdefault(record, record)) != record:
            parent[record] = parent[above]
            record = parent[record]
        return record

    def join(self, a: str, b: str, judgement: str) -> tuple[str, ...]:
        """Take a positive verdict in; returns the judgements that forbid it, if any."""
        x, y = self.find(a), self.find(b)
        if gap := self._gaps[x].get(y):
            near, far = (gap[0], gap[1]) if self.find(gap[0]) == x else (gap[1], gap[0])
            return (*self._path(a, near), gap[2], *self._path(far, b))
        self.positives.append((a, b))
        if x != y:
            self._ties[a].append((b, judgement))
            self._ties[b].append((a, judgement))
            self._parent[y] = x
            for other, edge in self._gaps.pop(y, {}).items():
                del self._gaps[other][y]
                self._gaps[x].setdefault(other, edge)
                self._gaps[other].setdefault(x, edge)
        return ()

    def part(self, a: str, b: str, judgement: str) -> tuple[str, ...]:
        """Take a negative verdict in; returns the judgements that forbid it, if any."""
        x, y = self.find(a), self.find(b)
        if x == y:
            return tuple(self._path(a, b))
        self.negatives.append((a, b))
        self._gaps[x].setdefault(y, (a, b, judgement))
        self._gaps[y].setdefault(x, (a, b, judgement))
        return ()

    def groups(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for record in list(self._parent):
            found[self.find(record)].append(record)
        return found

    def _path(self, start: str, end: str) -> list[str]:
        """The judgements by which two records of one group are one (the ties of a group are a tree)."""
        came: dict[str, tuple[str, str]] = {start: ("", "")}
        queue = deque([start])
        while queue and end not in came:
            here = queue.popleft()
            for there, judgement in self._ties[here]:
                if there not in came:
                    came[there] = (here, judgement)
                    queue.append(there)
        steps: list[str] = []
        while end != start:
            end, judgement = came[end]
            steps.append(judgement)
        return steps[::-1]


def _taken(judgements: pl.DataFrame) -> tuple[_Held, list[Contradiction]]:
    held, contradictions = _Held(), []
    for row in newest(judgements).reverse().iter_rows(named=True):
        a, b, verdict = row["record_a"], row["record_b"], row["verdict"]
        if verdict == Verdict.UNSURE.value or a == b:
            continue
        name = row.get("judgement_id") or f"{a}/{b}"
        against = (held.join if verdict == Verdict.POSITIVE.value else held.part)(a, b, name)
        if against:
            contradictions.append(Contradiction(name, against))
    return held, contradictions


def _present(group: Iterable[str], known: set[str] | None) -> list[str]:
    return [record for record in group if known is None or record in known]


def _stands_for(record: str, held: _Held, members: Mapping[str, list[str]]) -> str:
    group = members[held.find(record)]
    return group[0] if group else ""


def _pairs(pairs: Iterable[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(sorted(pairs), schema=PAIR_SCHEMA, orient="row")
