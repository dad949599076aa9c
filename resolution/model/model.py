"""A trained model: the declaration's levels with their m and u, as one JSON file with its card."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from core.errors import LevelUntrained, ModelInvalid
from resolution.model.declaration import Comparison, Declaration, Level, declaration

FOLDER: Final = Path(__file__).resolve().parent.parent / "models"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Trained parameters of one kind.

    `parameters[comparison][level]` is (m, u). `mates` is how many other records of its entity a record has on average:
    with the number of records at hand it gives the prior. `card` tells data, date, evaluation and limits.
    """

    declaration: Declaration
    parameters: dict[str, dict[str, tuple[float, float]]]
    mates: float
    card: dict[str, Any]

    @property
    def kind(self) -> str:
        return self.declaration.kind

    @property
    def digest(self) -> str:
        """Changes when a parameter or the declaration changes: tells whether a run would come out alike."""
        content = repr((self.declaration, sorted(self.parameters.items()), self.mates))
        return blake2b(content.encode(), digest_size=8).hexdigest()

    def prior(self, records: int) -> float:
        """The probability that two of `records` random records are of one entity."""
        return min(0.5, self.mates / max(records - 1, 1))

    def weight(self, comparison: str, level: str) -> float:
        """log2(m / u), without the frequency adjustment; raises `LevelUntrained`."""
        m, u = self.of(comparison, level)
        return math.log2(m / u)

    def of(self, comparison: str, level: str) -> tuple[float, float]:
        """(m, u) of a level; raises `LevelUntrained` when training never saw it."""
        try:
            m, u = self.parameters[comparison][level]
        except KeyError:
            raise LevelUntrained(f"“{self.kind}”模型的比较项 {comparison} 的级别 {level} 没有训练过") from None
        return m, u

    def settings(self, records: int) -> dict[str, Any]:
        """Splink settings for that many records; raises `LevelUntrained`."""
        settings = untrained_settings(self.declaration)
        settings["probability_two_random_records_match"] = self.prior(records)
        for comparison, written in zip(self.declaration.comparisons, settings["comparisons"], strict=True):
            for level, item in zip(comparison.levels, written["comparison_levels"], strict=True):
                if not level.missing:
                    item["m_probability"], item["u_probability"] = self.of(comparison.name, level.name)
        return settings

    def to_json(self) -> str:
        data = {
            "format": FORMAT,
            "kind": self.kind,
            "mates": self.mates,
            "parameters": {
                comparison: {level: {"m": m, "u": u} for level, (m, u) in levels.items()}
                for comparison, levels in self.parameters.items()
            },
            "card": self.card,
        }
        return json.dumps(data, ensure_ascii=False, indent=1) + "\n"

    def save(self, path: Path) -> None:
        path.write_text(self.to_json(), encoding="utf-8")


def load_model(path: Path, declared: Declaration | None = None) -> Model:
    """Read a model file, of the shipped declaration of its kind unless one is given.

    Raises `ModelInvalid` when it is unreadable, of another format, or trained on another declaration's columns.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ModelInvalid(f"模型文件 {path.name} 无法读取") from None
    return read_model(text, path.name, declared)


def read_model(text: str, name: str, declared: Declaration | None = None) -> Model:
    """A model from its JSON text; `name` is what an error calls it. Raises `ModelInvalid`."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ModelInvalid(f"模型文件 {name} 的格式版本不是 {FORMAT}")
        model = Model(
            declaration=declared or declaration(data["kind"]),
            parameters={
                comparison: {level: (float(p["m"]), float(p["u"])) for level, p in levels.items()}
                for comparison, levels in data["parameters"].items()
            },
            mates=float(data["mates"]),
            card=data["card"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ModelInvalid(f"模型文件 {name} 无法读取") from None
    _check_fits(model, name)
    return model


@cache
def shipped_model(kind: str) -> Model:
    """The model that comes with the program; raises `ModelInvalid` for a kind without one."""
    return load_model(FOLDER / f"{kind}.json")


def _check_fits(model: Model, file: str) -> None:
    declared = {c.name: {level.name for level in c.levels if not level.missing} for c in model.declaration.comparisons}
    for comparison, levels in model.parameters.items():
        unknown = set(levels) - declared.get(comparison, set())
        if unknown:
            raise ModelInvalid(f"模型文件 {file} 含有声明中没有的级别：{comparison} / {sorted(unknown)[0]}")
        wrong = [level for level, shares in levels.items() if not all(0 < share <= 1 for share in shares)]
        if wrong:
            raise ModelInvalid(f"模型文件 {file} 中 {comparison} / {wrong[0]} 的概率不在 0 与 1 之间")
    if not 0 <= model.mates < math.inf:
        raise ModelInvalid(f"模型文件 {file} 的 mates 不是有限的非负数")
    for comparison, expected in declared.items():
        untrained = expected - set(model.parameters.get(comparison, {}))
        if untrained:
            raise LevelUntrained(f"模型文件 {file} 没有训练过 {comparison} / {sorted(untrained)[0]}")


def untrained_settings(declared: Declaration) -> dict[str, Any]:
    """Splink settings of a declaration without trained values; levels whose u is declared keep it fixed."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "node",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "comparisons": [_comparison(comparison) for comparison in declared.comparisons],
        "blocking_rules_to_generate_predictions": [f"l.key_{key.name} = r.key_{key.name}" for key in declared.blocking],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [_level(level) for level in comparison.levels],
    }


def _level(level: Level) -> dict[str, Any]:
    item: dict[str, Any] = {"sql_condition": level.when, "label_for_charts": level.name}
    if level.missing:
        item["is_null_level"] = True
    if level.m is not None:
        item |= {"m_probability": level.m, "fix_m_probability": True}
    if level.u is not None:
        item |= {"u_probability": level.u, "fix_u_probability": True}
    if level.frequency:
        item |= {"tf_adjustment_column": level.frequency, "disable_tf_exact_match_detection": True}
    return item
