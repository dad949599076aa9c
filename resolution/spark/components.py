"""Connected components on Spark.

Alternating large-star and small-star rounds (Kiveris et al. 2014, "Connected components in MapReduce and beyond",
algorithm 3): each round hangs the neighbours of every node below the smallest of them; O(log² n) rounds, and no
component is ever held by one worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def components(links: DataFrame) -> DataFrame:
    """(node, component) of every node of `links` (a, b, a ≠ b); a component is called by its smallest node."""
    stars = links.selectExpr("greatest(a, b) AS high", "least(a, b) AS low").distinct().localCheckpoint()
    before = None
    while (now := _fingerprint(stars)) != before:
        before = now
        stars = _small_star(_large_star(stars)).localCheckpoint()
    leaves = stars.selectExpr("high AS node", "low AS component")
    return leaves.unionAll(stars.selectExpr("low AS node", "low AS component").distinct())


def _large_star(edges: DataFrame) -> DataFrame:
    """Every node hangs its larger neighbours below the smallest of its neighbours and itself."""
    both = edges.selectExpr("high AS node", "low AS near").unionAll(edges.selectExpr("low AS node", "high AS near"))
    least = both.selectExpr("near", "node", "least(node, min(near) OVER (PARTITION BY node)) AS least")
    return least.where("near > node").selectExpr("near AS high", "least AS low").distinct()


def _small_star(edges: DataFrame) -> DataFrame:
    """Every node hangs itself and its smaller neighbours below the smallest of them."""
    least = edges.selectExpr("high", "low", "min(low) OVER (PARTITION BY high) AS least")
    itself = least.selectExpr("high", "least AS low")
    others = least.where("low <> least").selectExpr("low AS high", "least AS low")
    return itself.unionAll(others).distinct()


def _fingerprint(edges: DataFrame) -> tuple[int, ...]:
    """Of the set of edges; equal for equal sets."""
    row = edges.selectExpr("count(*)", "bit_xor(xxhash64(high, low))", "coalesce(sum(cast(low AS DECIMAL(38))), 0)")
    return tuple(int(value or 0) for value in row.collect()[0])
