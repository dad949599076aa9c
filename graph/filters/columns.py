"""Filters on the columns of the lake: what finds the bearers of all rules among a million people in one run.

The graph answers a filter in 5 to 50 µs a person, which is right for one filter and for changes. Over everything the
same filter as DuckDB SQL over columns takes a fraction of that, and needs no graph: the log of the lake says the same.
"""

# ruff: noqa: S608 - names come from the schema, values are parameters

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from core.deadline import seconds_left
from core.errors import DiskFull, QueryTimedOut, TableUnreadable, WeinaoError
from core.filters import Condition, Test
from graph.filters.columns_evidence import WANTED, objects, values
from graph.filters.columns_sql import Needs, SqlCompiler
from graph.filters.columns_state import State
from graph.filters.evaluator import Finding, attribute_finding, told
from graph.filters.values import Blind
from graph.reads.model import LABELS

THREADS: Final = 2
MEMORY: Final = "2GB"


@contextmanager
def open_columns(
    nodes: Sequence[Path],
    edges: Sequence[Path],
    *,
    as_of: date,
    blind: Blind,
    folder: Path,
    memory: str = MEMORY,
) -> Iterator[Columns]:
    """The state that the files of `graph_nodes` and `graph_edges` give together, as it holds on the day `as_of`.

    What is larger than `memory` goes to a folder of its own in `folder`, and with it at the end; nothing in the log is
    secret in clear. Raises `TableUnreadable`, `DiskFull`.
    """
    with tempfile.TemporaryDirectory(prefix="columns-", dir=folder) as spill:
        config: dict[str, Any] = {
            "threads": THREADS,
            "memory_limit": memory,
            "temp_directory": spill,
            "preserve_insertion_order": False,
        }
        connection = duckdb.connect(":memory:", config=config)
        connection.execute("SET enable_progress_bar = false")
        try:
            connection.execute(f"CREATE TYPE node_label AS ENUM ({', '.join(repr(label) for label in sorted(LABELS))})")
            yield Columns(State.of(connection, nodes, edges), as_of, blind)
        except (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.InvalidInputException) as error:
            raise _failure(error) from None
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Columns:
    """An `Evaluator` over the state of the lake. Its answers end with the time that `core.deadline` leaves them, by
    `QueryTimedOut`; reading the columns themselves does not.
    """

    state: State
    as_of: date
    blind: Blind

    def prepare(self, filters: Iterable[tuple[str, Condition]]) -> None:
        """Read what the filters (label, condition) need together; without it each reads what is still missing."""
        needs = Needs()
        for label, condition in filters:
            SqlCompiler(self.as_of, self.blind, needs=needs).ids(label, condition)
        self.state.ensure(needs)

    def bearers(self, label: str, condition: Condition) -> list[str]:
        compiler = SqlCompiler(self.as_of, self.blind)
        found = self._rows(compiler, compiler.ids(label, condition))
        return [row[0] for row in found]

    def evidence(self, label: str, condition: Condition, ids: Sequence[str]) -> Mapping[str, Finding]:
        wanted = pl.DataFrame({"id": ids}, schema={"id": pl.String})
        self.state.connection.register("wanted_ids", wanted.to_arrow())
        self.state.connection.execute(
            f'CREATE OR REPLACE TEMP TABLE "{WANTED}" AS SELECT DISTINCT hash($label, id) AS n FROM wanted_ids',
            {"label": label},
        )
        self.state.connection.unregister("wanted_ids")
        found: dict[str, dict[str, Any]] = {}
        for part in told(condition):
            compiler = SqlCompiler(self.as_of, self.blind)
            if isinstance(part.what, Test):
                for bearer, value in self._rows(compiler, values(compiler, label, part.what)):
                    found.setdefault(bearer, {})[part.name] = attribute_finding(part.what, value)
                continue
            for bearer, number, ids_found in self._rows(compiler, objects(compiler, label, part)):
                found.setdefault(bearer, {})[part.name] = {"count": number, "ids": ids_found}
        return found

    def _rows(self, compiler: SqlCompiler, text: str) -> list[tuple[Any, ...]]:
        self.state.ensure(compiler.needs)
        with _in_time(self.state.connection):
            return self.state.connection.execute(text, compiler.params).fetchall()


@contextmanager
def _in_time(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    left = seconds_left()
    if left is None:
        yield
        return
    timer = threading.Timer(left, connection.interrupt)  # a statement that begins later is not touched by it
    timer.start()
    try:
        yield
    except duckdb.InterruptException:
        raise QueryTimedOut("筛选在时限内没有算完") from None
    finally:
        timer.cancel()


def _failure(error: duckdb.Error) -> WeinaoError:
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
        return DiskFull("计算标签所需的临时空间不足")
    return TableUnreadable("数据湖表 graph_nodes 或 graph_edges 已损坏或不完整")
