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
    oversized: dict[str, int] = {}
    keys: list[pl.Series] = []
    for key in declared.blocking:
        # Hashes join twice as fast as texts, and no clear value stands in a second column; two keys that share one
        # by chance cost a comparison, no more.
        text = pl.concat_str(list(key.columns), separator="\x1f")
        hashed = pl.when(text.is_not_null()).then(text.hash().reinterpret(signed=True)).alias(f"key_{key.name}")
        values = features.select(hashed).to_series()
        sizes = values.drop_nulls().value_counts(name="len")
        large = sizes.filter(pl.col("len") > limit)[values.name]
        if large.len():
            oversized[key.name] = large.len()
            values = features.select(
                pl.when(~values.is_in(large.implode())).then(values).alias(values.name)
            ).to_series()
        keys.append(values)
    return Blocked(features.with_columns(keys), oversized)


def candidate_pairs(blocked: Blocked) -> pl.DataFrame:
    """The pairs of rows that share some key, each once: a, b (row numbers, a < b), sorted.

    One key after the other, so that no more than one join is held in memory.
    """
    found = [pl.Series("pair", [], dtype=pl.UInt64)]
    for name in (name for name in blocked.frame.columns if name.startswith("key_")):
        rows = blocked.frame.select(pl.int_range(pl.len(), dtype=pl.UInt64).alias("a"), name).drop_nulls()
        shared = rows.filter(pl.len().over(name) > 1)
        both = shared.join(shared.rename({"a": "b"}), on=name).filter(pl.col("a") < pl.col("b"))
        found.append(both.select(pair=pl.col("a") * 2**32 + pl.col("b")).to_series())
    pairs = pl.concat(found).unique().sort().to_frame("pair")
    return pairs.select(a=(pl.col("pair") // 2**32).cast(pl.Int64), b=(pl.col("pair") % 2**32).cast(pl.Int64))
