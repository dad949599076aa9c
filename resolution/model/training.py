"""Training by Splink: u from random pairs, m from labels where there are some, else by expectation maximisation."""

from __future__ import annotations

from typing import Any, Final

import polars as pl
from splink import Linker

from core.errors import LevelUntrained, ModelInvalid
from core.progress import SILENT, Progress
from resolution.engine import open_engine
from resolution.features.kinds import features
from resolution.model.declaration import Declaration, declaration
from resolution.model.model import Model, untrained_settings

RANDOM_PAIRS: Final = 8_000_000
EM_PAIRS: Final = 2_000_000
SEED: Final = 20260630


def train(
    kind: str,
    records: pl.DataFrame,
    *,
    labels: pl.DataFrame | None = None,
    card: dict[str, Any] | None = None,
    mates: float = 4.0,
    progress: Progress = SILENT,
) -> Model:
    """Estimate m and u of every level of `kind` from `records`.

    `labels` (record_id, entity) gives m from the true pairs, and the mean number of other records per record in place
    of `mates`. Without labels m comes from expectation maximisation over the declared training rules. Raises
    `LevelUntrained` for a level that the records never showed, and `ModelInvalid` when no training rule finds a pair.
    """
    declared = declaration(kind)
    ordered = records.sort("record_id")
    frame = features(kind, ordered)
    if labels is not None:
        truth = labels.select("record_id", pl.col("entity").alias("label"))
        frame = frame.with_columns(
            ordered.select("record_id").join(truth, on="record_id", how="left", maintain_order="left")["label"]
        )
        mates = _mates(frame["label"])
    with progress.task("训练", total=2, unit="步") as task, open_engine() as engine:
        # A key column is needed by the settings, not by training.
        bare = frame.with_columns(pl.lit(None, dtype=pl.Int64).alias(f"key_{key.name}") for key in declared.blocking)
        table = engine.register("records", bare.with_row_index("node"))
        settings = untrained_settings(declared)
        settings["probability_two_random_records_match"] = min(0.5, mates / max(records.height - 1, 1))
        linker = Linker(table, settings, log_level=None, validate_settings=False)
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED, min_count_per_level=None)
        task.advance()
        if labels is not None:
            linker.training.estimate_m_from_label_column("label")
        else:
            _expectation_maximisation(linker, declared)
        task.advance()
        trained = linker.misc.save_model_to_json()
    parameters = _parameters(declared, trained)
    return Model(declaration=declared, parameters=parameters, mates=mates, card=card or {})


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
    for comparison, written in zip(declared.comparisons, trained["comparisons"], strict=True):
        levels: dict[str, tuple[float, float]] = {}
        for level, item in zip(comparison.levels, written["comparison_levels"], strict=True):
            if level.missing:
                continue
            m, u = item.get("m_probability"), item.get("u_probability")
            if m is None or u is None:
                side = "m" if m is None else "u"
                raise LevelUntrained(
                    f"训练数据中从未出现 {declared.kind} 的 {comparison.name} / {level.name}，{side} 无法估计"
                )
            levels[level.name] = (float(m), float(u))
        parameters[comparison.name] = levels
    return parameters
