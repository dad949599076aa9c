"""One resolution run: records in, entity ids, changes, a report and the state for what comes after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import polars as pl

from core.catalogue import KINDS
from core.progress import SILENT, Progress
from resolution.clusters.stable_ids import assign_ids
from resolution.collapse import collapse
from resolution.engine import open_engine
from resolution.features.standardise import fit_and_standardise
from resolution.grouping import choose, clusters_of, contract, judged, judged_rows, kept_apart
from resolution.kinds import EXACT_KEYS
from resolution.model.adaptation import adapt
from resolution.model.model import Model
from resolution.model.sampling import needed_columns
from resolution.scoring import frequency_tables, linker, population_of, scored_pairs
from resolution.state import State


@dataclass(slots=True)
class RunReport:
    """What each step decided; `as_dict` is JSON-able.

    `compared` records remain after those that say exactly the same were collapsed; `pairs` were scored. `decision` is
    the threshold, the review band and the pairs on either side. Seconds are wall time by step.
    """

    kind: str
    records: int = 0
    compared: int = 0
    pairs: int = 0
    decision: dict[str, Any] | None = None
    model: dict[str, Any] = field(default_factory=dict)
    clusters: int = 0
    singletons: int = 0
    largest_cluster: int = 0
    clustering: dict[str, int] = field(default_factory=dict)
    oversized_blocks: dict[str, int] = field(default_factory=dict)
    judgements: dict[str, Any] = field(default_factory=dict)
    created: int = 0
    merged: int = 0
    split: int = 0
    retired: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[step] = round(time.perf_counter() - started, 3)


@dataclass(frozen=True, slots=True)
class Resolution:
    """`assignments`: record_id, entity_id, probability, weight (of the record's strongest link in its cluster, bits;
    1.0 and null for a record alone).

    `changes`: change (created, merged, split), entity_id, other_id. `state` is null for kinds with an exact key.
    """

    assignments: pl.DataFrame
    changes: pl.DataFrame
    report: RunReport
    state: State | None


def by_comparison(
    records: pl.DataFrame,
    model: Model,
    judgements: pl.DataFrame | None,
    run_id: str,
    report: RunReport,
    step: Callable[[], None],
) -> tuple[pl.DataFrame, State]:
    """Compare and cluster on this machine: Splink on DuckDB, in memory."""
    declared, base = model.declaration, model.digest
    with report.timed("features"):
        context, frame = fit_and_standardise(declared, records)
        frame = frame.select(needed_columns(frame.columns, declared))
        record_ids = records["record_id"]
        del records  # at scale each of these frames is worth as much memory as the database
    step()
    with report.timed("model"):
        model, report.model = adapt(model, frame, judged_rows(judgements, record_ids))
        frequencies, population = frequency_tables(frame, model), population_of(frame)
    step()
    with report.timed("comparison"):
        collapsed = collapse(frame, declared, alone=record_ids.is_in(list(kept_apart(judgements, record_ids))))
        nodes, report.compared = collapsed.frame, collapsed.frame.height
        del frame
        with open_engine(nodes.height) as engine:
            made, blocked = linker(engine, nodes, model, frequencies, population)
            pairs = scored_pairs(engine, made)
        report.oversized_blocks, report.pairs = blocked.oversized, pairs.height
    step()
    members = pl.DataFrame([record_ids, collapsed.node.alias("node")])
    with report.timed("threshold"):
        decision = choose(model, nodes, members, pairs, frequencies, population)
    with report.timed("clusters"):
        verdicts = judged(judgements, members)
        clustering = contract(nodes, pairs, decision, verdicts, members, declared)
    report.decision, report.judgements = asdict(decision), verdicts.report
    report.clustering = {item.name: getattr(clustering, item.name) for item in fields(clustering)[1:]}
    step()
    state = State(
        run_id=run_id,
        base=base,
        model=model,
        context=context,
        frequencies=frequencies,
        population=population,
        nodes=nodes,
        members=members,
        pairs=pairs,
        decision=decision,
        judgements=verdicts.frame,
    )
    return clusters_of(members, pairs, clustering.labels), state


# Records sorted by record_id, the model to start from, judgements, run id, the report to fill, a call after each step →
# record_id, node, cluster, probability, weight of each record, and the state without entity ids.
Comparison = Callable[
    [pl.DataFrame, Model, pl.DataFrame | None, str, RunReport, Callable[[], None]], tuple[pl.DataFrame, State]
]


def resolve(
    kind: str,
    records: pl.DataFrame,
    *,
    previous: pl.DataFrame | None = None,
    homes: pl.DataFrame | None = None,
    judgements: pl.DataFrame | None = None,
    token: Callable[..., str],
    model: Model | None = None,
    run_id: str = "",
    compare: Comparison = by_comparison,
    progress: Progress = SILENT,
) -> Resolution:
    """Group `records` (record_id and the kind's declared fields in clear) into entities.

    `previous`: record_id, entity_id and, where known, seq; `homes`: record_id, home (both as in `assign_ids`).
    `judgements`: judgement_id, record_a, record_b, verdict, at. `token` makes opaque ids. `model` is None for kinds
    that join by their register's own number; `compare` is where records are compared. The result does not depend on the
    order of the rows.

    Raises `EvidenceMissing`, `LevelUntrained`, `ModelInvalid`, `RunTooLarge`.
    """
    report = RunReport(kind, records=records.height)
    catalogued = KINDS.get(kind)
    named, prefix = (catalogued.label, catalogued.id_prefix) if catalogued else (kind, kind)
    with progress.task(f"解析 {named}", total=5, unit="步") as task:
        if model is None:
            clusters, state = _by_key(_in_order(records, {EXACT_KEYS[kind]}), EXACT_KEYS[kind]), None
        else:
            sources = {source for feature in model.declaration.features for source in feature.sources}
            clusters, state = compare(_in_order(records, sources), model, judgements, run_id, report, task.advance)
        with report.timed("ids"):
            assigned, changes = assign_ids(
                clusters.select("record_id", "cluster"), previous, homes=homes, prefix=prefix, kind=kind, token=token
            )
    assignments = assigned.with_columns(clusters["probability"], clusters["weight"])
    _count(report, clusters, changes)
    if state is not None:
        members = pl.DataFrame([assignments["record_id"], clusters["node"]]).with_columns(
            assignments["entity_id"], assignments["probability"], assignments["weight"]
        )
        state = replace(state, members=members, report=report.as_dict())
    return Resolution(assignments, changes, report, state)


def _in_order(records: pl.DataFrame, fields: set[str]) -> pl.DataFrame:
    """The record ids and `fields`, in the order of the ids."""
    chosen = records.select(name for name in records.columns if name == "record_id" or name in fields)
    return chosen if chosen["record_id"].is_sorted() else chosen.sort("record_id")


def _by_key(records: pl.DataFrame, field_name: str) -> pl.DataFrame:
    """Records with the same number are one entity; a record without number stands alone."""
    key = pl.coalesce(pl.col(field_name), pl.concat_str(pl.lit("\x1f"), "record_id"))
    return records.select(
        "record_id",
        key.rank("dense").cast(pl.Int64).alias("cluster"),
        pl.lit(None, dtype=pl.Int64).alias("node"),
        pl.lit(1.0).alias("probability"),
        pl.lit(None, dtype=pl.Float64).alias("weight"),
    )


def _count(report: RunReport, clusters: pl.DataFrame, changes: pl.DataFrame) -> None:
    sizes = clusters["cluster"].value_counts()["count"]
    report.clusters = sizes.len()
    report.singletons = int((sizes == 1).sum())
    report.largest_cluster = int(str(sizes.max() or 0))
    counted = dict(changes["change"].value_counts().iter_rows())
    report.created, report.merged, report.split, report.retired = (
        counted.get(change, 0) for change in ("created", "merged", "split", "retired")
    )
