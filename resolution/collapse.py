"""Records that say the same in everything that is compared become one before comparison.

An employer is named in as many rows as it has staff, a door in as many as there were visits. Rows that agree in the
identifier and in every compared column would score alike with all others, so one of them stands for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from resolution.model.declaration import Declaration


@dataclass(frozen=True, slots=True)
class Collapsed:
    """`frame`: one row per group, in the order of first appearance. `node[row]` is the group of each original row."""

    frame: pl.DataFrame
    node: pl.Series


def compared_columns(columns: Sequence[str], declared: Declaration) -> list[str]:
    """Those of `columns` that some condition, frequency or key of the declaration names."""
    conditions = " ".join(level.when for c in declared.comparisons for level in c.levels)
    named = {column for key in declared.blocking for column in key.columns}
    named |= {level.frequency for c in declared.comparisons for level in c.levels if level.frequency}
    named |= {column for column in (declared.identifier, declared.cannot_link) if column}
    return [name for name in columns if name in named or f"{name}_l" in conditions]


def collapse(frame: pl.DataFrame, declared: Declaration, *, alone: pl.Series) -> Collapsed:
    """Group the rows; a row of `alone`, or without identifier, stays alone: its likeness to another may be chance."""
    if declared.identifier is None:
        return Collapsed(frame, pl.Series("first", range(frame.height), dtype=pl.Int64))
    # Lists are derived from the texts beside them, so equal texts have equal lists.
    columns = [name for name in compared_columns(frame.columns, declared) if not frame.schema[name].is_nested()]
    solitary = pl.col(declared.identifier).is_null() | pl.col("@alone")
    first = pl.when(solitary).then("@row").otherwise(pl.col("@row").min().over([*columns, "@alone"]))
    firsts = frame.with_columns(alone.alias("@alone")).with_row_index("@row").select(first.alias("first"))["first"]
    node = firsts.rank("dense").cast(pl.Int64) - 1
    return Collapsed(frame[firsts.unique().sort()], node)
