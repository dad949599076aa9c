"""The current state of the graph as columns, read from the lake's log into a DuckDB database.

Nodes get a number, the hash of label and id, so that both tables are read by themselves and joins compare integers:
joins on a dictionary of dense numbers were no faster, and a million people took 3 s longer to read; joins on ids as
text took 2.3 times as long. Two nodes with one number (four in a million graphs of twelve million nodes) are noticed.
"""

# ruff: noqa: S608 - names come from the schema

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from core.catalogue.links import LINKS
from core.errors import TableUnreadable
from graph.filters.columns_sql import TREE, Needs
from graph.schema.nodes import NODES
from graph.schema.types import ValueKind, property_types

_DEEPEST: Final = 5
_TABLES: Final = {
    "graph_nodes": ("seq", "op", "label", "id", "props"),
    "graph_edges": ("seq", "op", "type", "id", "from_label", "from_id", "to_label", "to_id", "props"),
}
_KEYS: Final = {"graph_nodes": "label, id", "graph_edges": "id"}
_TIMED: Final = frozenset(link.type for link in LINKS.values() if link.timed)
_CASTS: Final = {
    ValueKind.DATE: "TRY_CAST({} AS DATE)",
    ValueKind.DATETIME: "TRY_CAST({} AS TIMESTAMP)",
    ValueKind.FLOAT: "TRY_CAST({} AS DOUBLE)",
    ValueKind.INT: "TRY_CAST({} AS BIGINT)",
    ValueKind.LIST: "from_json({}, '[\"VARCHAR\"]')",
}
# What is open is infinite; what is no date holds on no day, as in Cypher, where comparing it gives null.
_SINCE: Final = "CASE WHEN {0} IS NULL THEN '-infinity' ELSE coalesce(TRY_CAST({0} AS DATE), 'infinity') END::DATE"
_UNTIL: Final = "CASE WHEN {0} IS NULL THEN 'infinity' ELSE coalesce(TRY_CAST({0} AS DATE), '-infinity') END::DATE"


@dataclass(slots=True)
class State:
    """Tables of labels, relation types and the tree of places, made when they are first needed."""

    connection: duckdb.DuckDBPyConnection
    made: Needs = field(default_factory=Needs)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, nodes: Sequence[Path], edges: Sequence[Path]) -> State:
        """The state that the files of the two tables of the log give together."""
        for table, files in (("graph_nodes", nodes), ("graph_edges", edges)):
            _open_log(connection, table, files)
        return cls(connection)

    def ensure(self, needs: Needs) -> None:
        """Make what `needs` names and is not there. A table that lacks a property is made again with all of them."""
        for kind, props in needs.edges.items():
            if self._grows(self.made.edges, kind, props):
                self._make(kind, self._relation(kind))
        for label, props in needs.nodes.items():
            if self._grows(self.made.nodes, label, props):
                self._make(label, self._nodes(label))
                self._check(label)
        if needs.tree and not self.made.tree:
            self.ensure(Needs(edges={"PART_OF": set()}))
            self._tree()
            self.made.tree = True

    def _grows(self, made: dict[str, set[str]], name: str, props: Iterable[str]) -> bool:
        there = made.get(name)
        made[name] = (there or set()) | set(props)
        return there is None or made[name] != there

    def _make(self, name: str, select: str) -> None:
        property_types(name)  # raises KeyError: nothing but names of the schema becomes part of a statement
        self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS {select}')

    def _nodes(self, label: str) -> str:
        columns, paths = _extracted(label, self.made.nodes[label])
        return (
            f"SELECT {', '.join(['hash(label, id) AS n', *columns])} FROM "
            f"(SELECT label, id, {paths} AS v FROM graph_nodes_now WHERE label = '{label}')"
        )

    def _relation(self, kind: str) -> str:
        timed = ("valid_from", "valid_to") if kind in _TIMED else ()
        columns, paths = _extracted(kind, self.made.edges[kind], timed)
        ends = ("hash(from_label, from_id) AS src", "hash(to_label, to_id) AS dst")
        labels = ("from_label::node_label AS src_label", "to_label::node_label AS dst_label")
        times = (f"{_SINCE.format('v[1]')} AS since", f"{_UNTIL.format('v[2]')} AS until") if timed else ()
        return (
            f"SELECT {', '.join([*ends, *labels, *times, *columns])} FROM "
            f"(SELECT * EXCLUDE props, {paths} AS v FROM graph_edges_now WHERE type = '{kind}')"
        )

    def _check(self, label: str) -> None:
        twice = self.connection.execute(f'SELECT count(*) > count(DISTINCT n) FROM "{label}"').fetchone()
        if twice and twice[0]:
            raise TableUnreadable("数据湖表 graph_nodes 中有重复的节点", remedy="请运行 weinao link --full 后重试。")

    def _tree(self) -> None:
        """Who lies in what, by the fewest steps; as deep as a path of the graph is followed."""
        run = self.connection.execute
        run('CREATE OR REPLACE TEMP TABLE "step" AS SELECT DISTINCT src, dst, src_label, dst_label FROM "PART_OF"')
        run(
            'CREATE OR REPLACE TEMP TABLE "paths" AS SELECT src AS x, dst AS a, * EXCLUDE (src, dst), 1 AS hops '
            'FROM "step"'
        )
        for hops in range(1, _DEEPEST):
            run(
                'INSERT INTO "paths" SELECT p.x, s.dst, p.src_label, s.dst_label, p.hops + 1 '
                f'FROM "paths" p JOIN "step" s ON s.src = p.a WHERE p.hops = {hops}'
            )
        run(
            f'CREATE OR REPLACE TABLE "{TREE}" AS SELECT x, a, any_value(src_label) AS x_label, '
            'any_value(dst_label) AS a_label, min(hops) AS hops FROM "paths" GROUP BY x, a'
        )
        run('DROP TABLE "paths"')
        run('DROP TABLE "step"')


