"""The synthetic town against its truth: this project as it ships, beside plain Splink on the same records."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl

from benchmarks.er import plain_town
from benchmarks.er.plain_splink import clusters
from core.settings import Settings
from loaders.feeds.opening import open_records
from loaders.town.generate import generate
from resolution.clusters.components import components
from resolution.evaluation import Scores, evaluate
from resolution.features.standardise import fit_and_standardise
from resolution.model.declaration import Declaration
from resolution.model.model import shipped_model
from resolution.run import resolve
from services.app import App, open_app
from services.identity import reader
from services.loading import load_town
from services.training import with_context

# Where Splink's threshold is sought with the help of labels (bits).
LABELLED_THRESHOLDS: Final = [float(step) for step in range(-24, 25, 2)]
KINDS: Final = ("person", "organization", "dwelling")


def run(
    people: int, *, seed: int = 1, kinds: tuple[str, ...] = KINDS, home: Path | None = None
) -> list[dict[str, Any]]:
    """A row of figures for each kind and contender; every true link counts.

    `home` is a loaded home with its town in `home`/town; without it a town is made and loaded in a temporary folder.
    `unshared_pairs` are the true links that no shared evidence could find, `recall_of_shared` is the recall without
    them. Seconds are of resolution alone.
    """
    if home is not None:
        with open_app(Settings(home=home), start_database=False) as app:
            return _figures(app, home / "town", kinds)
    with tempfile.TemporaryDirectory() as folder, open_app(Settings(home=Path(folder)), start_database=False) as app:
        town = Path(folder) / "town"
        generate(town, people=people, seed=seed)
        load_town(app, reader(app.settings), town)
        return _figures(app, town, kinds)


def _figures(app: App, town: Path, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    truth = pl.read_parquet(town / "truth" / "records.parquet")
    rows = []
    for kind in kinds:
        records = open_records(app.lake, kind, app.vault).sort("record_id")
        true = truth.filter(pl.col("kind") == kind).select("feed", "record_key", "entity")
        widened = with_context(app, kind, records)
        unshared = unshared_pairs(widened, true, shipped_model(kind).declaration)
        for row in (*_ours(kind, widened, true), *_splink(kind, records, true)):
            scores = row.pop("scores")
            rows.append({"kind": kind, **row, **_row(scores, unshared)})
    return rows


def _ours(kind: str, records: pl.DataFrame, true: pl.DataFrame) -> Iterator[dict[str, Any]]:
    started = time.perf_counter()
    resolved = resolve(kind, records, model=shipped_model(kind), token=lambda *parts: "-".join(parts))
    decision = resolved.report.decision or {}
    yield {
        "contender": "weinao",
        "threshold_bits": decision["threshold"],
        "threshold_by": f"{decision['objective']}, without labels",
        "expected_precision": decision["expected_precision"],
        "expected_recall": decision["expected_recall"],
        "seconds": round(time.perf_counter() - started, 1),
        "scores": evaluate(records.join(resolved.assignments, on="record_id"), true),
    }


def _splink(kind: str, records: pl.DataFrame, true: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """At the documentation's threshold, and at the one that labels show to be the best."""
    started = time.perf_counter()
    pairs = plain_town.scored_pairs(kind, records)
    seconds = round(time.perf_counter() - started, 1)
    at = {
        threshold: evaluate(records.join(clusters(records, pairs, threshold), on="record_id"), true)
        for threshold in (plain_town.THRESHOLD, *LABELLED_THRESHOLDS)
    }
    best = max(at, key=lambda threshold: at[threshold].f1)
    for threshold, by in ((plain_town.THRESHOLD, "documentation"), (best, "labels")):
        yield {
            "contender": "splink",
            "threshold_bits": round(threshold, 3),
            "threshold_by": by,
            "seconds": seconds,
            "scores": at[threshold],
        }


def _row(scores: Scores, unshared: int) -> dict[str, Any]:
    shared = scores.true_pairs - unshared
    return scores.as_dict() | {
        "unshared_pairs": unshared,
        "recall_of_shared": round(min(1.0, scores.right_pairs / shared), 6) if shared else 1.0,
    }


def unshared_pairs(records: pl.DataFrame, truth: pl.DataFrame, declared: Declaration) -> int:
    """How many true pairs no shared evidence could find.

    Two records of an entity share evidence when they agree in all columns of a declared blocking key, or when a chain
    of records of the entity leads from one to the other by such agreements. A complaint that gives a name and no more
    shares none with anything.
    """
    _, frame = fit_and_standardise(declared, records)
    entity = records.select("feed", "record_key").join(
        truth, on=["feed", "record_key"], how="left", maintain_order="left"
    )["entity"]
    rows = frame.with_columns(entity.alias("@entity")).with_row_index("@node").filter(pl.col("@entity").is_not_null())
    links = [
        rows.drop_nulls(list(key.columns)).select(
            pl.col("@node").min().over("@entity", *key.columns).alias("first"), pl.col("@node").alias("node")
        )
        for key in declared.blocking
    ]
    linked = pl.concat(links)
    part = components(frame.height, linked["first"].to_numpy(), linked["node"].to_numpy())
    rows = rows.select("@entity", "@node").with_columns(pl.Series(part).gather(rows["@node"]).alias("@part"))
    return _pairs(rows, ["@entity"]) - _pairs(rows, ["@entity", "@part"])


def _pairs(rows: pl.DataFrame, by: list[str]) -> int:
    sizes = rows.group_by(by).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())
