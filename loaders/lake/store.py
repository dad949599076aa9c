"""The lake: append-only Delta tables in one folder, written exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from loaders.lake.durable import commit_file, flush_commit, set_torn_commit_aside, torn_tidying
from loaders.lake.failures import read_failure, write_failure
from loaders.lake.schema import TABLES, TableSchema
from loaders.lake.tidying import KEPT_HOURS, MANY, Tidied, compact, delete_unused, worth_tidying

_DELETED = {"graph_nodes": pl.col("op") == "delete", "graph_edges": pl.col("op") == "delete"}
_NOT_A_DELTA_FILE = (DeltaError, OSError, pl.exceptions.PolarsError, ValueError)


class Lake:
    """Delta tables under `root`, one folder each.

    One process writes at a time (the caller holds the lock of the state folder); any number may read. A table that
    was never written reads as an empty frame of its types.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tables: dict[str, DeltaTable] = {}
        self._last_seq: dict[str, tuple[int, int]] = {}  # table → (version, highest seq at that version)

    def version(self, table: str) -> int | None:
        """The Delta version of a table; None where nothing was ever written."""
        opened = self._open(_schema(table))
        return None if opened is None else opened.version()

    def versions(self) -> dict[str, int]:
        """The version of each table that exists."""
        found = {name: self.version(name) for name in TABLES}
        return {name: version for name, version in found.items() if version is not None}

    def state(self, table: str) -> str:
        """What the rows of a table can be known by: another after any that came or went, however its files lie."""
        return f"{self.last_seq(table)}.{self.count(table)}"

    def applied(self, table: str, application: str) -> int | None:
        """The last transaction number that `application` committed to the table."""
        opened = self._open(_schema(table))
        return None if opened is None else opened.transaction_version(application)

    def last_seq(self, table: str) -> int:
        """The highest `seq` of a table, 0 where it is empty."""
        opened = self._open(_schema(table))
        if opened is None:
            return 0
        known = self._last_seq.get(table)
        if known is None or known[0] != opened.version():
            known = (opened.version(), _highest_seq(opened))
            self._last_seq[table] = known
        return known[1]

    def count(self, table: str) -> int:
        """All rows of a table, superseded and deleted ones too; read from the log alone."""
        opened = self._open(_schema(table))
        return 0 if opened is None else int(_actions(opened)["num_records"].sum())

    def scan(self, table: str) -> pl.LazyFrame:
        """All rows, lazily: for reads that should not hold a whole table. A column newer than a file reads as null.

        Raises `TableUnreadable` (a damaged file may show only when the frame is collected).
        """
        schema = _schema(table)
        opened = self._open(schema)
        files = [] if opened is None else self._files(table, opened)
        if not files:
            return schema.empty().lazy()
        return pl.scan_parquet(
            files, schema=dict(schema.columns), missing_columns="insert", extra_columns="ignore", glob=False
        )

    def files(self, table: str) -> list[Path]:
        """The Parquet files that hold the rows of a table, for engines that read them by themselves."""
        opened = self._open(_schema(table))
        return [] if opened is None else self._files(table, opened)

    def read(self, table: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """All rows in the order of `seq`, superseded and deleted ones too. Raises `TableUnreadable`."""
        schema = _schema(table)
        chosen = list(columns if columns is not None else schema.columns)
        lazy = self.scan(table).sort("seq").select(chosen)
        return self._collect(table, lazy)

    def current(
        self, table: str, columns: Sequence[str] | None = None, *, where: pl.Expr | None = None
    ) -> pl.DataFrame:
        """The latest row of each key, without deleted ones, in the order of `seq`. Raises `TableUnreadable`.

        `where` must hold for all rows of a key or for none (a feed, a kind): it is applied before the latest is
        chosen, so that only those rows are read.
        """
        schema = _schema(table)
        chosen = list(columns if columns is not None else schema.columns)
        lazy = self.scan(table)
        lazy = lazy if where is None else lazy.filter(where)
        latest = lazy.group_by(schema.key).agg(pl.col("seq").max()).select("seq")
        gone = _DELETED.get(table, pl.col("deleted").fill_null(value=False))
        wanted = lazy.filter(~gone).join(latest, on="seq", how="semi").sort("seq").select(chosen)
        return self._collect(table, wanted)

    def append(self, table: str, frame: pl.DataFrame, *, transaction: tuple[str, int] | None = None) -> int:
        """Append rows; returns the version of the table after it.

        `transaction` is (application, number): when that number or a higher one of the application was committed
        before, nothing happens. Numbers of one application only rise. Columns that the frame lacks are null; `seq`
        continues the table's where the frame has none. Raises `DiskFull`, `HomeNotWritable`, `TableUnreadable`, and
        `ValueError` for a column that the table does not have.
        """
        schema = _schema(table)
        before = self.version(table)
        if transaction is not None and before is not None:
            applied = self.applied(table, transaction[0])
            if applied is not None and applied >= transaction[1]:
                return before
        start = self.last_seq(table)
        rows = _shaped(frame, schema, start + 1)
        commit = CommitProperties(app_transactions=[Transaction(*transaction)] if transaction else None)
        path = self._root / table
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            target = self._tables.get(table, path)
            write_deltalake(target, rows, mode="append", schema_mode="merge", commit_properties=commit)
            opened = self._open(schema)
            version = -1 if opened is None else opened.version()
            flush_commit(path, version)
        except _NOT_A_DELTA_FILE as error:
            self._tables.pop(table, None)
            raise write_failure(error, table) from None
        highest = rows["seq"].max() if rows.height else None
        self._last_seq[table] = (version, max(start, highest if isinstance(highest, int) else 0))
        return version

    def tidy(self, table: str, *, many: int = MANY, kept_hours: int = KEPT_HOURS) -> Tidied | None:
        """Make the small files of a table few where there are `many`; None where there are not.

        The caller holds the lock of the state folder. Raises as `append`.
        """
        opened = self._open(_schema(table))
        if opened is None or not worth_tidying(_actions(opened)["size_bytes"].to_list(), many):
            return None
        path = self._root / table
        try:
            own = DeltaTable(str(path))  # other threads go on reading through theirs
            before = own.version()
            compact(own)
            if own.version() > before:
                flush_commit(path, own.version())
            deleted = delete_unused(own, kept_hours)
        except _NOT_A_DELTA_FILE as error:
            self._tables.pop(table, None)
            raise write_failure(error, table) from None
        return Tidied(table, _actions(opened).height, _actions(own).height, deleted)

    def _open(self, schema: TableSchema) -> DeltaTable | None:
        known = self._tables.get(schema.name)
        try:
            if known is None:
                path = self._root / schema.name
                known = self._tables[schema.name] = DeltaTable(str(path))
                if torn_tidying(commit_file(path, known.version())):
                    return self._repaired(schema, OSError())
            else:
                known.update_incremental()
        except TableNotFoundError:
            return None
        except _NOT_A_DELTA_FILE as error:
            self._tables.pop(schema.name, None)
            return self._repaired(schema, error)
        return known

    def _repaired(self, schema: TableSchema, error: Exception) -> DeltaTable:
        path = self._root / schema.name
        try:
            if not set_torn_commit_aside(path):
                raise read_failure(error, schema.name)
            self._tables[schema.name] = DeltaTable(str(path))
        except _NOT_A_DELTA_FILE as again:
            raise read_failure(again, schema.name) from None
        return self._tables[schema.name]

    def _files(self, table: str, opened: DeltaTable) -> list[Path]:
        # `file_uris` percent-encodes the folder as well, which no reader of local files undoes.
        return [self._root / table / unquote(str(path)) for path in _actions(opened)["path"]]

    def _collect(self, table: str, lazy: pl.LazyFrame) -> pl.DataFrame:
        try:
            return lazy.collect(engine="streaming")
        except (OSError, pl.exceptions.ComputeError) as error:
            raise read_failure(error, table) from None


def _schema(table: str) -> TableSchema:
    return TABLES[table]


def _actions(table: DeltaTable) -> pl.DataFrame:
    actions = pl.from_arrow(table.get_add_actions(flatten=True))
    return actions if isinstance(actions, pl.DataFrame) else actions.struct.unnest()


def _highest_seq(table: DeltaTable) -> int:
    actions = _actions(table)
    highest = actions["max.seq"].max() if "max.seq" in actions.columns else None
    return highest if isinstance(highest, int) else 0


def _shaped(frame: pl.DataFrame, schema: TableSchema, first_seq: int) -> pl.DataFrame:
    unknown = set(frame.columns) - set(schema.columns)
    if unknown:
        raise ValueError(f"{schema.name} has no column {sorted(unknown)}")
    if "seq" not in frame.columns:
        frame = frame.with_columns(pl.int_range(first_seq, first_seq + frame.height, dtype=pl.Int64).alias("seq"))
    columns = [
        (pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype)).alias(name)
        for name, dtype in schema.columns.items()
    ]
    return frame.select(columns).with_columns(pl.col("deleted").fill_null(value=False))
