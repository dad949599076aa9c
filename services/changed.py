"""Which records of a kind a lake holds that a run has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from loaders.lake.schema import records_table
from resolution.features.context import COMPANY_RELATIONS, DOOR_RELATIONS, HOUSEHOLD_RELATIONS
from services.app import App
from services.judging import version

# What `services.training.with_context` adds to a record of a kind comes from the other records of its row.
_CONTEXT: Mapping[str, tuple[str, ...]] = {"person": ("dwelling", "organization", "household"), "dwelling": ("person",)}

# What takes a relation out need not say what it was.
_TELLING: Final = pl.col("type").is_null() | pl.col("type").is_in(
    [*DOOR_RELATIONS, *COMPANY_RELATIONS, *HOUSEHOLD_RELATIONS]
)
_EVERY: Final = pl.lit(value=True)


def input_tables(kind: str) -> list[str]:
    """The lake tables that the records of a kind and their context come from."""
    related = _CONTEXT.get(kind, ())
    return [*map(records_table, (kind, *related)), *(["relations"] if related else [])]


def input_state(app: App, table: str) -> str:
    """What the rows of an input table can be known by, as far as a run reads them."""
    return app.lake.state(table) if table != "relations" else ".".join(map(str, _telling(app)))


def covered_now(app: App, kind: str) -> dict[str, int]:
    """The highest `seq` of each table that a run of `kind` depends on; of the judgements, that of the kind's own."""
    tables = input_tables(kind)
    covered = {table: app.lake.last_seq(table) for table in tables if table != "relations"}
    if "relations" in tables:
        covered["relations"] = _telling(app)[0]
    return covered | {"judgements": version(app, kind)}


def _telling(app: App) -> tuple[int, int]:
    """The highest `seq` and the number of the relations that say something of a record: not who complained of whom."""
    rows = app.lake.scan("relations").filter(_TELLING).select(pl.col("seq").max(), pl.len()).collect()
    last, count = rows.row(0)
    return last or 0, count


def changed_ids(app: App, kind: str, covered: Mapping[str, int]) -> set[str]:
    """Records that came, changed or went since, in themselves or in what their rows say beside them."""
    own = records_table(kind)
    changed = _since(app, own, "record_id", covered)
    if related := _CONTEXT.get(kind, ()):
        others = {id_ for name in related for id_ in _since(app, records_table(name), "record_id", covered)}
        told = {id_ for end in ("from_id", "to_id") for id_ in _since(app, "relations", end, covered, _TELLING)}
        ends = app.lake.scan("relations").select("from_id", "to_id")
        moved = list(others)
        reached = ends.filter(pl.col("from_id").is_in(moved) | pl.col("to_id").is_in(moved)).collect()
        changed |= told | set(reached["from_id"]) | set(reached["to_id"]) | _of_rows(app, own, related, covered)
    known = app.lake.scan(own).select("record_id").unique().filter(pl.col("record_id").is_in(list(changed)))
    return set(known.collect()["record_id"])


def _since(app: App, table: str, column: str, covered: Mapping[str, int], where: pl.Expr = _EVERY) -> set[str]:
    rows = app.lake.scan(table).filter(pl.col("seq") > covered.get(table, 0), where).select(column).collect()
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
