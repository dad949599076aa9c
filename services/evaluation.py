"""Results against a truth."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from core.errors import TruthMissing
from governance.access import AccessContext
from loaders.feeds.opening import open_records
from resolution.evaluation import baseline_key_joins, evaluate
from resolution.kinds import RESOLVED_KINDS
from services.app import App
from services.export import assigned_records

Scores = dict[str, float]


def evaluate_resolution(app: App, context: AccessContext, truth_dir: Path) -> dict[str, dict[str, Scores]]:
    """By kind: `resolved` and `baseline` (exact key joins), each with the fields of `resolution.evaluation.Scores`.

    Truth is `records.parquet` (feed, record_key, kind, entity); only records that are in it count. Raises
    `TruthMissing`, `NothingLoaded`.
    """
    app.audit.record(context, "resolution.evaluate", [])
    file = truth_dir / "records.parquet"
    if not file.is_file():
        raise TruthMissing(f"{truth_dir} 里没有 records.parquet")
    truth = pl.read_parquet(file)
    scores = {}
    for kind in RESOLVED_KINDS:
        true = truth.filter(pl.col("kind") == kind).select("feed", "record_key", "entity")
        if true.is_empty():
            continue
        assigned = assigned_records(app, kind)
        records = open_records(app.lake, kind, app.vault).join(true, on=["feed", "record_key"], how="semi")
        scores[kind] = {
            "resolved": evaluate(assigned, true).as_dict(),
            "baseline": evaluate(baseline_key_joins(kind, records), true).as_dict(),
        }
    return scores
