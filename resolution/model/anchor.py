"""Scored pairs whose truth an identifier tells, weighed as if it were not known: what a threshold can rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from resolution.clusters.threshold import Anchor
from resolution.engine import open_engine
from resolution.model.declaration import Declaration
from resolution.model.dependence import fields_of
from resolution.model.estimation import Floats
from resolution.model.model import Model
from resolution.model.sampling import Sampler

# As many known pairs are weighed; the truth of the others is still told.
WEIGHED: Final = 100_000


def anchor(
    model: Model, nodes: pl.DataFrame, pairs: pl.DataFrame, frequencies: Mapping[str, pl.DataFrame], population: int
) -> Anchor | None:
    """For the scored pairs (a, b: rows of `nodes`): which are known, which of them the same, and their other weight.

    Known is a pair whose two sides both carry the identifier and what no cluster may hold two of. A pair that met by
    the identifier only has no other weight (NaN), and neither has one outside the sample. None for a kind without
    identifier, or without a pair that is known.
    """
    declared = model.declaration
    if declared.identifier is None or pairs.is_empty():
        return None
    told_by = [name for name in (declared.identifier, declared.cannot_link) if name]
    told = nodes.select(told_by)
    a, b = told[pairs["a"]], told[pairs["b"]]
    known = np.logical_and.reduce([(a[name].is_not_null() & b[name].is_not_null()).to_numpy() for name in told_by])
    same = known & np.logical_and.reduce([(a[name] == b[name]).fill_null(value=False).to_numpy() for name in told_by])
    if not known.any():
        return None
    rows = np.flatnonzero(known)
    chosen = rows[:: -(-len(rows) // WEIGHED)]
    without = np.full(pairs.height, np.nan)
    without[chosen] = _other_weights(model, nodes, pairs[chosen], frequencies, population)
    return Anchor(known=known, same=same, without=without)


def _other_weights(
    model: Model, nodes: pl.DataFrame, pairs: pl.DataFrame, frequencies: Mapping[str, pl.DataFrame], population: int
) -> Floats:
    """The weight of each pair (bits, prior included) with one side's identifier hidden; NaN where no key is left."""
    declared = model.declaration
    columns = sorted(frequencies)
    also = "".join(f', "{name}_l", "{name}_r"' for name in columns) + f", {_met(declared)} AS met, number"
    with open_engine(nodes.height) as engine:
        sampler = Sampler(engine, declared, nodes)
        made = sampler.given(pairs)
        vectors = sampler.fetch(f"SELECT * FROM ({sampler.vectors(made, sampler.blinded(made), also)}) ORDER BY number")  # noqa: S608
    prior = model.prior(population)
    weight = np.full(vectors.height, np.log2(prior / (1 - prior)))
    share = {name: _shares(vectors, name, frequencies[name]) for name in columns}
    for comparison in declared.comparisons:
        levels = [level for level in comparison.levels if not level.missing]
        of_level = [model.of(comparison.name, level.name) for level in levels]
        bits = np.array([np.log2(m / u) for m, u in of_level] + [0.0])
        gamma = vectors[f"gamma_{comparison.name}"].to_numpy().astype(np.int64)
        weight += bits[gamma]
        for place, level in enumerate(levels):
            if level.frequency:
                adjusted = np.log2(of_level[place][1] / share[level.frequency])
                weight += np.where((gamma == place) & ~np.isnan(adjusted), adjusted, 0.0)
    return np.where(vectors["met"].to_numpy(), weight, np.nan)


def _met(declared: Declaration) -> str:
    """SQL: whether the two agree in a key that does not name the identifier's field."""
    hidden = fields_of(declared, [name for name in (declared.identifier, declared.cannot_link) if name])
    keys = [key.columns for key in declared.blocking if not fields_of(declared, key.columns) <= hidden]
    agree = [" AND ".join(f'"{column}_l" = "{column}_r"' for column in columns) for columns in keys]
    return f"coalesce({' OR '.join(agree)}, false)" if agree else "false"


def _shares(vectors: pl.DataFrame, column: str, frequency: pl.DataFrame) -> Floats:
    """The greater of the two values' shares, NaN where neither is known."""
    sides = [
        vectors.select(pl.col(f"{column}_{side}").alias(column))
        .join(frequency, on=column, how="left", maintain_order="left")[f"tf_{column}"]
        .cast(pl.Float64)
        .alias(side)
        for side in "lr"
    ]
    greater: Floats = pl.DataFrame(sides).select(pl.max_horizontal("l", "r").fill_null(float("nan")))["l"].to_numpy()
    return greater
