"""Who lived where, and how sure: the graph's residences against the truth of a synthetic town.

`python -m benchmarks.graph.residence [--home HOME | --people N --seed S]` prints precision and recall of
(person, dwelling, day), a reliability table of `confidence`, and the Brier score beside that of two plain baselines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import polars as pl
import typer

from benchmarks.measure import scratch_app
from core.settings import Settings
from loaders.town.generate import generate
from loaders.town.homes import HISTORY_DAYS
from services.app import App, open_app
from services.identity import reader
from services.linking import graph_state, link_lake
from services.loading import load_town
from services.resolving import resolve_all

STEP_DAYS: Final = 91
BINS: Final = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
_SPAN: Final = {"valid_from": pl.Date, "valid_to": pl.Date}
_PROPS: Final = pl.Struct({"valid_from": pl.String, "valid_to": pl.String, "confidence": pl.Float64})


def sampled_days(today: date) -> list[date]:
    """A day a quarter, from the last day back to the beginning of the town's history."""
    return [today - timedelta(days=back) for back in range(0, HISTORY_DAYS, STEP_DAYS)]


def true_stays(truth: Path, kind: str = "LIVES_IN") -> pl.DataFrame:
    """person, dwelling (entities of the truth), valid_from, valid_to."""
    rows = pl.read_parquet(truth / "relations.parquet").filter(pl.col("type") == kind)
    return rows.select(
        pl.col("from_entity").alias("person"),
        pl.col("to_entity").alias("dwelling"),
        *(pl.col(name).str.to_date() for name in _SPAN),
    )


def told_stays(app: App, truth: Path, kind: str = "LIVES_IN") -> pl.DataFrame:
    """The same of the graph, with `confidence`. An entity is whom most of its records are about in truth."""
    rows = graph_state(app).edges.filter(pl.col("type") == kind, pl.col("from_label") == "Person")
    told = rows.with_columns(pl.col("props").str.json_decode(_PROPS).struct.unnest())
    known = _entities(app, truth)
    return (
        told.join(known, left_on="from_id", right_on="entity_id")
        .join(known, left_on="to_id", right_on="entity_id", suffix="_to")
        .select(
            pl.col("entity").alias("person"),
            pl.col("entity_to").alias("dwelling"),
            *(pl.col(name).str.to_date() for name in _SPAN),
            "confidence",
        )
    )


def _entities(app: App, truth: Path) -> pl.DataFrame:
    """entity_id, entity."""
    heads = pl.concat([app.lake.current(f"records_{kind}", ["record_id", "feed", "record_key"])
                       for kind in ("person", "dwelling")])  # fmt: skip
    true = pl.read_parquet(truth / "records.parquet").select("feed", "record_key", "entity")
    named = heads.join(true, on=["feed", "record_key"])
    assigned = app.lake.current("assignments", ["record_id", "entity_id"]).join(named, on="record_id")
    votes = assigned.group_by("entity_id", "entity").len().sort("len", "entity", descending=[True, False])
    return votes.unique("entity_id", keep="first", maintain_order=True).select("entity_id", "entity")


def held(stays: pl.DataFrame, days: Sequence[date]) -> pl.DataFrame:
    """person, dwelling, day and the surest confidence: the rows of `stays` that hold on each day."""
    wanted = pl.DataFrame({"day": days}, schema={"day": pl.Date})
    began = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day"))
    lasts = pl.col("valid_to").is_null() | (pl.col("day") < pl.col("valid_to"))
    sure = [pl.col("confidence").max()] if "confidence" in stays.columns else []
    return stays.join(wanted, how="cross").filter(began, lasts).group_by("person", "dwelling", "day").agg(*sure)


def accuracy(told: pl.DataFrame, true: pl.DataFrame) -> dict[str, float]:
    """Precision, recall and F1 of (person, dwelling, day)."""
    right = told.join(true, on=["person", "dwelling", "day"], how="semi").height
    precision, recall = right / max(told.height, 1), right / max(true.height, 1)
    return {
        "told": told.height,
        "true": true.height,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
    }


