"""Records and events with their sealed values opened, in memory only."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.catalogue import EVENT, KINDS, Kind
from core.sealing import Vault
from loaders.lake.schema import records_table
from loaders.lake.store import Lake

_RECORD = ("record_id", "feed", "department", "record_key", "observed_at", "flags")
_EVENT = ("event_id", "feed", "source_department", "record_key", "observed_at", "flags", "steps", "props")


def open_records(lake: Lake, kind: str, vault: Vault, *, where: pl.Expr | None = None) -> pl.DataFrame:
    """The current records of a kind: the common columns, then every catalogue field in clear.

    `where` chooses records by their ids or feeds: only those are read and opened.
    Never write the result to disk. Raises `KeyUnusable` when a value does not open.
    """
    return _opened(lake, records_table(kind), KINDS[kind], owner="record_id", common=_RECORD, vault=vault, where=where)


def open_events(lake: Lake, vault: Vault, *, where: pl.Expr | None = None) -> pl.DataFrame:
    """The current events, their text in clear; `steps` and `props` are JSON. Never write the result to disk.

    `where` chooses events by their ids: only those are read and opened.
    """
    return _opened(lake, "events", EVENT, owner="event_id", common=_EVENT, vault=vault, where=where)


def _opened(
    lake: Lake,
    table: str,
    kind: Kind,
    *,
    owner: str,
    common: Sequence[str],
    vault: Vault,
    where: pl.Expr | None = None,
) -> pl.DataFrame:
    sealed = [field.name for field in kind.fields if field.sealable]
    frame = lake.current(table, [*common, *kind.field_names, *(f"{name}_sealed" for name in sealed)], where=where)
    owners = frame[owner].to_list()
    columns = []
    for name in sealed:
        clear = [
            shown if value is None else vault.open(value, field=name, owner=one)
            for value, shown, one in zip(frame[f"{name}_sealed"], frame[name], owners, strict=True)
        ]
        columns.append(pl.Series(name, clear, dtype=pl.String))
    return frame.with_columns(columns).select(*common, *kind.field_names)
