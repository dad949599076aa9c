"""DuckDB as Splink's engine: in memory, two threads, never a spill file.

Sensitive values are open while records are compared, so nothing may touch a disk: no database file, and an empty
temporary directory, which makes DuckDB raise instead of spilling.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import duckdb
import polars as pl
import psutil

from core.errors import RunTooLarge

if TYPE_CHECKING:  # Splink is loaded where records are compared: it takes half a second
    from splink.internals.splink_dataframe import SplinkDataFrame

THREADS = 2
# What a million records take; more of them get more in proportion, as far as the machine has it.
MEMORY_MB = 1_500
_BYTES_PER_RECORD: Final = 1_500
_SHARE_OF_MACHINE: Final = 0.6

# Splink prints training advice to stderr; what matters of it becomes `LevelUntrained` or the run report.
logging.getLogger("splink").setLevel(logging.ERROR)


class Engine:
    """One in-memory database, and Splink's view of it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        from splink import DuckDBAPI

        self.connection = connection
        self.api = DuckDBAPI(connection=connection)

    def register(self, name: str, frame: pl.DataFrame) -> SplinkDataFrame:
        """Copy `frame` into the database as table `name`, keeping the row order."""
        self.connection.register("incoming", frame.to_arrow())
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608
        self.connection.unregister("incoming")
        return self.api.register(name, table_name=f"input_{name}")

    def fetch(self, sql: str) -> pl.DataFrame:
        return pl.DataFrame(pl.from_arrow(self.connection.sql(sql).to_arrow_table()))


@contextmanager
def open_engine(records: int = 0) -> Iterator[Engine]:
    """An engine that lives as long as the block, with memory enough for so many records.

    Raises `RunTooLarge` when it does not suffice.
    """
    from splink.internals.exceptions import SplinkException

    machine = int(psutil.virtual_memory().total * _SHARE_OF_MACHINE)
    limit = max(MEMORY_MB, min(records * _BYTES_PER_RECORD, machine) // 1_000_000)
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": f"{limit}MB",
            "temp_directory": "",
            "preserve_insertion_order": False,  # rows carry their node; keeping their order too costs memory
        },
    )
    connection.execute("SET enable_progress_bar = false")  # it would write to the output of a command
    try:
        yield Engine(connection)
    except (duckdb.OutOfMemoryException, SplinkException) as error:
        if isinstance(error, SplinkException) and not isinstance(error.__cause__, duckdb.OutOfMemoryException):
            raise
        raise RunTooLarge(f"解析所需内存超过上限 {limit:,} MB，为防止敏感信息落盘，不使用临时文件") from None
    finally:
        connection.close()
