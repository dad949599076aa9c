"""The review queue: which question to a person is worth most.

A question asks whether two parts of the records are one entity, and shows one pair of records for it. Its value is

    value = H(p) × (records in the one part + records in the other)

where H is the entropy in bits, -p log2 p - (1 - p) log2(1 - p), of the probability p that a match weight w (bits, prior
included) stands for: an answer is worth the uncertainty that it removes, for each record that it moves. p is the run's
calibration as far as the review band tells it, the logistic curve through the ends of the band.

- *Between two clusters*, the parts are the clusters and w the weight of a pair between them, asked from the lower end
  of the review band up. At the upper end and above, evidence says yes and the clustering no: they cancel, H = 1.
- *Within a cluster*, the links are drawn from the strongest to the weakest (Kruskal 1956: a maximum spanning tree);
  each tie of the tree is what holds two parts together, and is asked about when its weight lies below the upper end of
  the band. A pair that is no tie has the evidence of the strongest path between its records, whose weakest link weighs
  β, beside its own, w less the prior: it speaks for a cut at that link where β + w - prior is below the upper end. What
  lies below the lower end of the band, and is in one cluster all the same, counts H = 1.

One pair stands for each question, the most uncertain. Questions that a judgement has answered are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, log, log2
from operator import itemgetter
from typing import Final

import polars as pl

from resolution.clusters.threshold import BAND, Decision

QUESTIONS: Final = pl.Schema(
    {
        "record_a": pl.String,
        "record_b": pl.String,
        "entity_a": pl.String,
        "entity_b": pl.String,
        "reason": pl.String,
        "weight": pl.Float64,
        "probability": pl.Float64,
        "uncertainty": pl.Float64,
        "records": pl.Int64,
        "value": pl.Float64,
    }
)
REASONS: Final = {
    "doubtful": "证据不足以断定",
    "kept_apart": "证据说是同一个，归一却分开了",
    "held_together": "证据说不是同一个，归一却合在一起",
}


@dataclass(frozen=True, slots=True)
class Band:
    """Match weights in bits, prior included: below `lower` a pair is rejected, from `upper` on accepted.

    `prior` is the weight of a pair of which nothing is known. A weight w stands for the probability
    1 / (1 + 2^-(slope (w - even))).
    """

    lower: float
    upper: float
    prior: float
    even: float = 0.0
    slope: float = 1.0


def band_of(decision: Decision, prior: float) -> Band:
    """The band of a run; `prior` is the probability that two random records are of one entity.

    The ends lie where the calibration reaches the probabilities `BAND`. An end that the threshold has pushed out tells
    nothing of the curve, which then runs through the other with the slope of the weights themselves.
    """
    low, high = (log2(p / (1 - p)) for p in BAND)
    lower, upper, pushed = decision.lower, decision.upper, decision.threshold
    even, slope = 0.0, 1.0
    if lower < pushed < upper:
        slope = (high - low) / (upper - lower)
        even = lower - low / slope
    elif lower < pushed:
        even = lower - low
    elif pushed < upper:
        even = upper - high
    return Band(lower, upper, log2(prior / (1 - prior)), even, slope)


def questions(members: pl.DataFrame, pairs: pl.DataFrame, band: Band, judged: pl.DataFrame) -> pl.DataFrame:
    """All open questions, the most valuable first; columns as `QUESTIONS`, in an order that is always the same.

    `members`: record_id, node, entity_id. `pairs`: a, b (nodes), weight (bits). `judged`: record_a, record_b, verdict
    of the newest judgements. `weight` is the pair's own; `probability` is p above.
    """
    members = members.select(pl.col("record_id", "entity_id").cast(pl.String), pl.col("node").cast(pl.Int64))
    nodes = members.group_by("node", "entity_id").agg(
        pl.col("record_id").min().alias("record"), pl.len().cast(pl.Int64).alias("records")
    )
    # Records alike in all that is compared are one node, in one entity unless a judgement parted them.
    order = ["node", "records", "record"]
    nodes = nodes.sort(order, descending=[False, True, False]).unique("node", keep="first", maintain_order=True)
    nodes = nodes.rename({"entity_id": "entity"})
    known = pairs.select(pl.col("a", "b").cast(pl.Int64), pl.col("weight").cast(pl.Float64))
    for side in ("a", "b"):
        told = nodes.select(
            pl.col("node").alias(side), *(pl.col(c).alias(f"{c}_{side}") for c in ("entity", "record", "records"))
        )
        known = known.join(told, on=side)
    answered = _by_entity(members, judged)
    same = pl.col("entity_a") == pl.col("entity_b")
    between = _between(known.filter(~same), members, band, answered)
    within = _within(known.filter(same), band, answered)
    return pl.concat([between, within]).sort("value", "record_a", "record_b", descending=[True, False, False])


def _posterior(weight: pl.Expr, band: Band) -> pl.Expr:
    odds = (band.slope * (weight - band.even)).clip(-500.0, 500.0)
    return 1.0 / (1.0 + (-odds * log(2.0)).exp())


def _entropy(p: pl.Expr) -> pl.Expr:
    inside = p.clip(1e-15, 1.0 - 1e-15)
    return -(inside * inside.log(2.0) + (1.0 - inside) * (1.0 - inside).log(2.0))


def _by_entity(members: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Judged pairs with the node and the entity of both records; of records that have gone nothing is asked."""
    result = judged.select("record_a", "record_b", "verdict")
    for side in ("a", "b"):
        told = members.select(
            pl.col("record_id").alias(f"record_{side}"),
            pl.col("node").alias(side),
            pl.col("entity_id").alias(f"entity_{side}"),
        )
        result = result.join(told, on=f"record_{side}")
    return result


