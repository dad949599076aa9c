"""What a run leaves behind for explanations, review, real time and the next, smaller run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from resolution.clusters.threshold import Decision
from resolution.features.standardise import Context
from resolution.model.model import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One kind after a run. It holds clear sensitive values: keep it in memory, or sealed.

    `base` is the digest of the model that the run started from, `model` the one that scored, adapted to the data.
    `frequencies[column]` has the columns `<column>` and `tf_<column>` (share among the entities, 0 … 1).
    `population` is the number of records that the prior is for.
    `nodes`: one row of comparison columns for each group of records alike in all of them; the row number is the node.
    `members`: record_id, node, entity_id, probability, weight (bits; null for a record alone).
    `pairs`: a, b (nodes, a < b), weight (bits, prior included), all that clustering saw.
    `covered[table]` is the highest `seq` of each lake table that took part; `judgements`: record_a, record_b, verdict.
    """

    run_id: str
    base: str
    model: Model
    context: Context
    frequencies: dict[str, pl.DataFrame]
    population: int
    nodes: pl.DataFrame
    members: pl.DataFrame
    pairs: pl.DataFrame
    decision: Decision
    judgements: pl.DataFrame
    covered: dict[str, int] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