def _open_log(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path]) -> None:
    """A view of the rows of one table that hold now.

    The first row of a key creates it, and later ones update or delete it; only keys with such rows have any that are
    out of date. Those are few beside a state that was made at once.
    """
    columns = ", ".join(_TABLES[table])
    if files:
        log = connection.read_parquet([str(file) for file in files], union_by_name=True)
        log.select(columns).create_view(f"{table}_log")
    else:
        empty = ", ".join(f"NULL::{'BIGINT' if name == 'seq' else 'VARCHAR'} AS {name}" for name in _TABLES[table])
        connection.execute(f"CREATE VIEW {table}_log AS SELECT {empty} WHERE false")
    key = _KEYS[table]
    connection.execute(
        f"CREATE TEMP TABLE {table}_stale AS SELECT seq FROM (SELECT seq, op, row_number() OVER "
        f"(PARTITION BY {key} ORDER BY seq DESC) AS age FROM {table}_log WHERE ({key}) IN "
        f"(SELECT ({key}) FROM {table}_log WHERE op <> 'create')) WHERE age > 1 OR op = 'delete'"
    )
    connection.execute(
        f"CREATE VIEW {table}_now AS SELECT * FROM {table}_log WHERE seq NOT IN (SELECT seq FROM {table}_stale)"
    )


def _types(name: str) -> dict[str, ValueKind]:
    """What the properties of a label or relation type are; any relation may be asked for what most have."""
    return property_types(name) if name in NODES else property_types("REGISTERED_AT") | property_types(name)


def _extracted(name: str, props: Iterable[str], first: Sequence[str] = ()) -> tuple[list[str], str]:
    """Typed columns of `props`, and the call that takes their texts out of the JSON, those of `first` before them."""
    types = _types(name)
    wanted = sorted(props)
    keys = [*first, *(prop.rstrip("?~") for prop in wanted)]
    columns: list[str] = []
    for number, prop in enumerate(wanted, len(first) + 1):
        cast = "{} IS NOT NULL" if prop.endswith("?") else _CASTS.get(types.get(prop, ValueKind.TEXT), "{}")
        columns.append('"id"' if prop == "id" else f'{cast.format(f"v[{number}]")} AS "{prop}"')
    paths = ", ".join(f"'$.{key}'" for key in keys)
    return columns, f"json_extract_string(props, [{paths}])" if keys else "NULL"