def _between(known: pl.DataFrame, members: pl.DataFrame, band: Band, answered: pl.DataFrame) -> pl.DataFrame:
    a, b = pl.col("entity_a"), pl.col("entity_b")
    couple = [pl.min_horizontal(a, b).alias("low"), pl.max_horizontal(a, b).alias("high")]
    sizes = members.group_by("entity_id").agg(pl.len().cast(pl.Int64).alias("size"))
    over = pl.col("weight") >= band.upper
    asked = (
        known.filter(pl.col("weight") >= band.lower)
        .with_columns(*couple)
        .join(answered.select(*couple), on=["low", "high"], how="anti")
        .with_columns(probability=_posterior(pl.col("weight"), band))
        .with_columns(
            uncertainty=pl.when(over).then(1.0).otherwise(_entropy(pl.col("probability"))),
            reason=pl.when(over).then(pl.lit("kept_apart")).otherwise(pl.lit("doubtful")),
        )
        .sort("uncertainty", "weight", "record_a", "record_b", descending=[True, True, False, False])
        .unique(["low", "high"], keep="first", maintain_order=True)
        .join(sizes, left_on="entity_a", right_on="entity_id")
        .join(sizes, left_on="entity_b", right_on="entity_id", suffix="_b")
    )
    return _shaped(asked.with_columns(records=pl.col("size") + pl.col("size_b")))


def _within(known: pl.DataFrame, band: Band, answered: pl.DataFrame) -> pl.DataFrame:
    weak = known.filter(pl.col("weight") < band.upper).select("entity_a").unique()
    contested = known.join(weak, on="entity_a", how="semi").sort("entity_a", "a", "b")
    settled = _settled(answered)
    columns = ("a", "b", "weight", "records_a", "records_b")
    found = []
    for entity, rows in groupby(contested.select("entity_a", *columns).iter_rows(), key=itemgetter(0)):
        found += _ties([row[1:] for row in rows], band, *settled.get(entity, ([], [])))
    schema = {"a": pl.Int64, "b": pl.Int64, "odds": pl.Float64, "records": pl.Int64}
    frame = pl.DataFrame(found, schema=schema, orient="row").join(contested, on=["a", "b"])
    against = pl.col("odds") < band.lower
    asked = frame.with_columns(probability=_posterior(pl.col("odds"), band)).with_columns(
        uncertainty=pl.when(against).then(1.0).otherwise(_entropy(pl.col("probability"))),
        reason=pl.when(against | (pl.col("weight") < band.lower))
        .then(pl.lit("held_together"))
        .otherwise(pl.lit("doubtful")),
    )
    return _shaped(asked)


_Nodes = list[tuple[int, int]]


