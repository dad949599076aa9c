"""Who resolves the data: this project with a declared kind, and plain Splink."""

from __future__ import annotations

import logging
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from benchmarks.er import plain_splink
from benchmarks.er.datasets import Dataset, declared, read
from resolution.evaluation import Scores, evaluate
from resolution.model.training import train
from resolution.run import resolve

# Where Splink's threshold is sought with the help of labels (bits).
LABELLED_THRESHOLDS: Final = [step / 4 for step in range(-32, 97)]


def run_all(dataset: str, folder: Path) -> list[dict[str, Any]]:
    """Rows of figures, each contender in a process of its own so that its peak memory is its own.

    Raises `FileNotFoundError` when the files do not lie in `folder`.
    """
    read(dataset, folder)
    rows: list[dict[str, Any]] = []
    for contender in CONTENDERS:
        command = [sys.executable, "-m", "benchmarks.er.contenders", contender, dataset, str(folder)]
        rows += orjson.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return rows


def _ours(dataset: str, data: Dataset) -> Iterator[dict[str, Any]]:
    """The declared kind, trained without labels on the records and resolved as any other kind."""
    started = time.perf_counter()
    model = train(declared(dataset), data.records)
    resolved = resolve(dataset, data.records, model=model, token=lambda *parts: "-".join(parts))
    decision = resolved.report.decision or {}
    yield _row("weinao", started, _score(resolved.assignments, data.truth)) | {
        "threshold_bits": decision["threshold"],
        "threshold_by": "expected F1, without labels",
        "expected_precision": decision["expected_precision"],
        "expected_recall": decision["expected_recall"],
        "pairs": resolved.report.pairs,
        "clusters": resolved.report.clusters,
    }


def _splink(dataset: str, data: Dataset) -> Iterator[dict[str, Any]]:
    """At the documentation's threshold, and at the one that labels show to be the best."""
    started = time.perf_counter()
    pairs = plain_splink.scored_pairs(dataset, data.records)
    documented = plain_splink.documented_weight(dataset)
    entities = plain_splink.clusters(data.records, pairs, documented)
    yield _row("splink", started, _score(entities, data.truth)) | {
        "threshold_bits": round(documented, 3),
        "threshold_by": "documentation",
        "pairs": pairs.height,
        "clusters": entities["entity_id"].n_unique(),
    }
    at = {
        threshold: _score(plain_splink.clusters(data.records, pairs, threshold), data.truth)
        for threshold in LABELLED_THRESHOLDS
    }
    best = max(at, key=lambda threshold: at[threshold].f1)
    yield _row("splink", started, at[best]) | {"threshold_bits": best, "threshold_by": "labels"}


def _row(contender: str, started: float, scores: Scores) -> dict[str, Any]:
    return {
        "contender": contender,
        **scores.as_dict(),
        "seconds": round(time.perf_counter() - started, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _score(entities: pl.DataFrame, truth: pl.DataFrame) -> Scores:
    """Pairs of records that `entities` (record_id, entity_id) puts together, against `truth` (record_id, entity)."""
    named = pl.lit("").alias("feed"), pl.col("record_id").alias("record_key")
    return evaluate(entities.with_columns(named), truth.with_columns(named))


CONTENDERS: Final[dict[str, Callable[[str, Dataset], Iterator[dict[str, Any]]]]] = {"weinao": _ours, "splink": _splink}

if __name__ == "__main__":
    name, dataset, folder = sys.argv[1:]
    logging.getLogger("splink").setLevel(logging.ERROR)
    sys.stdout.buffer.write(orjson.dumps(list(CONTENDERS[name](dataset, read(dataset, Path(folder))))))
