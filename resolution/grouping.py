"""From scored pairs of nodes to clusters of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolution.clusters.adoption import adopt
from resolution.clusters.contraction import Clustering, cluster
from resolution.clusters.threshold import Decision, decide
from resolution.judgements import effective, newest
from resolution.model.anchor import anchor
from resolution.model.declaration import Declaration
from resolution.model.model import Model

# What a record is taken for that agrees with another in the identifier and in all else (bits).
SAME_WEIGHT: Final = 30.0
_VERDICTS: Final = {"record_a": pl.String, "record_b": pl.String, "verdict": pl.String}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Human judgements as pairs of nodes; `frame` keeps record_a, record_b, verdict for the next run."""

    together: list[tuple[int, int]]
    apart: list[tuple[int, int]]
    frame: pl.DataFrame
    report: dict[str, Any]


def judged(judgements: pl.DataFrame | None, members: pl.DataFrame) -> Verdicts:
    """The judgements that bind, about records that are still there."""
    if judgements is None or judgements.is_empty():
        return Verdicts([], [], pl.DataFrame(schema=_VERDICTS), {})
    binding = effective(judgements, members["record_id"])
    node = dict(members.select("record_id", "node").iter_rows())

    def nodes(pairs: pl.DataFrame) -> list[tuple[int, int]]:
        both = ((node[a], node[b]) for a, b in pairs.select("record_a", "record_b").iter_rows())
        return [(a, b) for a, b in both if a != b]

    together, apart = nodes(binding.together), nodes(binding.apart)
    report = {
        "positive": len(together),
        "negative": len(apart),
        "contradictions": [item.as_dict() for item in binding.contradictions],
    }
    return Verdicts(together, apart, judgements.select(list(_VERDICTS)), report)


def judged_rows(judgements: pl.DataFrame | None, record_ids: pl.Series) -> pl.DataFrame | None:
    """The newest verdict on each pair of records as rows a, b of the run, for the model to learn from."""
    if judgements is None or judgements.is_empty():
        return None
    rows = record_ids.to_frame("record_id").with_row_index("row")
    return (
        newest(judgements)
        .join(rows.rename({"row": "a"}), left_on="record_a", right_on="record_id")
        .join(rows.rename({"row": "b"}), left_on="record_b", right_on="record_id")
        .select("a", "b", "verdict")
    )


def kept_apart(judgements: pl.DataFrame | None, present: pl.Series | None = None) -> set[str]:
    """Records (`present`, if given) of a human 'no': they stay nodes of their own, however alike they look."""
    if judgements is None or judgements.is_empty():
        return set()
    apart = effective(judgements, present).apart
    return {*apart["record_a"], *apart["record_b"]}


def contract(
    nodes: pl.DataFrame,
    pairs: pl.DataFrame,
    decision: Decision,
    verdicts: Verdicts,
    members: pl.DataFrame,
    declared: Declaration,
) -> Clustering:
    """Cluster all nodes; ties fall by the smallest record id of a node, never by row."""
    ends = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    weight = pairs["weight"].to_numpy() - decision.threshold
    exclusive, names = exclusive_values(nodes, declared), names_of(members)
    made = cluster(
        nodes.height,
        *ends,
        weight,
        exclusive=exclusive,
        together=verdicts.together,
        apart=verdicts.apart,
        order=names,
        absent=declared.absent,
    )
    if not declared.adopt:
        return made
    labels, _ = adopt(made.labels, *ends, weight, exclusive=exclusive, apart=verdicts.apart, order=names)
    return replace(made, labels=labels)


def exclusive_values(nodes: pl.DataFrame, declared: Declaration) -> pl.Series:
    """The value of each node of which a cluster holds one only."""
    if declared.cannot_link is None:
        return pl.repeat(None, nodes.height, dtype=pl.String, eager=True)
    return nodes[declared.cannot_link]


def names_of(members: pl.DataFrame) -> pl.Series:
    """A unique name of each node: its smallest record id."""
    return members.group_by("node").agg(pl.col("record_id").min()).sort("node")["record_id"]


def choose(
    model: Model,
    nodes: pl.DataFrame,
    members: pl.DataFrame,
    pairs: pl.DataFrame,
    frequencies: Mapping[str, pl.DataFrame],
    population: int,
) -> Decision:
    """Threshold and review band, chosen from the scores and from what the identifier tells about them."""
    sizes = members.group_by("node").len().sort("node")["len"].cast(pl.Float64)
    return decide(
        pairs["weight"].to_numpy(),
        model.declaration.objective,
        counts=(sizes.gather(pairs["a"]) * sizes.gather(pairs["b"])).to_numpy(),
        certain=float((sizes * (sizes - 1) / 2).sum()),
        anchor=anchor(model, nodes, pairs, frequencies, population),
    )


def clusters_of(members: pl.DataFrame, pairs: pl.DataFrame, labels: NDArray[np.int64]) -> pl.DataFrame:
    """record_id, node, cluster, probability, weight of each record, in the order of `members`.

    `weight` is that of the record's strongest link in its cluster (bits, null for a record alone); the probability is
    its logistic, 1.0 for a record alone.
    """
    label = pl.Series("cluster", labels)
    inside = pairs.filter(label.gather(pairs["a"]) == label.gather(pairs["b"]))
    best = (
        pl.concat([inside.select(node="a", weight="weight"), inside.select(node="b", weight="weight")])
        .group_by("node")
        .agg(pl.col("weight").max())
    )
    shared = pl.len().over("node") > 1
    return (
        members.select("record_id", "node")
        .with_columns(label.gather(members["node"]).alias("cluster"), shared.alias("@shared"))
        .join(best.with_columns(pl.col("node").cast(pl.Int64)), on="node", how="left", maintain_order="left")
        .with_columns(
            pl.when("@shared")
            .then(pl.max_horizontal("weight", pl.lit(SAME_WEIGHT)))
            .otherwise("weight")
            .alias("weight")
        )
        .with_columns((1 / (1 + (-pl.col("weight")).mul(float(np.log(2))).exp())).fill_null(1.0).alias("probability"))
        .drop("@shared")
    )
