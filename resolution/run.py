"""One resolution run: records in, entity ids, changes and a report out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any, Final

import polars as pl

from core.catalogue import kind as catalogue_kind
from core.progress import SILENT, Progress
from resolution.clusters.contraction import Clustering, cluster
from resolution.clusters.stable_ids import assign_ids
from resolution.collapse import collapse
from resolution.engine import open_engine
from resolution.features.kinds import FEATURES, features
from resolution.model.model import Model, shipped_model
from resolution.scoring import linker, scored_pairs

# Kinds that carry a register's own number resolve by it; everything else is compared.
EXACT_KEYS: Final = {"household": "household_no"}
# What a record is taken for that agrees with another in the identifier and in all else (bits).
SAME_WEIGHT: Final = 30.0


@dataclass(slots=True)
class RunReport:
    """What each step decided; `as_dict` is JSON-able.

    `compared` records remain after those that say exactly the same were collapsed; `pairs` were scored, `links` lie
    above the threshold. Seconds are wall time by step.
    """

    kind: str
    records: int = 0
    compared: int = 0
    pairs: int = 0
    links: int = 0
    threshold: float | None = None
    clusters: int = 0
    singletons: int = 0
    largest_cluster: int = 0
    contested_components: int = 0
    refused_contractions: int = 0
    dropped_links: int = 0
    oversized_blocks: dict[str, int] = field(default_factory=dict)
    created: int = 0
    merged: int = 0
    split: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Resolution:
    """`assignments`: record_id, entity_id, probability (of the record's strongest link in its cluster; 1.0 alone).

    `changes`: change (created, merged, split), entity_id, other_id.
    """

    assignments: pl.DataFrame
    changes: pl.DataFrame
    report: RunReport


def resolve(
    kind: str,
    records: pl.DataFrame,
    *,
    previous: pl.DataFrame | None = None,
    token: Callable[..., str],
    model: Model | None = None,
    progress: Progress = SILENT,
) -> Resolution:
    """Group `records` (record_id and the kind's catalogue fields in clear) into entities.

    `previous`: record_id, entity_id and, where known, seq. `token` makes opaque ids. Without `model` the shipped one is
    used; household numbers are joined exactly. The result does not depend on the order of the rows. Raises
    `LevelUntrained`, `ModelInvalid`, `RunTooLarge`.
    """
    report = RunReport(kind, records=records.height)
    ordered = records.sort("record_id")
    with progress.task(f"解析 {catalogue_kind(kind).label}", total=4, unit="步") as task:
        if ordered.is_empty():
            clusters = _clusters(ordered, [], [])
        elif kind in EXACT_KEYS:
            clusters = _by_key(ordered, EXACT_KEYS[kind])
        else:
            clusters = _by_comparison(kind, ordered, model or shipped_model(kind), report, task.advance)
        started = time.perf_counter()
        assigned, changes = assign_ids(
            clusters.select("record_id", "cluster"),
            previous,
            prefix=catalogue_kind(kind).id_prefix,
            kind=kind,
            token=token,
        )
        report.seconds["ids"] = _since(started)
    assignments = assigned.with_columns(clusters["probability"])
    _count(report, clusters, changes)
    return Resolution(assignments, changes, report)


def _by_comparison(
    kind: str, records: pl.DataFrame, model: Model, report: RunReport, step: Callable[[], None]
) -> pl.DataFrame:
    declared = model.declaration
    report.threshold = declared.threshold
    started = time.perf_counter()
    frame = features(kind, records)
    report.seconds["features"] = _since(started)
    step()
    started = time.perf_counter()
    collapsed = collapse(frame, declared)
    report.compared = collapsed.frame.height
    with open_engine() as engine:
        made, blocked = linker(engine, collapsed.frame, frame, model)
        pairs = scored_pairs(engine, made)
    report.oversized_blocks = blocked.oversized
    report.pairs = pairs.height
    report.links = pairs.filter(pl.col("weight") > declared.threshold).height
    report.seconds["comparison"] = _since(started)
    step()
    started = time.perf_counter()
    clustering, best = _contract(collapsed.frame, pairs, model)
    report.contested_components = clustering.contested_components
    report.refused_contractions = clustering.refused_contractions
    report.dropped_links = clustering.dropped_links
    report.seconds["clusters"] = _since(started)
    step()
    nodes = collapsed.node.to_list()
    shared = Counter(nodes)
    weights = [max(best.get(node, -inf), SAME_WEIGHT if shared[node] > 1 else -inf) for node in nodes]
    return _clusters(records, [clustering.labels[node] for node in nodes], weights)


def _contract(frame: pl.DataFrame, pairs: pl.DataFrame, model: Model) -> tuple[Clustering, dict[int, float]]:
    threshold, held = model.declaration.threshold, model.declaration.cannot_link
    above = pairs.with_columns(pl.col("weight") - threshold)
    exclusive = frame[held].to_list() if held else [None] * frame.height
    clustering = cluster(frame.height, list(above.iter_rows()), exclusive=exclusive)
    label = pl.Series("label", clustering.labels)
    inside = pairs.filter(label.gather(pairs["a"]) == label.gather(pairs["b"]))
    best = (
        pl.concat([inside.select(node="a", weight="weight"), inside.select(node="b", weight="weight")])
        .group_by("node")
        .agg(pl.col("weight").max())
    )
    return clustering, dict(best.iter_rows())


def _clusters(records: pl.DataFrame, labels: list[int], weights: list[float]) -> pl.DataFrame:
    """A match weight is the log2 of the odds; a record without any link in its cluster is certain to be itself."""
    weight = pl.Series("weight", weights, dtype=pl.Float64)
    return pl.DataFrame({"record_id": records["record_id"], "cluster": pl.Series(labels, dtype=pl.Int64)}).with_columns(
        pl.when(weight.is_infinite()).then(1.0).otherwise(1 / (1 + 2.0**-weight)).alias("probability")
    )


def _by_key(records: pl.DataFrame, field_name: str) -> pl.DataFrame:
    """Records with the same number are one entity; a record without number stands alone."""
    keyed = records.select(
        "record_id", pl.coalesce(pl.col(field_name), pl.concat_str(pl.lit("\x1f"), "record_id")).alias("key")
    )
    return keyed.select(
        "record_id", pl.col("key").rank("dense").cast(pl.Int64).alias("cluster"), pl.lit(1.0).alias("probability")
    )


def _count(report: RunReport, clusters: pl.DataFrame, changes: pl.DataFrame) -> None:
    sizes = clusters["cluster"].value_counts()["count"]
    report.clusters = sizes.len()
    report.singletons = int((sizes == 1).sum())
    report.largest_cluster = int(str(sizes.max() or 0))
    counted = dict(changes["change"].value_counts().iter_rows())
    report.created, report.merged, report.split = (counted.get(c, 0) for c in ("created", "merged", "split"))


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 3)


KINDS: Final = (*FEATURES, *EXACT_KEYS)
