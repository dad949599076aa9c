"""The comparison of one run on Spark: what `resolution.run` does on one machine, with the same result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from core.errors import EngineFailed, RunTooLarge
from resolution.clusters.threshold import decide
from resolution.features.standardise import Context
from resolution.grouping import clusters_of, judged, kept_apart, relevant
from resolution.model.adaptation import adapt
from resolution.model.declaration import Declaration
from resolution.model.model import Model
from resolution.scoring import POPULATION_FLOOR
from resolution.spark.clusters import contract
from resolution.spark.features import fit_and_standardise, usage_of
from resolution.spark.frames import fetch, upload
from resolution.spark.nodes import collapse, with_keys
from resolution.spark.scoring import frequency_tables, scored_pairs
from resolution.state import State

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from resolution.run import RunReport

# The model adapts to as many records on the driver; its sessions draw no more pairs from ten times as many.
ADAPT_RECORDS: Final = 1_000_000


def by_comparison(
    session: SparkSession,
    records: pl.DataFrame,
    model: Model,
    judgements: pl.DataFrame | None,
    run_id: str,
    report: RunReport,
    step: Callable[[], None],
) -> tuple[pl.DataFrame, State]:
    """Clusters of `records` (sorted by record_id) and the state, as `resolution.run` makes them on one machine.

    Standardisation, comparison and clustering run in the `session`; records and results pass through the driver.
    Raises `EngineFailed`, `RunTooLarge`, `ModelInvalid`, `EvidenceMissing`.
    """
    with _failures_named():
        return _by_comparison(session, records, model, judgements, run_id, report, step)


def _by_comparison(
    session: SparkSession,
    records: pl.DataFrame,
    model: Model,
    judgements: pl.DataFrame | None,
    run_id: str,
    report: RunReport,
    step: Callable[[], None],
) -> tuple[pl.DataFrame, State]:
    declared, base = model.declaration, model.digest
    with report.timed("features"):
        context, frame = fit_and_standardise(declared, upload(session, _declared(declared, records)))
        frame = frame.localCheckpoint()
        context = Context(context.learned, usage_of(declared, frame))
    step()
    with report.timed("model"):
        model, report.model = _adapted(model, frame, records.height)
        tables = frequency_tables(frame, model)
        frequencies = {column: fetch(table).sort(column) for column, table in tables.items()}
        population = max(records.height, POPULATION_FLOOR)
    step()
    with report.timed("comparison"):
        nodes, members = collapse(frame, declared, kept_apart(judgements))
        keyed, report.oversized_blocks = with_keys(nodes, declared)
        pairs = scored_pairs(keyed, model, tables, population)
        local_nodes, local_members = fetch(nodes).sort("node").drop("node"), fetch(members).sort("record_id")
        report.compared, report.pairs = local_nodes.height, pairs.count()
    step()
    with report.timed("clusters"):
        decision = decide(fetch(pairs.select("weight"))["weight"].to_numpy(), declared.objective)
        verdicts = judged(judgements, local_members)
        clustering, inside = contract(
            nodes,
            pairs,
            decision.threshold,
            exclusive=declared.cannot_link,
            together=verdicts.together,
            apart=verdicts.apart,
            absent=declared.absent,
        )
        # Doubtful pairs count wherever they are, all others within a component only.
        doubtful = f"weight > {min(decision.lower, decision.threshold)!r}D"
        some = fetch(pairs.where(doubtful).unionAll(inside.where(f"NOT ({doubtful})"))).sort("a", "b")
        some = relevant(local_nodes.height, some.with_columns(pl.col("a", "b").cast(pl.Int32)), decision)
    report.decision, report.judgements = decision.as_dict(), verdicts.report
    report.clustering = {item.name: getattr(clustering, item.name) for item in fields(clustering)[1:]}
    step()
    state = State(
        run_id=run_id,
        base=base,
        model=model,
        context=context,
        frequencies=frequencies,
        population=population,
        nodes=local_nodes,
        members=local_members,
        pairs=some,
        decision=decision,
        judgements=verdicts.frame,
    )
    return clusters_of(local_members, some, clustering.labels), state


def _declared(declared: Declaration, records: pl.DataFrame) -> pl.DataFrame:
    """Only the columns that a feature reads, as text."""
    sources = {source for feature in declared.features for source in feature.sources}
    present = [name for name in records.columns if name in sources]
    return records.select("record_id", pl.col(present).cast(pl.String))


def _adapted(model: Model, frame: DataFrame, records: int) -> tuple[Model, dict[str, Any]]:
    """The model adapted to a sample by record_id; in a sample every record has fewer mates, in proportion."""
    share = min(1.0, ADAPT_RECORDS / max(records, 1))
    chosen = frame if share == 1.0 else frame.where(f"pmod(xxhash64(record_id), 1000000) < {share * 1_000_000:.0f}")
    sample = fetch(chosen).sort("record_id").drop("record_id")
    adapted, report = adapt(model, sample)
    if share == 1.0:
        return adapted, report
    return replace(adapted, mates=adapted.mates * records / max(sample.height, 1)), report | {"sample": sample.height}


@contextmanager
def _failures_named() -> Iterator[None]:
    """A failure of Spark as one of ours, without its text: a trace may quote a value."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        if "OutOfMemory" in str(error):
            raise RunTooLarge("Spark 的执行进程内存不足") from None
        raise EngineFailed(f"Spark 上的解析中断：{type(error).__name__}") from None
