"""Which pairs of records the parameters are learned from, and how each pair compares.

Records are sampled by a hash of what they say, so that no result depends on the order of the rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from core.errors import ModelInvalid
from resolution import expressions
from resolution.collapse import compared_columns
from resolution.engine import Engine
from resolution.features.standardise import derived
from resolution.model.declaration import Comparison, Declaration, Level
from resolution.model.dependence import columns_of, fields_of
from resolution.model.estimation import Patterns

SEED: Final = 20260630
_EQUALITY: Final = re.compile(r"\s*l\.(\w+)\s*=\s*r\.(\w+)\s*")
_SAME: Final = re.compile(r"\b(\w+)_l = \1_r\b")
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_LABEL: Final = "@label"


class Sampler:
    """The standardised records of a run, in an order that only their content decides.

    The engine's table `records` has them with their place as `node`. `label` tells the true entity where it is known.
    """

    def __init__(
        self, engine: Engine, declared: Declaration, frame: pl.DataFrame, label: pl.Series | None = None
    ) -> None:
        self._engine, self.declared, self.size = engine, declared, frame.height
        if label is not None:
            frame = frame.with_columns(label.alias(_LABEL))
        compared = compared_columns(frame.columns, declared)
        texts = [name for name in compared if not frame.schema[name].is_nested()]
        self._frame, self._order = frame, frame.select(texts).hash_rows(SEED).arg_sort()
        self._place = self._order.arg_sort()
        self._columns = taught_columns(frame.columns, declared)
        keys = self._columns if label is None else [*self._columns, _LABEL]
        engine.register("records", frame.select(keys).with_columns(self._place.cast(pl.Int64).alias("node")))

    def random(self, most: int) -> str:
        """Random pairs, of one record for each entity as far as label or identifier tells.

        Where an entity has sixty records, true pairs among the random ones are no trifle.
        """
        told = [name for name in (_LABEL, self.declared.identifier) if name in self._frame.columns]
        alone = pl.concat_str(pl.lit("row "), pl.int_range(pl.len()).cast(pl.String))
        entity = self._frame.select(pl.coalesce(*told, alone).alias("entity"))[self._order].with_row_index("node")
        nodes = entity.unique("entity", keep="first", maintain_order=True)["node"].to_numpy().astype(np.int64)
        half = max((len(nodes) - 1) // 2, 0)
        rounds = min(half, max(50, -(-most // max(len(nodes), 1))))
        steps = np.random.default_rng(SEED).choice(half, size=rounds, replace=False) + 1
        left = np.arange(min(len(nodes), most // max(rounds, 1)))
        others = (np.tile(left, rounds) + np.repeat(steps, len(left))) % max(len(nodes), 1)
        return self._pairs("random_pairs", pl.DataFrame({"l": np.tile(nodes[left], rounds), "r": nodes[others]}))

    def alike(self, columns: Sequence[str], about: int) -> str:
        """About that many pairs that agree in `columns`: of some groups, each record with the next of its group."""
        names = ", ".join(f'"{name}"' for name in columns)
        known = " AND ".join(f'"{name}" IS NOT NULL' for name in columns)
        share = max(self.size // max(about, 1), 1)
        return self._made(
            "alike_pairs",
            f"""SELECT * FROM (
                SELECT coalesce(lead(node) OVER w, min(node) OVER (PARTITION BY {names})) AS l, node AS r
                FROM records WHERE {known} AND hash({names}) % {share} = 0
                WINDOW w AS (PARTITION BY {names} ORDER BY node)
            ) WHERE l <> r""",  # noqa: S608
        )

    def same_label(self, about: int) -> str:
        return self.alike([_LABEL], about)

    def told_alike(self, about: int) -> str:
        """Pairs that the identifier tells to be one entity."""
        return self.alike(self.told_by(), about)

    def told_by(self) -> list[str]:
        """The columns that tell an entity: the identifier, and what no cluster may hold two of."""
        return [name for name in (self.declared.identifier, self.declared.cannot_link) if name]

    def candidates(self, records: str, *, keys: Sequence[Sequence[str]], limit: int) -> str:
        """All pairs of the table `records` with others that agree in one of the keys (lists of columns).

        Keys that more than `limit` records share find none. Pairs of one label are left out.
        """
        others = "l.node <> r.node"
        if _LABEL in self._frame.columns:
            others += f' AND l."{_LABEL}" IS DISTINCT FROM r."{_LABEL}"'
        found = []
        for columns in keys:
            names = ", ".join(f'"{name}"' for name in columns)
            known = " AND ".join(f'"{name}" IS NOT NULL' for name in columns)
            found.append(
                f"""SELECT l.node AS l, r.node AS r FROM {records} r
                JOIN (SELECT {names} FROM records WHERE {known}
                      GROUP BY ALL HAVING count(*) BETWEEN 2 AND {limit}) USING ({names})
                JOIN records l USING ({names}) WHERE {others}"""  # noqa: S608
            )
        return self._made("candidate_pairs", " UNION ".join(found))

    def sample(self, records: int) -> str:
        """The first records of the order, as a table."""
        return self._made("sampled", f"SELECT * FROM records WHERE node < {records}")  # noqa: S608

    def blinded(self, pairs: str) -> str:
        """The right-hand records of the table `pairs` as if their identifier were not known, as a table."""
        rows = self.fetch(f"SELECT DISTINCT r FROM {pairs} ORDER BY r").to_series().cast(pl.Int64)  # noqa: S608
        hidden = columns_of(self.declared, fields_of(self.declared, self.told_by()))
        made = {name for name, _ in self.declared.derive}
        seen = self._frame[self._order.gather(rows)].select(
            pl.lit(None, dtype=dtype).alias(name) if name in hidden else pl.col(name)
            for name, dtype in self._frame.schema.items()
            if name not in made
        )
        blind = derived(self.declared, seen).select(self._columns).with_columns(rows.alias("node"))
        self._engine.register("blinded", blind)
        return "blinded"

    def patterns(self, pairs: str, right: str = "records") -> Patterns:
        """How the pairs of the table `pairs` (l, r) compare, counted."""
        counted = self._engine.fetch(f"SELECT *, count(*) AS pairs FROM ({self.vectors(pairs, right)}) GROUP BY ALL")  # noqa: S608
        places = [f"gamma_{c.name}" for c in self.declared.comparisons]
        levels = counted.select(places).to_numpy().astype(np.int64).reshape(counted.height, len(places))
        order = np.lexsort(levels.T[::-1])
        return Patterns(levels[order], counted["pairs"].to_numpy().astype(np.float64)[order])

    def vectors(self, pairs: str, right: str = "records", also: str = "") -> str:
        """SQL of the level of each comparison (`gamma_<name>`, -1 missing) of each pair of the table `pairs`."""
        sides = ", ".join(f'l."{name}" AS "{name}_l", r."{name}" AS "{name}_r"' for name in self._columns)
        gammas = ", ".join(f'{_case(c)} AS "gamma_{c.name}"' for c in self.declared.comparisons)
        joined = f"{pairs} p JOIN records l ON l.node = p.l JOIN {right} r ON r.node = p.r"
        return f"SELECT {gammas}{also} FROM (SELECT p.*, {sides} FROM {joined})"  # noqa: S608

    def fetch(self, sql: str) -> pl.DataFrame:
        return self._engine.fetch(sql)

    def given(self, pairs: pl.DataFrame) -> str:
        """Pairs of rows (a, b) of the frame as it was given, with their `number`."""
        sides = {side: self._place.cast(pl.Int64).gather(pairs[row]) for side, row in (("l", "a"), ("r", "b"))}
        return self._pairs("given_pairs", pl.DataFrame(sides).with_row_index("number"))

    def _pairs(self, name: str, pairs: pl.DataFrame) -> str:
        self._engine.register(name, pairs)
        return name

    def _made(self, name: str, sql: str) -> str:
        self._engine.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
        return name


def needed_columns(columns: Sequence[str], declared: Declaration) -> list[str]:
    """Those of `columns` that something asks for once they have been standardised."""
    made_of = {column for _, sql in declared.derive for column in expressions.columns(sql)}
    used = made_of.union(taught_columns(columns, declared))
    return [name for name in columns if name in used]


def taught_columns(columns: Sequence[str], declared: Declaration) -> list[str]:
    """Those of `columns` that are compared, and those of the training rules."""
    rules = {column for rule in training_rules(declared) for column in rule}
    used = rules.union(compared_columns(columns, declared))
    return [name for name in columns if name in used]


def training_rules(declared: Declaration) -> list[list[str]]:
    """The columns of each training rule; without rules those of the blocking keys. Raises `ModelInvalid`."""
    rules = []
    for rule in declared.training:
        sides = [_EQUALITY.fullmatch(part) for part in re.split(r"\bAND\b", rule, flags=re.IGNORECASE)]
        columns = [side[1] for side in sides if side and side[1] == side[2]]
        if len(columns) != len(sides):
            raise ModelInvalid(f"训练规则只能写成 l.列 = r.列 AND …：{rule}")
        rules.append(columns)
    return rules or [list(key.columns) for key in declared.blocking]


def implied_column(level: Level) -> str | None:
    """A column in which two records agree wherever they are of this level, if there is one."""
    when = level.when
    while "(" in when and when != (shorter := _BRACKETS.sub(" ", when)):
        when = shorter
    if re.search(r"\bOR\b", when):
        return None
    found = _SAME.search(when)
    return found[1] if found else None


def _case(comparison: Comparison) -> str:
    whens, place = [], 0
    for level in comparison.levels:
        if level.missing:
            whens.append(f"WHEN {level.when} THEN -1")
            continue
        whens.append(f"ELSE {place}" if level.when == "ELSE" else f"WHEN {level.when} THEN {place}")
        place += 1
    return f"CASE {' '.join(whens)} END"
