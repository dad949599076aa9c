"""One golden value per field and entity, from the claims of its records.

A value wins by agreement first (how many departments claim it), then by the authority of its best source for that field
(`authority.csv`), then by recency. Identifiers with a bad check or a masked part only win where there is no other.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from core.catalogue import Field, Kind
from core.catalogue import kind as catalogue_kind
from core.values import CitizenId, IdStatus, StandardAddress, Uscc
from resolution.features.columns import column, parsed

_AUTHORITY: Final = Path(__file__).resolve().parent / "authority.csv"
_UNRANKED: Final = 99


def golden(kind: str, records: pl.DataFrame, assignments: pl.DataFrame) -> pl.DataFrame:
    """One row per entity: entity_id, the kind's fields (clear), first_observed, last_observed, record_count.

    `records` as for `resolve`; records without an assignment are left out.
    """
    declared = catalogue_kind(kind)
    joined = records.join(assignments.select("record_id", "entity_id"), on="record_id").sort("entity_id", "record_id")
    result = joined.group_by("entity_id", maintain_order=True).agg(
        pl.col("observed_at").min().alias("first_observed"),
        pl.col("observed_at").max().alias("last_observed"),
        pl.len().alias("record_count"),
    )
    for field in declared.fields:
        result = result.join(_best(declared, field, joined), on="entity_id", how="left", maintain_order="left")
    if declared.name == "person":
        result = _born_by_id(result)
    return result.select("entity_id", *declared.field_names, "first_observed", "last_observed", "record_count")


def _born_by_id(persons: pl.DataFrame) -> pl.DataFrame:
    """Birth date and sex from a valid citizen id (GB 11643) where no register states them."""
    told = [CitizenId.parse(text) if text else None for text in persons["citizen_id"]]
    sound = [value if value and value.status is IdStatus.VALID else None for value in told]
    births = [value.birth_date.isoformat() if value and value.birth_date else None for value in sound]
    sexes = [value.sex if value else None for value in sound]
    return persons.with_columns(
        pl.col("birth_date").cast(pl.String).fill_null(pl.Series(births, dtype=pl.String)),
        pl.col("sex").cast(pl.String).fill_null(pl.Series(sexes, dtype=pl.String)),
    )


def _best(declared: Kind, field: Field, joined: pl.DataFrame) -> pl.DataFrame:
    claims = joined.select("entity_id", "feed", "department", "observed_at").with_columns(
        joined[field.name] if field.name in joined.columns and field.type == "number" else column(joined, field.name)
    )
    claims = claims.with_columns(_soundness(field, claims[field.name]).alias("soundness"))
    claims = claims.drop_nulls(field.name).join(
        authority().filter((pl.col("kind") == declared.name) & (pl.col("field") == field.name)).select("feed", "rank"),
        on="feed",
        how="left",
    )
    return (
        claims.group_by("entity_id", field.name)
        .agg(
            pl.col("soundness").max(),
            pl.col("department").n_unique().alias("agreement"),
            pl.col("rank").min().fill_null(_UNRANKED),
            pl.col("observed_at").max(),
        )
        .sort(
            ["entity_id", "soundness", "agreement", "rank", "observed_at", field.name],
            descending=[False, True, True, False, True, False],
            nulls_last=True,
        )
        .unique("entity_id", keep="first", maintain_order=True)
        .select("entity_id", field.name)
    )


def _soundness(field: Field, values: pl.Series) -> pl.Series:
    """2 = in order, 1 = damaged, 0 = masked, for types that can tell; else 2 throughout."""
    readers = {"citizen_id": _citizen_id, "uscc": _uscc, "address": _address}
    reader = readers.get(field.type)
    if reader is None:
        return pl.Series([2] * values.len(), dtype=pl.Int8)
    return parsed(values, {"soundness": pl.Int8}, reader).to_series().fill_null(0)


def _citizen_id(text: str) -> tuple[int]:
    return ({IdStatus.VALID: 2, IdStatus.MASKED: 0}.get(CitizenId.parse(text).status, 1),)


def _uscc(text: str) -> tuple[int]:
    code = Uscc.parse(text)
    return (0 if code.is_masked else 2 if code.valid else 1,)


def _address(text: str) -> tuple[int]:
    return ({"complete": 2, "partial": 1}.get(StandardAddress.parse(text).state, 0),)


@cache
def authority() -> pl.DataFrame:
    """kind, field, feed, rank (1 = the source that others ask)."""
    return pl.read_csv(_AUTHORITY, schema={"kind": pl.String, "field": pl.String, "feed": pl.String, "rank": pl.Int64})
