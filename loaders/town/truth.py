"""The truth beside the files: who each record is about, and every mistake that was planted."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

_BATCH = 60_000
_COLUMNS: dict[str, tuple[str, ...]] = {
    "records": ("feed", "record_key", "kind", "entity"),
    "errors": ("feed", "record_key", "field", "error", "truth", "written"),
    "relations": ("type", "from_entity", "to_entity", "valid_from", "valid_to", "props"),
    "mentions": ("feed", "record_key", "role", "surface", "start", "kind", "entity"),
    "places": ("feed", "key", "surface", "compound", "building", "unit", "room", "community", "entity"),
    "categories": ("feed", "key", "category"),
    "matters": ("feed", "key", "matter", "relation", "to_key"),
    "people": (
        "entity", "name", "former_name", "sex", "birth_date", "citizen_id", "nation", "phone", "old_phone",
        "household", "dwelling", "resident",
    ),
    "dwellings": ("entity", "address", "community", "compound", "building", "unit", "room", "property_no", "grid"),
    "households": ("entity", "household_no", "kind", "dwelling", "role", "since"),
    "organizations": ("entity", "name", "uscc", "kind", "address", "legal_representative"),
}  # fmt: skip


def write_parquet(path: Path, schema: pa.Schema, columns: list[list[object]]) -> None:
    """One file in one row group; nothing in it depends on the clock."""
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


class _Sheet:
    """One truth table, written in batches so that a large town needs little memory."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        integers = {"start"}
        self.schema = pa.schema([(name, pa.int32() if name in integers else pa.string()) for name in columns])
        self.writer = pq.ParquetWriter(path, self.schema, compression="zstd")
        self.rows: list[tuple[object, ...]] = []
        self.count = 0

    def add(self, row: tuple[object, ...]) -> None:
        self.rows.append(row)
        if len(self.rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            columns = list(zip(*self.rows, strict=True))
            arrays = [pa.array(column, type=field.type) for column, field in zip(columns, self.schema, strict=True)]
            self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))
            self.count += len(self.rows)
            self.rows.clear()

    def close(self) -> None:
        self.flush()
        self.writer.close()


class Truth:
    """Collects the truth tables under `folder`; `counts` tells their rows after closing."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._sheets = {name: _Sheet(folder / f"{name}.parquet", columns) for name, columns in _COLUMNS.items()}
        self.counts: dict[str, int] = {}
        self.add_record = self._sheets["records"].add
        self.add_error = self._sheets["errors"].add

    def add(self, table: str, *row: object) -> None:
        """Append one row to a table of the module's list, in the order of its columns."""
        self._sheets[table].add(row)

    def __enter__(self) -> Truth:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, sheet in self._sheets.items():
            sheet.close()
            self.counts[name] = sheet.count
