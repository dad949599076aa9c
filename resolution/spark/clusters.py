"""Clustering on Spark: components over the whole, then every component as on one machine.

Nothing that clustering decides reaches beyond a component of links and human yeses, so any whole components may be
clustered together by whichever worker holds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from resolution.clusters.contraction import Clustering, cluster
from resolution.spark.components import components
from resolution.spark.frames import Batches, fetch, frame_of, partitions, plain, upload

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Judged = Sequence[tuple[int, int]]

_COUNTS: Final = tuple(item.name for item in fields(Clustering) if item.name != "labels")
_PAIR: Final = {"a": pl.Int64, "b": pl.Int64, "weight": pl.Float64, "verdict": pl.String}


def contract(
    nodes: DataFrame,
    pairs: DataFrame,
    threshold: float,
    *,
    exclusive: str | None,
    together: Judged = (),
    apart: Judged = (),
    absent: float = 0.0,
) -> Clustering:
    """The clustering of all `nodes` (node and the column `exclusive`).

    `pairs`: a, b, weight (bits). The result is that of `resolution.clusters.contraction.cluster` with the weights above
    `threshold`, for nodes numbered 0, 1, 2 … in the order that breaks ties. One worker holds one partition of the pairs
    at a time, and at least the largest component.
    """
    session = nodes.sparkSession
    judged = pl.DataFrame(
        [(*pair, None, verdict) for verdict, said in (("yes", together), ("no", apart)) for pair in said],
        schema=_PAIR,
        orient="row",
    )
    verdicts = upload(session, judged)
    links = pairs.where(f"weight > {threshold!r}D").select("a", "b")
    found = components(links.unionAll(verdicts.where("verdict = 'yes' AND a <> b").select("a", "b")))
    value = f"cast(`{exclusive}` AS STRING)" if exclusive else "cast(NULL AS STRING)"
    placed = found.join(nodes.selectExpr("node", f"{value} AS value"), "node").persist()
    evidence = pairs.selectExpr("a", "b", "weight", "cast(NULL AS STRING) AS verdict").unionAll(verdicts)
    inside = (
        evidence.join(placed.toDF("a", "component", "value_a"), "a")
        .join(placed.toDF("b", "component_b", "value_b"), "b")
        .where("component = component_b")
        .drop("component_b")
        .repartition(partitions(session), "component")
        .localCheckpoint()
    )
    placed.unpersist()
    work = partial(_cluster, threshold, absent)
    rows = inside.mapInArrow(work, "node BIGINT, label BIGINT, counts ARRAY<BIGINT>").localCheckpoint()
    labels = np.arange(nodes.count(), dtype=np.int64)
    moved = fetch(rows.where("counts IS NULL").select("node", "label"))
    labels[moved["node"].to_numpy()] = moved["label"].to_numpy()
    counts = fetch(rows.where("counts IS NOT NULL").select("counts"))["counts"].to_list()
    totals = {name: sum(row[place] for row in counts) for place, name in enumerate(_COUNTS)}
    return Clustering(labels=labels, **totals)


def _cluster(threshold: float, absent: float, batches: Batches) -> Batches:
    """The work of one worker: all pairs of a partition, which holds whole components."""
    frames = [frame_of(batch) for batch in batches]
    if not frames:
        return
    rows = pl.concat(frames).sort("a", "b")
    values = (
        pl.concat([rows.select(node=side, value=f"value_{side}") for side in ("a", "b")]).unique("node").sort("node")
    )
    nodes = values["node"].to_numpy()
    scored, yes, no = (
        rows.filter(pl.col("verdict").eq_missing(pl.lit(verdict, dtype=pl.String))) for verdict in (None, "yes", "no")
    )
    result = cluster(
        len(nodes),
        np.searchsorted(nodes, scored["a"].to_numpy()),
        np.searchsorted(nodes, scored["b"].to_numpy()),
        scored["weight"].to_numpy() - threshold,
        exclusive=values["value"],
        together=_places(nodes, yes),
        apart=_places(nodes, no),
        absent=absent,
    )
    found = pl.DataFrame({"node": nodes, "label": nodes[result.labels]})
    counts = [[getattr(result, name) for name in _COUNTS]]
    yield from plain(found.with_columns(pl.lit(None, dtype=pl.List(pl.Int64)).alias("counts"))).to_batches()
    total = {"node": [None], "label": [None], "counts": counts}
    yield from plain(
        pl.DataFrame(total, schema={"node": pl.Int64, "label": pl.Int64, "counts": pl.List(pl.Int64)})
    ).to_batches()


def _places(nodes: np.ndarray, pairs: pl.DataFrame) -> list[tuple[int, int]]:
    first, second = (np.searchsorted(nodes, pairs[side].to_numpy()).tolist() for side in ("a", "b"))
    return list(zip(first, second, strict=True))
