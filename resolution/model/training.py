"""Training by Splink: u from random pairs, m from labels where there are some, else by expectation maximisation."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from splink import Linker

from core.errors import LevelUntrained, ModelInvalid
from core.progress import SILENT, Progress
from resolution.engine import Engine, open_engine
from resolution.features.standardise import fit_and_standardise
from resolution.model.declaration import Declaration
from resolution.model.model import Model, untrained_settings

RANDOM_PAIRS: Final = 4_000_000
EM_PAIRS: Final = 2_000_000
SEED: Final = 20260630


def train(
    declared: Declaration,
    records: pl.DataFrame,
    *,
    labels: pl.DataFrame | None = None,
    card: dict[str, Any] | None = None,
    mates: float = 4.0,
    progress: Progress = SILENT,
) -> Model:
    """Estimate m and u of every declared level from `records`.

    `labels` (record_id, entity) gives m from the true pairs, and the mean number of other records per record in place
    of `mates`. Without labels m comes from expectation maximisation over the declared training rules. Raises
    `LevelUntrained` for a level that the records never showed, and `ModelInvalid` when no training rule finds a pair.
    """
    ordered = records.sort("record_id")
    _, frame = fit_and_standardise(declared, ordered)
    if labels is not None:
        truth = labels.select("record_id", pl.col("entity").alias("label"))
        frame = frame.with_columns(
            ordered.select("record_id").join(truth, on="record_id", how="left", maintain_order="left")["label"]
        )
        mates = _mates(frame["label"])
    settings = untrained_settings(declared)
    settings["probability_two_random_records_match"] = min(0.5, mates / max(records.height - 1, 1))
    with progress.task("训练", total=2, unit="步") as task:
        settings = _estimate_u(frame, settings, declared)
        task.advance()
        settings = _estimate_m(frame, settings, declared, labelled=labels is not None)
        task.advance()
    return Model(declaration=declared, parameters=_parameters(declared, settings), mates=mates, card=card or {})


def _estimate_u(frame: pl.DataFrame, settings: dict[str, Any], declared: Declaration) -> dict[str, Any]:
    """u from random pairs of records of which no two are of one entity as far as label or identifier tells.

    Splink counts the true pairs among the random ones as chance; where an entity has sixty records that is no trifle.
    """
    told = [pl.col(name) for name in ("label", declared.identifier or "label") if name in frame.columns]
    alone = pl.concat_str(pl.lit("row "), pl.int_range(pl.len()).cast(pl.String))
    order = pl.int_range(pl.len()).hash(SEED)
    one_each = (
        frame.with_columns(pl.coalesce(*told, alone).alias("@entity"), order.alias("@order"))
        .sort("@order")
        .unique("@entity", keep="first", maintain_order=True)
        .drop("@entity", "@order")
    )
    with open_engine() as engine:
        linker = _linker(engine, one_each, settings, declared)
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None)
        return _trained(linker)


def _estimate_m(
    frame: pl.DataFrame, settings: dict[str, Any], declared: Declaration, *, labelled: bool
) -> dict[str, Any]:
    with open_engine() as engine:
        linker = _linker(engine, frame, settings, declared)
        if labelled:
            linker.training.estimate_m_from_label_column("label")
        else:
            _expectation_maximisation(linker, declared)
        return _trained(linker)


def _linker(engine: Engine, frame: pl.DataFrame, settings: dict[str, Any], declared: Declaration) -> Linker:
    # Splink wants the key columns that the settings name; training does not use them.
    keys = [pl.lit(None, dtype=pl.Int64).alias(f"key_{key.name}") for key in declared.blocking]
    table = engine.register("records", frame.with_columns(keys).with_row_index("node"))
    return Linker(table, settings, log_level=None, validate_settings=False)


def _trained(linker: Linker) -> dict[str, Any]:
    trained: dict[str, Any] = linker.misc.save_model_to_json()
    return trained


def _mates(labels: pl.Series) -> float:
    sizes = labels.drop_nulls().value_counts()["count"]
    return float((sizes * (sizes - 1)).sum() / max(int(sizes.sum()), 1))


def _expectation_maximisation(linker: Linker, declared: Declaration) -> None:
    trained = 0
    for rule in declared.training:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, fix_u_probabilities=True, max_pairs=EM_PAIRS
            )
            trained += 1
        except Exception as error:  # Splink's exceptions share no narrower public base
            if type(error).__name__ != "EMTrainingException":
                raise
    if not trained:
        raise ModelInvalid(f"“{declared.kind}”的训练规则在这批数据中找不到可比较的记录")


def _parameters(declared: Declaration, trained: dict[str, Any]) -> dict[str, dict[str, tuple[float, float]]]:
    parameters: dict[str, dict[str, tuple[float, float]]] = {}
    unseen: list[str] = []
    for comparison, written in zip(declared.comparisons, trained["comparisons"], strict=True):
        parameters[comparison.name] = {}
        for level, item in zip(comparison.levels, written["comparison_levels"], strict=True):
            if level.missing:
                continue
            m, u = item.get("m_probability"), item.get("u_probability")
            if m is None or u is None:
                unseen.append(f"{comparison.name} / {level.name}（{'m' if m is None else 'u'}）")
            else:
                parameters[comparison.name][level.name] = (float(m), float(u))
    if unseen:
        raise LevelUntrained(f"训练数据中从未出现“{declared.kind}”的级别：{'、'.join(unseen)}")
    return parameters
