"""Pairwise precision, recall and F1 against a truth, beside a baseline of exact key joins."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from resolution.clusters.components import components
from resolution.features.columns import column

# What a data officer would join on. A pair that agrees in all columns of one row is one entity, and so are chains.
BASELINE_KEYS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "person": (("citizen_id",), ("name", "phone"), ("name", "birth_date", "address")),
    "organization": (("uscc",), ("name",)),
    "dwelling": (("property_no",), ("address",)),
    "household": (("household_no",),),
}


@dataclass(frozen=True, slots=True)
class Scores:
    """Pairs of records: in the truth, in the result, in both."""

    records: int
    true_pairs: int
    found_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float:
        return self.right_pairs / self.found_pairs if self.found_pairs else 1.0

    @property
    def recall(self) -> float:
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "precision": round(self.precision, 6),
            "recall": round(self.recall, 6),
            "f1": round(self.f1, 6),
        }


def evaluate(assignments: pl.DataFrame, truth: pl.DataFrame) -> Scores:
    """Compare `assignments` (feed, record_key, entity_id) with `truth` (feed, record_key, entity) of one kind.

    Records that either side lacks do not count: they were quarantined, or nobody knows the truth about them.
    """
    both = assignments.select("feed", "record_key", "entity_id").join(
        truth.select("feed", "record_key", "entity"), on=["feed", "record_key"]
    )
    return Scores(
        records=both.height,
        true_pairs=_pairs(both, ["entity"]),
        found_pairs=_pairs(both, ["entity_id"]),
        right_pairs=_pairs(both, ["entity", "entity_id"]),
    )


def baseline_key_joins(kind: str, records: pl.DataFrame) -> pl.DataFrame:
    """What exact joins on `BASELINE_KEYS` give: feed, record_key, entity_id (chains closed)."""
    frame = records.select("record_id", "feed", "record_key").sort("record_id").with_row_index("node")
    ordered = records.sort("record_id")
    links: list[pl.DataFrame] = []
    for keys in BASELINE_KEYS[kind]:
        values = pl.DataFrame([column(ordered, key) for key in keys]).with_row_index("node").drop_nulls()
        first = values.with_columns(pl.col("node").min().over(list(keys)).alias("first"))
        links.append(first.select("first", "node"))
    ends = pl.concat(links)
    labels = components(frame.height, ends["first"].to_numpy(), ends["node"].to_numpy())
    return frame.select("feed", "record_key", pl.Series("entity_id", labels).cast(pl.String))


def _pairs(frame: pl.DataFrame, by: list[str]) -> int:
    sizes = frame.group_by(by).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())
