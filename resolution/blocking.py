"""Keys by which records find each other, none of them shared by more records than a limit."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from resolution.model.declaration import Declaration


@dataclass(frozen=True, slots=True)
class Blocked:
    """`frame`: the features with a `key_<name>` column per declared key. `oversized`: keys left out, by name."""

    frame: pl.DataFrame
    oversized: dict[str, int]


def with_keys(features: pl.DataFrame, declared: Declaration) -> Blocked:
    """Add the blocking keys; a key that more than `block_limit` records share is nulled.

    Pairs are bounded by it: a placeholder that a hundred thousand records carry costs no comparison.
    """
    limit = declared.block_limit
    keyed = features.with_columns(
        pl.concat_str(list(key.columns), separator="\x1f").alias(f"key_{key.name}") for key in declared.blocking
    )
    oversized: dict[str, int] = {}
    kept: list[pl.Expr] = []
    for key in declared.blocking:
        name = f"key_{key.name}"
        sizes = keyed.select(name).drop_nulls().group_by(name).len()
        large = sizes.filter(pl.col("len") > limit)[name]
        if large.len():
            oversized[key.name] = large.len()
        # Keys become integers: the join is twice as fast, and no clear value stands in a second column.
        kept.append(pl.when(~pl.col(name).is_in(large.implode())).then(pl.col(name).rank("dense")).alias(name))
    return Blocked(keyed.with_columns(kept), oversized)
