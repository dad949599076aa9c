"""A chunk of source rows to frames for the lake; the same code in this process and in worker processes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from core.sealing import Vault
from core.values import InvalidValue
from loaders.feeds.cells import to_text
from loaders.feeds.mapping import Mapping
from loaders.feeds.reading import RowReader
from loaders.feeds.sealing import LakeRow, Sealer, canonical, lake_columns
from loaders.feeds.sources.model import Broken, Row
from loaders.feeds.values import Fault, RowRefused, RowValues
from loaders.lake.schema import TABLES

ROW = "_row"  # position of a source row in its file, beside the lake's own columns while a batch is put together
_SEPARATOR = "\x1f"
OPEN, RETRIED, RESOLVED = "open", "retried", "resolved"


@dataclass(frozen=True, slots=True)
class FileContext:
    """What parsing needs to know of a file; small, and sent along with every chunk."""

    mapping: Mapping
    columns: tuple[str, ...] | None
    delimiter: str | None
    file: str
    load_id: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Chunk:
    """`first` is the position of the first row in its file, from 0."""

    first: int
    lines: list[int]
    rows: list[Row]


@dataclass(slots=True)
class Parsed:
    """What a chunk became. `rows`: one line per accepted source row (`_row`, line, row_id, row_hash)."""

    count: int
    last_line: int
    rows: pl.DataFrame
    tables: dict[str, pl.DataFrame]
    quarantine: pl.DataFrame
    flags: Counter[str] = field(default_factory=Counter)


_ROWS = {ROW: pl.Int64, "line": pl.Int64, "row_id": pl.String, "row_hash": pl.String}
_QUARANTINE = {ROW: pl.Int64()} | {n: t for n, t in TABLES["quarantine"].columns.items() if n not in ("seq", "deleted")}


class ChunkParser:
    """Parses chunks of one file."""

    def __init__(self, context: FileContext, vault: Vault) -> None:
        self._context = context
        self._vault = vault
        self._reader = RowReader(context.mapping, context.columns)
        self._sealer = Sealer(vault, context.mapping, context.load_id, context.started_at)
        self._columns = lake_columns(context.mapping)

    def parse(self, chunk: Chunk) -> Parsed:
        tables: dict[str, list[LakeRow]] = {table: [] for table in self._columns}
        accepted: list[tuple[int, int, str, str]] = []
        refused: list[dict[str, Any]] = []
        flags: Counter[str] = Counter()
        for place, (line, row) in enumerate(zip(chunk.lines, chunk.rows, strict=True), chunk.first):
            try:
                row_id, made, row_hash = self._sealer.rows(self._read(row))
            except RowRefused as refusal:
                refused.append({ROW: place} | self._entry(line, row, refusal))
                continue
            accepted.append((place, line, row_id, row_hash))
            for table, lake_rows in made.items():
                for lake_row in lake_rows:
                    lake_row[ROW] = place
                    if found := lake_row.get("flags"):
                        flags.update(found)
                tables[table] += lake_rows
        return Parsed(
            count=len(chunk.rows),
            last_line=chunk.lines[-1] if chunk.lines else 0,
            rows=pl.DataFrame(accepted, schema=_ROWS, orient="row"),
            tables={table: self._frame(table, lake_rows) for table, lake_rows in tables.items()},
            quarantine=pl.DataFrame(refused, schema=_QUARANTINE),
            flags=flags,
        )

    def _frame(self, table: str, lake_rows: list[LakeRow]) -> pl.DataFrame:
        columns = {name: [row.get(name) for row in lake_rows] for name in (ROW, *self._columns[table])}
        types = {name: _type(table, name) for name in columns}
        if "flags" in columns:
            # Lists of text are built row by row, one joined text a row in one go; most rows have no flag.
            columns["flags"] = [_SEPARATOR.join(flags) if flags else None for flags in columns["flags"]]
            types["flags"] = pl.String()
        frame = pl.DataFrame(columns, schema=types)
        if "flags" in columns:
            frame = frame.with_columns(pl.col("flags").str.split(_SEPARATOR).fill_null([]))
        return frame

    def _read(self, row: Row) -> RowValues:
        if isinstance(row, Broken):
            raise RowRefused([Fault("", "整行", row.reason, row.message, row.remedy)], None)
        return self._reader.read(row)

    def _entry(self, line: int, row: Row, refusal: RowRefused) -> dict[str, Any]:
        first, *others = refusal.faults
        more = "、".join(dict.fromkeys(fault.column for fault in others if fault.column))
        message = f"{first.message}（另有问题的列：{more}）" if more else first.message
        raw = self._raw(row)
        # A row too long to keep is known by its place alone.
        told = raw if raw is not None else canonical([self._context.file, line])
        entry_id = "qua_" + self._vault.token("quarantine", self._context.mapping.feed, told)
        return {
            "entry_id": entry_id,
            "row_id": self._sealer.row_id(refusal.key) if refusal.key else None,
            "feed": self._context.mapping.feed,
            "file": self._context.file,
            "line": line,
            "column": first.column,
            "field_label": first.label,
            "reason": first.reason,
            "message": message,
            "remedy": first.remedy,
            "row_sealed": None if raw is None else self._vault.seal(raw, field="row", owner=entry_id),
            "status": OPEN,
            "load_id": self._context.load_id,
            "observed_at": self._context.started_at,
        }

    def _raw(self, row: Row) -> str | None:
        """The row as it will be read again: its text, or its cells with their columns."""
        match row:
            case Broken():
                if row.raw is None:
                    return None
                content: dict[str, object] = {"text": row.raw, "delimiter": self._context.delimiter}
            case bytes():
                content = {"text": row.decode(errors="replace")}
            case _:
                content = {"cells": [_kept(cell) for cell in row]}
        if self._context.columns is not None:
            content["columns"] = self._context.columns
        return orjson.dumps(content).decode()


def _kept(cell: Any) -> str | None:
    if cell is None:
        return None
    try:
        return to_text(cell).encode(errors="replace").decode()
    except InvalidValue:
        return str(cell)


def _type(table: str, name: str) -> pl.DataType:
    return pl.Int64() if name == ROW else TABLES[table].columns[name]
