"""Entity ids that survive re-resolution.

Every previous entity lays claim to the one new cluster that holds most of its records. A cluster keeps the id of its
oldest claimant and the other claimants are merged into it; a cluster without claimant is new, or split off when its
records come from an entity that lives on elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

CHANGE_SCHEMA: Final = {"change": pl.String, "entity_id": pl.String, "other_id": pl.String}


def assign_ids(
    clusters: pl.DataFrame, previous: pl.DataFrame | None, *, prefix: str, kind: str, token: Callable[..., str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every cluster an id.

    `clusters`: record_id, cluster. `previous`: record_id, entity_id and, where known, seq (the run that gave the id:
    the smallest seq of an entity is its age; without it the larger overlap counts as older). Returns (record_id,
    entity_id) in the order of `clusters`, and the changes: created (other_id null), merged (`entity_id` is gone,
    `other_id` lives on), split (`entity_id` is new, `other_id` is where its records were).
    """
    firsts = clusters.group_by("cluster").agg(pl.col("record_id").min().alias("first"))
    first = dict(firsts.iter_rows())
    overlaps = _overlaps(clusters, previous, first)
    kept, merged = _claims(overlaps)
    taken = set(overlaps["entity_id"]) if overlaps.height else set()
    came_from = dict(
        overlaps.sort(["overlap", "entity_id"], descending=[True, False])
        .unique("cluster", keep="first")
        .select("cluster", "entity_id")
        .iter_rows()
    )
    changes: list[tuple[str, str, str | None]] = [("merged", gone, kept[cluster]) for gone, cluster in merged.items()]
    ids = dict(kept)
    for cluster in sorted(first, key=first.__getitem__):
        if cluster in ids:
            continue
        new_id = _new_id(prefix, kind, first[cluster], taken, token)
        ids[cluster] = new_id
        origin = came_from.get(cluster)
        changes.append(("created", new_id, None) if origin is None else ("split", new_id, origin))
    assigned = clusters.select(
        "record_id", pl.col("cluster").replace_strict(ids, return_dtype=pl.String).alias("entity_id")
    )
    frame = pl.DataFrame(changes, schema=CHANGE_SCHEMA, orient="row").sort("change", "entity_id")
    return assigned, frame


def _overlaps(clusters: pl.DataFrame, previous: pl.DataFrame | None, first: Mapping[int, str]) -> pl.DataFrame:
    if previous is None or previous.is_empty():
        return pl.DataFrame(
            schema={
                "entity_id": pl.String,
                "cluster": clusters.schema["cluster"],
                "overlap": pl.Int64,
                "age": pl.Int64,
                "first": pl.String,
            }
        )
    with_age = previous.with_columns(
        (pl.col("seq").min().over("entity_id") if "seq" in previous.columns else pl.lit(0)).cast(pl.Int64).alias("age")
    )
    return (
        clusters.join(with_age.select("record_id", "entity_id", "age"), on="record_id")
        .group_by("entity_id", "cluster")
        .agg(pl.len().cast(pl.Int64).alias("overlap"), pl.col("age").first())
        .with_columns(
            pl.col("cluster").replace_strict(first, default=None, return_dtype=pl.String).alias("first"),
        )
    )


def _claims(overlaps: pl.DataFrame) -> tuple[dict[int, str], dict[str, int]]:
    """Cluster → the id that it keeps, and previous id → the cluster that swallowed it."""
    claims = overlaps.sort(["overlap", "first"], descending=[True, False]).unique("entity_id", keep="first")
    kept: dict[int, str] = {}
    merged: dict[str, int] = {}
    for row in claims.sort(["age", "overlap", "entity_id"], descending=[False, True, False]).iter_rows(named=True):
        if row["cluster"] in kept:
            merged[row["entity_id"]] = row["cluster"]
        else:
            kept[row["cluster"]] = row["entity_id"]
    return kept, merged


def _new_id(prefix: str, kind: str, first: str, taken: set[str], token: Callable[..., str]) -> str:
    """A fresh id, named after the cluster's smallest record id; salted where an entity that lives on has that name."""
    salt = 0
    while True:
        candidate = f"{prefix}_{token(kind, first, *([str(salt)] if salt else []))}"
        if candidate not in taken:
            taken.add(candidate)
            return candidate
        salt += 1
