"""Relations that no record states but addresses and memberships imply: the place tree, premises, households' homes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import polars as pl

from core.sealing import Vault
from graph.linking.places import Place, PlaceTree

PLACE_PREFIX = {"Building": "bld", "Compound": "cmp", "Community": "com", "Grid": "grd", "Street": "str"}
DERIVED = "derived"  # stands in `sources` where no single feed states the relation

PlaceId = Callable[[Place], str]

RELATION_SCHEMA = {
    **dict.fromkeys(("type", "from_label", "from_id", "to_label", "to_id", "discriminator"), pl.String()),
    "valid_from": pl.Date(),
    "valid_to": pl.Date(),
    "observed_at": pl.Datetime("us"),
    "sources": pl.List(pl.String()),
    "confidence": pl.Float64(),
    **dict.fromkeys(("role", "relation_to_head", "kind", "share", "rule", "evidence"), pl.String()),
}


def relation_frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of RELATION_SCHEMA, missing columns null."""
    return pl.DataFrame(
        [[row.get(name) for name in RELATION_SCHEMA] for row in rows], schema=RELATION_SCHEMA, orient="row"
    )


def aligned(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with exactly the columns of RELATION_SCHEMA."""
    return pl.concat([pl.DataFrame(schema=RELATION_SCHEMA), frame], how="diagonal").select(*RELATION_SCHEMA)


def place_ids(vault: Vault) -> PlaceId:
    """Gives each place its node id; a dwelling's key is its id already."""
    cache: dict[Place, str] = {}

    def place_id(place: Place) -> str:
        if place.label == "Dwelling":
            return place.key
        if place not in cache:
            cache[place] = f"{PLACE_PREFIX[place.label]}_{vault.token('place', place.label, place.key)}"
        return cache[place]

    return place_id


def part_of(tree: PlaceTree, place_id: PlaceId, sources: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """PART_OF rows. `sources`: dwelling id → the feeds that know it."""
    for dwelling, parent in sorted(tree.dwelling_parent.items()):
        child = Place("Dwelling", dwelling)
        yield _inside(child, parent, place_id, 1.0, sources.get(dwelling, [DERIVED]))
    for (child, parent), share in sorted(tree.parents.items()):
        yield _inside(child, parent, place_id, share, [DERIVED])


def _inside(child: Place, parent: Place, place_id: PlaceId, share: float, sources: list[str]) -> dict[str, Any]:
    return {
        "type": "PART_OF",
        "from_label": child.label,
        "from_id": place_id(child),
        "to_label": parent.label,
        "to_id": place_id(parent),
        "sources": sources,
        "confidence": share,
    }


def premises(
    organizations: pl.DataFrame, tree: PlaceTree, place_id: PlaceId, sources: dict[str, list[str]]
) -> Iterator[dict[str, Any]]:
    """LOCATED_AT rows of organizations (`entity_id`, `address`, `registered_on`) whose address leads to a place."""
    wanted = [name for name in ("entity_id", "address", "registered_on") if name in organizations.columns]
    for row in organizations.select(wanted).sort("entity_id").iter_rows(named=True):
        place = tree.find(row["address"]) if row.get("address") else None
        if place is None:
            continue
        yield {
            "type": "LOCATED_AT",
            "from_label": "Organization",
            "from_id": row["entity_id"],
            "to_label": place.label,
            "to_id": place_id(place),
            "valid_from": _date(row.get("registered_on")),
            "sources": sources.get(row["entity_id"], [DERIVED]),
            "confidence": 0.9,
        }


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value is None:
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def household_homes(relations: pl.DataFrame) -> pl.DataFrame:
    """LOCATED_AT rows of households: where most of the present members live now.

    Confidence is the share of the members with a known residence who live there. A household none of whose members is
    known to live anywhere has no home: its registered address says where it belongs, not where it is.
    """
    now = pl.col("valid_to").is_null()
    members = relations.filter(pl.col("type") == "MEMBER_OF", now).select(
        pl.col("from_id").alias("person"), pl.col("to_id").alias("household")
    )
    stays = relations.filter(pl.col("type") == "LIVES_IN", now).select(
        pl.col("from_id").alias("person"),
        pl.col("to_id").alias("dwelling"),
        "valid_from",
        "observed_at",
        "sources",
    )
    return (
        members.unique()
        .join(stays, on="person", how="inner")
        .group_by("household", "dwelling")
        .agg(
            pl.col("person").n_unique().alias("living"),
            # Whoever lives there since nobody knows when does not make the others' dates unknown.
            pl.col("valid_from").min(),
            pl.col("observed_at").max(),
            pl.col("sources").explode().unique().sort(),
        )
        .with_columns(share=(pl.col("living") / pl.col("living").sum().over("household")).round(3))
        .sort("household", "living", "dwelling", descending=[False, True, False])
        .group_by("household", maintain_order=True)
        .first()
        .select(
            pl.lit("LOCATED_AT").alias("type"),
            pl.lit("Household").alias("from_label"),
            pl.col("household").alias("from_id"),
            pl.lit("Dwelling").alias("to_label"),
            pl.col("dwelling").alias("to_id"),
            "valid_from",
            "observed_at",
            "sources",
            pl.col("share").alias("confidence"),
        )
    )