def reliability(told: pl.DataFrame, true: pl.DataFrame) -> list[dict[str, Any]]:
    """By bin of confidence: how many (person, dwelling, day), the mean confidence, the share that is true."""
    marked = _marked(told, true)
    bin_of = pl.sum_horizontal([pl.col("confidence") > edge for edge in BINS[1:-1]]).alias("bin")
    rows = marked.group_by(bin_of).agg(
        pl.len().alias("rows"),
        pl.col("confidence").mean().round(3).alias("said"),
        pl.col("right").mean().round(3).alias("true"),
    )
    return [row | {"bin": f"{BINS[row['bin']]:.2f}–{BINS[row['bin'] + 1]:.2f}"} for row in rows.sort("bin").to_dicts()]


def calibration(told: pl.DataFrame, true: pl.DataFrame) -> dict[str, float]:
    """Brier score and expected calibration error, beside saying the overall share of right rows everywhere."""
    marked = _marked(told, true)
    right = marked["right"]
    base = float(right.mean() or 0.0)  # type: ignore[arg-type]
    gaps = sum(row["rows"] * abs(row["said"] - row["true"]) for row in reliability(told, true))
    return {
        "brier": round(float(((marked["confidence"] - right) ** 2).mean() or 0.0), 4),  # type: ignore[arg-type]
        "brier_of_one_number": round(base * (1 - base), 4),
        "calibration_error": round(gaps / max(marked.height, 1), 4),
    }


def _marked(told: pl.DataFrame, true: pl.DataFrame) -> pl.DataFrame:
    rows = told.join(true.with_columns(right=pl.lit(1.0)), on=["person", "dwelling", "day"], how="left")
    return rows.with_columns(pl.col("right").fill_null(0.0))


def run(app: App, truth: Path) -> dict[str, Any]:
    """All figures of a linked home."""
    today = date.fromisoformat(orjson.loads((truth / "town.json").read_bytes())["today"])
    stays, real = told_stays(app, truth), true_stays(truth)
    found: dict[str, Any] = {}
    for name, days in (("today", [today]), ("five years", sampled_days(today))):
        told, true = held(stays, days), held(real, days)
        found[name] = accuracy(told, true) | calibration(told, true) | {"reliability": reliability(told, true)}
    return found


def show(found: dict[str, Any]) -> None:
    for name, row in found.items():
        sys.stdout.write(
            f"{name}: precision {row['precision']:.4f}  recall {row['recall']:.4f}  F1 {row['f1']:.4f}  "
            f"({row['told']:,} told, {row['true']:,} true)\n  Brier {row['brier']:.4f}  (one number for all "
            f"{row['brier_of_one_number']:.4f})  calibration error {row['calibration_error']:.4f}\n"
        )
        for line in row["reliability"]:
            sys.stdout.write(
                f"    {line['bin']}  said {line['said']:.3f}  true {line['true']:.3f}  {line['rows']:>8,}\n"
            )


def main(
    home: Annotated[Path | None, typer.Option(help="A resolved home with its town; linked here again.")] = None,
    people: Annotated[int, typer.Option(min=300, help="Size of the town that is made otherwise.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Its seed.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """How right the graph's residences are, and how honest their confidence."""
    if home is not None:
        with open_app(Settings(home=home), start_database=False) as app:
            link_lake(app, full=True)
            found = run(app, app.settings.town_dir / "truth")
    else:
        with scratch_app() as app:
            generate(app.settings.town_dir, people=people, seed=seed)
            load_town(app, reader(app.settings), app.settings.town_dir)
            resolve_all(app, reader(app.settings))
            link_lake(app)
            found = run(app, app.settings.town_dir / "truth")
    if as_json:
        sys.stdout.write(orjson.dumps({"residence": found}, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        show(found)


if __name__ == "__main__":
    typer.run(main)