def _settled(answered: pl.DataFrame) -> dict[str, tuple[_Nodes, _Nodes]]:
    """Node pairs within one entity that were judged positive, and those judged otherwise."""
    inside = answered.filter(pl.col("entity_a") == pl.col("entity_b"), pl.col("a") != pl.col("b"))
    found: dict[str, tuple[_Nodes, _Nodes]] = defaultdict(lambda: ([], []))
    for entity, a, b, verdict in inside.select("entity_a", "a", "b", "verdict").iter_rows():
        found[entity][0 if verdict == "positive" else 1].append((a, b))
    return found


def _ties(
    pairs: Sequence[tuple[int, int, float, int, int]],
    band: Band,
    yes: Iterable[tuple[int, int]],
    other: Iterable[tuple[int, int]],
) -> list[tuple[int, int, float, int]]:
    """Open questions of one cluster: the pair that stands for each, its odds (bits), the records in both parts.

    `pairs`: a, b, weight, records of a, records of b. `yes` were judged positive and bind first; `other` were answered
    in another way, so their tie is no open question.
    """
    sizes = {node: size for a, b, _, x, y in pairs for node, size in ((a, x), (b, y))}
    tree = _Tree(sizes)
    for a, b in sorted(yes):
        tree.join(a, b, inf)
    best: dict[int, tuple[float, int, int, float]] = {}  # tie → (distance from even odds, a, b, odds)
    for a, b, weight, *_ in sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1])):
        tie = tree.join(a, b, weight)
        if tie is not None:
            odds = weight
        elif weight < band.upper:
            tie = tree.tie(a, b)
            odds = tree.weight[tie] + weight - band.prior
        if tie is not None and odds < band.upper:
            rank = (0.0 if odds < band.lower else abs(odds - band.even), a, b, odds)
            best[tie] = min(best.get(tie, rank), rank)
    for a, b in other:
        if tree.connected(a, b):
            best.pop(tree.tie(a, b), None)
    return [(a, b, odds, tree.records[tie]) for tie, (_, a, b, odds) in sorted(best.items())]


class _Tree:
    """A maximum spanning tree as it grows; each tie is a node above the two parts that it joins."""

    def __init__(self, sizes: dict[int, int]) -> None:
        self._root = {node: ("node", node) for node in sizes}
        self._sizes = sizes
        self._above: dict[tuple[str, int], int] = {}
        self._parts: dict[tuple[str, int], tuple[list[int], int]] = {
            ("node", node): ([node], size) for node, size in sizes.items()
        }
        self.weight: list[float] = []
        self.records: list[int] = []

    def join(self, a: int, b: int, weight: float) -> int | None:
        """Tie two parts together; None where they are one already, or where a node is not of this cluster."""
        if a not in self._root or b not in self._root or self._root[a] == self._root[b]:
            return None
        tie = len(self.weight)
        (few, x), (many, y) = sorted(
            (self._parts.pop(self._root[node]) for node in (a, b)), key=lambda part: len(part[0])
        )
        for root in (self._root[a], self._root[b]):
            self._above[root] = tie
        self._parts["tie", tie] = (many + few, x + y)
        for node in many + few:
            self._root[node] = ("tie", tie)
        self.weight.append(weight)
        self.records.append(x + y)
        return tie

    def connected(self, a: int, b: int) -> bool:
        return a in self._root and b in self._root and self._root[a] == self._root[b]

    def tie(self, a: int, b: int) -> int:
        """The weakest tie on the path between two connected nodes: the first that lies above both."""
        above = set()
        here: tuple[str, int] = ("node", a)
        while here in self._above:
            here = ("tie", self._above[here])
            above.add(here[1])
        here = ("node", b)
        while here in self._above:
            here = ("tie", self._above[here])
            if here[1] in above:
                return here[1]
        raise KeyError((a, b))


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per question in the shape of `QUESTIONS`, the smaller record first."""
    turned = pl.col("record_a") > pl.col("record_b")
    ordered = frame.with_columns(
        pl.when(turned).then(pl.col(f"{name}_{second}")).otherwise(pl.col(f"{name}_{first}")).alias(f"{name}_{first}")
        for name in ("record", "entity")
        for first, second in (("a", "b"), ("b", "a"))
    )
    return ordered.with_columns(value=pl.col("uncertainty") * pl.col("records")).select(*QUESTIONS).cast(QUESTIONS)
