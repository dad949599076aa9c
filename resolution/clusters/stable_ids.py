"""Entity ids that survive re-resolution.

Every previous entity lays claim to the one new cluster that holds most of its records. A cluster keeps the id of its
oldest claimant and the other claimants are merged into it; a cluster without claimant is new, or split off when its
records come from an entity that lives on elsewhere. An entity that has no record left is retired.

An entity that comes apart along the seam of an earlier merge gives back what it took: the records that an id brought
into it lay claim for that id (their *home*), so that undoing a merge leaves every id with the records it had.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

CHANGE_SCHEMA: Final = {"change": pl.String, "entity_id": pl.String, "other_id": pl.String}
_NOBODY: Final = pl.DataFrame(schema={"record_id": pl.String, "entity_id": pl.String})


def assign_ids(
    clusters: pl.DataFrame,
    previous: pl.DataFrame | None,
    *,
    homes: pl.DataFrame | None = None,
    prefix: str,
    kind: str,
    token: Callable[..., str],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every cluster an id.

    `clusters`: record_id, cluster. `previous`: record_id, entity_id and, where known, seq (the run that gave the id:
    the smallest seq of an entity is its age; without it the larger overlap counts as older). `homes`: record_id, home
    (the entity that a record was of before that was merged into its present one). Returns (record_id, entity_id) in the
    order of `clusters`, and the changes: created (other_id null), merged (`entity_id` is gone, `other_id` lives on),
    split (`entity_id` is new or lives again, `other_id` is where its records were), retired (`entity_id` has no record
    left, other_id null). The order of rows does not matter.
    """
    before = _NOBODY if previous is None else previous
    alive = before["entity_id"]
    firsts = clusters.group_by("cluster").agg(pl.col("record_id").min().alias("first"))
    age = pl.col("seq").min() if "seq" in before.columns else pl.lit(0)
    entities = before.group_by("entity_id").agg(age.cast(pl.Int64).alias("age"))
    placed = clusters.select("record_id", "cluster").join(before.select("record_id", "entity_id"), on="record_id")
    claimants = placed if homes is None else _by_home(placed, homes, alive)
    claims = _best(_overlaps(claimants).join(firsts, on="cluster"), "entity_id", {"overlap": True, "first": False})
    # An id that lives again has no age, and comes after those that never ended.
    aged = claims.join(entities, on="entity_id", how="left").with_columns(again=pl.col("age").is_null())
    kept = _best(aged, "cluster", {"again": False, "age": False, "overlap": True, "entity_id": False})
    heirs = kept.select("cluster", pl.col("entity_id").alias("kept"))
    merged = aged.filter(~pl.col("again")).join(heirs, on="cluster").filter(pl.col("entity_id") != pl.col("kept"))
    made = firsts.join(heirs, on="cluster", how="anti").sort("first")
    origins = _best(_overlaps(placed), "cluster", {"overlap": True, "entity_id": False}).select(
        "cluster", pl.col("entity_id").alias("origin")
    )
    revived = kept.filter("again").join(origins, on="cluster")
    made = made.join(origins, on="cluster", how="left", maintain_order="left")
    made = made.with_columns(_new_ids(made["first"], pl.concat([alive, revived["entity_id"]]), prefix, kind, token))
    changes = pl.concat(
        [
            _changes(made.filter(pl.col("origin").is_null()), "created", "made"),
            _changes(made.filter(pl.col("origin").is_not_null()), "split", "made", "origin"),
            _changes(revived, "split", "entity_id", "origin"),
            _changes(merged, "merged", "entity_id", "kept"),
            _changes(entities.join(claims, on="entity_id", how="anti"), "retired", "entity_id"),
        ]
    ).sort("change", "entity_id")
    ids = pl.concat([kept.select("cluster", "entity_id"), made.select("cluster", pl.col("made").alias("entity_id"))])
    assigned = clusters.select("record_id", "cluster").join(ids, on="cluster", how="left", maintain_order="left")
    return assigned.select("record_id", "entity_id"), changes


def _overlaps(placed: pl.DataFrame) -> pl.DataFrame:
    return placed.group_by("entity_id", "cluster").agg(pl.len().cast(pl.Int64).alias("overlap"))


def _by_home(placed: pl.DataFrame, homes: pl.DataFrame, alive: pl.Series) -> pl.DataFrame:
    """`placed`, the records of an entity that comes apart under their homes, if some of its records are its own."""
    gone = homes.filter(~pl.col("home").is_in(alive.unique().implode()))
    apart = pl.col("cluster").n_unique().over("entity_id") > 1
    own = pl.col("home").is_null().any().over("entity_id")
    claimant = pl.when(apart & own).then(pl.coalesce("home", "entity_id")).otherwise("entity_id")
    return placed.join(gone, on="record_id", how="left").select("record_id", "cluster", claimant.alias("entity_id"))


def _best(frame: pl.DataFrame, key: str, order: dict[str, bool]) -> pl.DataFrame:
    """The first row of each key, in an order (column → descending) that is sought only where keys repeat."""
    repeated = pl.col(key).is_duplicated()
    first = frame.filter(repeated).sort(*order, descending=list(order.values())).unique(key, keep="first")
    return pl.concat([frame.filter(~repeated), first])


def _new_ids(firsts: pl.Series, alive: pl.Series, prefix: str, kind: str, token: Callable[..., str]) -> pl.Series:
    """Fresh ids, named after the clusters' smallest record ids; salted where an entity that lives on has the name."""
    names = pl.Series("made", [f"{prefix}_{token(kind, first)}" for first in firsts], dtype=pl.String)
    clash = names.is_in(alive.implode()) | ~names.is_first_distinct()
    if not clash.any():
        return names
    taken = {*alive, *names.filter(~clash)}
    found = names.to_list()
    for row in clash.arg_true():
        salt = 1
        while (salted := f"{prefix}_{token(kind, firsts[row], str(salt))}") in taken:
            salt += 1
        taken.add(salted)
        found[row] = salted
    return pl.Series("made", found, dtype=pl.String)


def _changes(frame: pl.DataFrame, change: str, entity: str, other: str | None = None) -> pl.DataFrame:
    return frame.select(
        pl.lit(change).alias("change"),
        pl.col(entity).alias("entity_id"),
        (pl.lit(None, dtype=pl.String) if other is None else pl.col(other)).alias("other_id"),
    )
