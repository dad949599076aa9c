"""Results as files for others."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from core.errors import HomeNotWritable, InvalidSetting, NothingLoaded
from governance.access import AccessContext
from services.app import App
from services.kinds import checked_kind


def assigned_records(app: App, kind: str) -> pl.DataFrame:
    """feed, record_key, record_id, entity_id, probability, match_weight of each current record of a kind.

    Raises `NothingLoaded`.
    """
    records = app.lake.current(f"records_{kind}", ["record_id", "feed", "record_key"])
    assignments = app.lake.current("assignments", ["record_id", "kind", "entity_id", "probability", "weight"])
    joined = records.join(assignments.filter(pl.col("kind") == kind).drop("kind"), on="record_id", how="inner")
    if joined.is_empty():
        raise NothingLoaded(f"还没有 {kind} 的归一结果", remedy="请先运行 weinao load 与 weinao resolve。")
    return joined.select("feed", "record_key", "record_id", "entity_id", "probability", match_weight="weight").sort(
        "feed", "record_key"
    )


def export_assignments(app: App, context: AccessContext, kind: str, out: Path) -> int:
    """Write feed, record_key, entity_id, probability, match_weight (bits, of the record's strongest link in its entity;
    empty for a record alone) to a CSV or Parquet file; returns the number of rows.
    """
    app.audit.record(context, "assignments.export", [])
    if out.suffix not in {".csv", ".parquet"}:
        raise InvalidSetting("--out 的扩展名应为 .csv 或 .parquet", remedy="例如 --out assignments.csv。")
    frame = assigned_records(app, checked_kind(kind)).drop("record_id")
    try:
        if out.suffix == ".csv":
            frame.write_csv(out)
        else:
            frame.write_parquet(out)
    except (OSError, pl.exceptions.PolarsError):
        raise HomeNotWritable(f"{out} 无法写入", remedy="请检查 --out 所在的文件夹是否存在、是否可写。") from None
    return frame.height
