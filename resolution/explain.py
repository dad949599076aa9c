"""Why two records were joined or kept apart: each comparison with its level, weight and masked values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from core.catalogue import kind as catalogue_kind
from core.values import value_type
from resolution.engine import open_engine
from resolution.features.kinds import features
from resolution.model.declaration import Comparison, Level
from resolution.model.model import Model
from resolution.scoring import linker, scored_pair


@dataclass(frozen=True, slots=True)
class Reason:
    """One comparison: its level in Chinese and English, its match weight in bits, and both values masked."""

    comparison: str
    label: str
    level: str
    level_zh: str
    level_en: str
    weight: float
    value_a: str | None
    value_b: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`total` = prior + the weights (bits); above `threshold` the pair speaks for one entity."""

    prior: float
    reasons: tuple[Reason, ...]
    total: float
    threshold: float
    joined: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def explain(kind: str, record_a: str, record_b: str, model: Model, *, records: pl.DataFrame) -> Explanation:
    """Compare two of `records` (frequencies come from all of them); raises `KeyError` for an unknown record id."""
    ordered = records.sort("record_id")
    nodes = {record_id: node for node, record_id in enumerate(ordered["record_id"])}
    node_a, node_b = nodes[record_a], nodes[record_b]
    frame = features(kind, ordered)
    with open_engine() as engine:
        made, _ = linker(engine, frame, frame, model, detailed=True)
        row = scored_pair(engine, made, node_a, node_b)
    reasons = []
    for comparison in model.declaration.comparisons:
        level = _level(comparison, int(row[f"gamma_{comparison.name}"]))
        weight = float(row[f"mw_{comparison.name}"]) + float(row.get(f"mw_tf_adj_{comparison.name}") or 0.0)
        show = _masked(kind, comparison.shows)
        shown = ordered[comparison.shows] if comparison.shows in ordered.columns else frame[comparison.shows]
        reasons.append(
            Reason(
                comparison=comparison.name,
                label=comparison.zh,
                level=level.name,
                level_zh=level.zh,
                level_en=level.en,
                weight=round(weight, 4),
                value_a=show(shown[node_a]),
                value_b=show(shown[node_b]),
            )
        )
    total = float(row["match_weight"])
    threshold = model.declaration.threshold
    prior = round(total - sum(reason.weight for reason in reasons), 4)
    return Explanation(prior, tuple(reasons), round(total, 4), threshold, total > threshold)


def _level(comparison: Comparison, gamma: int) -> Level:
    """Splink numbers a comparison's levels downwards to 0, and a missing value is -1."""
    present = [level for level in comparison.levels if not level.missing]
    if gamma < 0:
        return next(level for level in comparison.levels if level.missing)
    return present[len(present) - 1 - gamma]


def _masked(kind: str, name: str) -> Callable[[str | None], str | None]:
    try:
        mask = value_type(catalogue_kind(kind).field(name).type).mask
    except KeyError:
        # A feature that is no field of the catalogue is shown by its length only.
        return lambda value: None if value is None else "*" * len(value)
    return lambda value: None if value is None else mask(value)
