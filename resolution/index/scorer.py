"""Match weights of single pairs: the trained model compiled to one Python function.

The weights are Splink's: the prior, then each comparison's log2(m/u) and frequency adjustment, summed in the same
order, so that real time and batch agree to the last bits. The frequency adjustment of a level is log2(u) less the log2
of the more frequent of both values (Splink 5, `comparison_level.py`), or none where neither value was ever counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from core.errors import ModelInvalid
from resolution.expressions import ENVIRONMENT, Writer, columns, parse
from resolution.model.declaration import Comparison, Declaration, Level
from resolution.model.model import Model

Row = tuple[Any, ...]
_ELSE: Final = "ELSE"


@dataclass(frozen=True, slots=True)
class Detail:
    """One comparison of a pair: its level, the level's bits, and what the values' frequency adds to them."""

    comparison: Comparison
    level: Level
    bits: float
    frequency_bits: float


class Scorer:
    """Scores rows of the comparison columns `columns`, each a tuple in that order."""

    columns: tuple[str, ...]
    prior: float
    weight: Callable[[Row, Row], float]

    def __init__(
        self,
        model: Model,
        frequencies: Mapping[str, pl.DataFrame],
        population: int,
        order: Sequence[str] | None = None,
    ) -> None:
        """`frequencies` and `population` as in `State`; `order` gives the columns of a row where it has more of them.

        Raises `LevelUntrained`, and `ModelInvalid` for a condition that cannot be compiled.
        """
        declared = model.declaration
        self.columns = tuple(order) if order is not None else scored_columns(declared)
        self.prior = _log_odds(model.prior(population))
        self._comparisons = declared.comparisons
        self._bits = [
            [0.0 if level.missing else model.weight(comparison.name, level.name) for level in comparison.levels]
            for comparison in declared.comparisons
        ]
        self._log2_u = [
            [
                math.log2(model.of(comparison.name, level.name)[1]) if level.frequency else 0.0
                for level in comparison.levels
            ]
            for comparison in declared.comparisons
        ]
        self._shares = {
            column: dict(zip(table[column], table[f"tf_{column}"], strict=True))
            for column, table in frequencies.items()
        }
        environment = {**ENVIRONMENT, "rarity": _rarity}
        environment |= {f"share_{number}": table.get for number, table in enumerate(self._shares.values())}
        code = compile("\n".join([*self._weight_source(), *self._levels_source()]), "<model>", "exec")
        exec(code, environment)  # noqa: S102
        self.weight = environment["weight"]
        self._levels: Callable[[Row, Row], tuple[int, ...]] = environment["levels"]

    def row(self, features: Mapping[str, Any]) -> Row:
        """The columns of a record as `weight` takes them."""
        return tuple(features[column] for column in self.columns)

    def detail(self, left: Row, right: Row) -> list[Detail]:
        """What each comparison decided; with `prior`, their bits sum up to `weight`."""
        found = []
        for number, place in enumerate(self._levels(left, right)):
            comparison = self._comparisons[number]
            level = comparison.levels[place]
            adjusted = 0.0
            if level.frequency is not None and level.when != _ELSE:
                shares, slot = self._shares[level.frequency], self.columns.index(level.frequency)
                adjusted = _rarity(shares.get(left[slot]), shares.get(right[slot]), self._log2_u[number][place])
            found.append(Detail(comparison, level, self._bits[number][place], adjusted))
        return found

    def _weight_source(self) -> list[str]:
        lines = [*self._head("weight"), f" w = {self.prior!r}"]
        for number, comparison in enumerate(self._comparisons):
            for place, (level, test) in enumerate(self._tests(comparison)):
                lines += [test, f"  w += {self._bits[number][place]!r}"]
                if level.frequency is not None and level.when != _ELSE:
                    table = list(self._shares).index(level.frequency)
                    slot = self.columns.index(level.frequency)
                    log2_u = self._log2_u[number][place]
                    lines.append(f"  w += rarity(share_{table}(l{slot}), share_{table}(r{slot}), {log2_u!r})")
        return [*lines, " return w"]

    def _levels_source(self) -> list[str]:
        lines = self._head("levels")
        for number, comparison in enumerate(self._comparisons):
            for place, (_, test) in enumerate(self._tests(comparison)):
                lines += [test, f"  v{number} = {place}"]
        return [*lines, f" return ({''.join(f'v{number}, ' for number in range(len(self._comparisons)))})"]

    def _head(self, name: str) -> list[str]:
        places = range(len(self.columns))
        unpacked = [f" {', '.join(f'{side}{place}' for place in places)}, = {side}" for side in ("l", "r")]
        return [f"def {name}(l, r):", *unpacked]

    def _tests(self, comparison: Comparison) -> list[tuple[Level, str]]:
        """Each level with the line that tests for it, the last without condition."""
        writer = Writer(self._slot)
        tests: list[tuple[Level, str]] = []
        for level in comparison.levels:
            word = "elif" if tests else "if"
            tests.append((level, f" {word} {'True' if level.when == _ELSE else writer.true(parse(level.raw))}:"))
        return tests

    def _slot(self, name: str) -> str:
        side, column = name[-1], name[:-2]
        if name[-2:] not in {"_l", "_r"} or column not in self.columns:
            raise ModelInvalid(f"匹配条件用到了没有的列 {name}")
        return f"{side}{self.columns.index(column)}"


def scored_columns(declared: Declaration) -> tuple[str, ...]:
    """The columns that conditions and frequencies read."""
    found: dict[str, None] = {}
    for comparison in declared.comparisons:
        for level in comparison.levels:
            if level.when != _ELSE:
                found |= {name[:-2]: None for name in columns(level.raw)}
            if level.frequency:
                found[level.frequency] = None
    return tuple(found)


def _rarity(left: float | None, right: float | None, log2_u: float) -> float:
    if left is None or right is None:
        share = right if left is None else left
        return 0.0 if share is None else log2_u - math.log2(share)
    return log2_u - math.log2(max(left, right))


def _log_odds(probability: float) -> float:
    return math.log2(probability / (1 - probability))
