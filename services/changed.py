"""Which records of a kind a lake holds that a run has not seen."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from loaders.lake.schema import records_table
from services.app import App
from services.judging import version

# What `services.training.with_context` adds to a record of a kind comes from the other records of its row.
_CONTEXT: Mapping[str, tuple[str, ...]] = {"person": ("dwelling", "organization", "household"), "dwelling": ("person",)}


def input_tables(kind: str) -> list[str]:
    """The lake tables that the records of a kind and their context come from."""
    related = _CONTEXT.get(kind, ())
    return [*map(records_table, (kind, *related)), *(["relations"] if related else [])]


def covered_now(app: App, kind: str) -> dict[str, int]:
    """The highest `seq` of each table that a run of `kind` depends on; of the judgements, that of the kind's own."""
    return {table: app.lake.last_seq(table) for table in input_tables(kind)} | {"judgements": version(app, kind)}


def changed_ids(app: App, kind: str, covered: Mapping[str, int]) -> set[str]:
    """Records that came, changed or went since, in themselves or in what their rows say beside them."""
    own = records_table(kind)
    changed = _since(app, own, "record_id", covered)
    if related := _CONTEXT.get(kind, ()):
        others = {id_ for name in related for id_ in _since(app, records_table(name), "record_id", covered)}
        told = {id_ for end in ("from_id", "to_id") for id_ in _since(app, "relations", end, covered)}
        ends = app.lake.scan("relations").select("from_id", "to_id")
        moved = list(others)
        reached = ends.filter(pl.col("from_id").is_in(moved) | pl.col("to_id").is_in(moved)).collect()
        changed |= told | set(reached["from_id"]) | set(reached["to_id"]) | _of_rows(app, own, related, covered)
    known = app.lake.scan(own).select("record_id").unique().filter(pl.col("record_id").is_in(list(changed)))
    return set(known.collect()["record_id"])


def _since(app: App, table: str, column: str, covered: Mapping[str, int]) -> set[str]:
    rows = app.lake.scan(table).filter(pl.col("seq") > covered.get(table, 0)).select(column).collect()
    return set(rows[column].drop_nulls())


def _of_rows(app: App, own: str, related: tuple[str, ...], covered: Mapping[str, int]) -> set[str]:
    """Records of the source rows whose other mentions changed: a door that a row states is no relation of it."""
    row = ("feed", pl.col("record_key").str.split("#").list.first().alias("row"))
    rows = [
        app.lake.scan(table).filter(pl.col("seq") > covered.get(table, 0)).select(*row)
        for table in map(records_table, related)
    ]
    mine = app.lake.scan(own).select("record_id", *row)
    return set(mine.join(pl.concat(rows).unique(), on=["feed", "row"], how="semi").collect()["record_id"])
