"""Train a resolution model on the records of this home, and which model a run uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from core.clock import local_today
from core.errors import InvalidSetting, ModelInvalid, NothingLoaded, TruthMissing
from core.progress import SILENT, Progress
from governance.access import AccessContext
from loaders.feeds.opening import open_records
from resolution.features.context import (
    COMPANY_RELATIONS,
    DOOR_RELATIONS,
    HOUSEHOLD_RELATIONS,
    with_related,
    with_related_addresses,
)
from resolution.kinds import EXACT_KEYS
from resolution.model.declaration import declaration
from resolution.model.model import Model, load_model, shipped_model
from resolution.model.training import train
from services.app import App
from services.kinds import checked_kind


def model_of(app: App, kind: str) -> Model | None:
    """The model trained in this home, else the shipped one; None for kinds that resolve by an exact key.

    Raises `ModelInvalid`.
    """
    if kind in EXACT_KEYS:
        return None
    own = _file(app, kind)
    if not own.is_file():
        return shipped_model(kind)
    model = load_model(own)
    if model.kind != kind:
        raise ModelInvalid(f"模型文件 {own.name} 是“{model.kind}”的模型，不是“{kind}”的")
    return model


def with_context(app: App, kind: str, records: pl.DataFrame) -> pl.DataFrame:
    """Opened records with what the other mentions of their rows add.

    A person's door, company and household number, and the name of whom a row knows at a dwelling.
    """
    lake = app.lake
    if kind not in ("person", "dwelling"):
        return records
    relations = lake.current("relations", ["type", "from_id", "to_id"])
    if kind == "dwelling":
        # A minor's name stays sealed: who opens a door needs no more than the grown-ups.
        persons = lake.current("records_person", ["record_id", "name"])
        persons = persons.filter(~pl.col("name").str.contains("*", literal=True))
        return with_related(
            records, persons, relations, types=DOOR_RELATIONS, value="name", column="resident", reverse=True
        )
    records = with_related_addresses(records, lake.current("records_dwelling", ["feed", "record_key", "address"]))
    organizations = lake.current("records_organization", ["record_id", "name"])
    records = with_related(
        records, organizations, relations, types=COMPANY_RELATIONS, value="name", column="related_employer"
    )
    households = lake.current("records_household", ["record_id", "household_no"])
    return with_related(
        records, households, relations, types=HOUSEHOLD_RELATIONS, value="household_no", column="household_no"
    )


def train_model(
    app: App,
    context: AccessContext,
    kind: str,
    *,
    truth: Path | None = None,
    out: Path | None = None,
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """Train on the current records, with the labels of a truth folder where there is one; returns file and size.

    Written to the models of this home unless `out` names a file. Raises `LevelUntrained` when the data never shows a
    level, `NothingLoaded`, `TruthMissing`.
    """
    app.audit.record(context, "model.train", [])
    if checked_kind(kind) in EXACT_KEYS:
        raise InvalidSetting(
            f"{kind} 按编号精确归一，不需要模型", remedy="可训练的类别：person、organization、dwelling。"
        )
    records = with_context(app, kind, open_records(app.lake, kind, app.vault))
    if records.is_empty():
        raise NothingLoaded(f"还没有 {kind} 的记录")
    feeds = sorted(records["feed"].unique())
    card = {
        "data": {"records": records.height, "feeds": feeds, "labelled": truth is not None},
        "date": local_today().isoformat(),
    }
    model = train(declaration(kind), records, labels=_labels(truth, kind, records), card=card, progress=progress)
    target = out or _file(app, kind)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    model.save(target)
    return {"kind": kind, "records": records.height, "labelled": truth is not None, "file": str(target)}


def _file(app: App, kind: str) -> Path:
    return app.settings.home / "models" / f"{kind}.json"


def _labels(truth: Path | None, kind: str, records: pl.DataFrame) -> pl.DataFrame | None:
    if truth is None:
        return None
    file = truth / "records.parquet"
    if not file.is_file():
        raise TruthMissing(f"{truth} 里没有 records.parquet")
    known = pl.read_parquet(file).filter(pl.col("kind") == kind)
    return records.join(known, on=["feed", "record_key"], how="inner").select("record_id", "entity")
