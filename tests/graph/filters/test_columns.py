"""Columns over a real lake: what holds now among what held once, what is read, and what goes wrong.

Fixture strategy: a small lake of Delta tables for each test, written by `Lake.append` as linking writes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from core.errors import FilterInvalid, TableUnreadable
from core.filters import parse
from graph.filters.columns import Columns, open_columns
from loaders.lake.store import Lake
from tests.graph.filters.strategies import AS_OF, Graph, blind
from tests.graph.filters.town import CASES, town


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def append(lake: Lake, graph: Graph, op: str = "create", batch: int = 1) -> None:
    nodes = [{"label": label, "id": key, "props": _text(props)} for label, key, props in graph.nodes]
    edges = [
        {"type": kind, "id": f"{kind}/{source}/{target}/{n}", "from_label": a, "from_id": source, "to_label": b}
        | {"to_id": target, "props": _text(props)}
        for n, (kind, a, source, b, target, props) in enumerate(graph.edges)
    ]
    for table, rows in (("graph_nodes", nodes), ("graph_edges", edges)):
        if rows:
            lake.append(table, pl.DataFrame(rows).with_columns(batch=pl.lit(batch), op=pl.lit(op), hash=pl.lit("")))


def _text(props: dict[str, Any]) -> str:
    return orjson.dumps(props).decode()


def bearers(lake: Lake, folder: Path, label: str, raw: dict[str, Any]) -> list[str]:
    with opened(lake, folder) as columns:
        return list(columns.bearers(label, parse(label, raw)))


def opened(lake: Lake, folder: Path) -> Any:
    nodes, edges = lake.files("graph_nodes"), lake.files("graph_edges")
    return open_columns(nodes, edges, as_of=AS_OF, blind=blind, folder=folder)


def test_a_lake_without_a_graph_has_no_bearers(lake: Lake, tmp_path: Path) -> None:
    assert bearers(lake, tmp_path, "Person", {"not": {"livesIn": {"residents": {"self": True}}}}) == []


def test_an_update_counts_and_what_it_replaced_does_not(lake: Lake, tmp_path: Path) -> None:
    append(lake, Graph(nodes=[("Person", "a", {"sex": "1"}), ("Person", "b", {"sex": "1"})]))
    append(lake, Graph(nodes=[("Person", "a", {"sex": "2"})]), "update", 2)
    assert bearers(lake, tmp_path, "Person", {"sex": {"eq": "1"}}) == ["b"]
    assert bearers(lake, tmp_path, "Person", {"sex": {"eq": "2"}}) == ["a"]


def test_what_was_deleted_is_gone_until_it_comes_again(lake: Lake, tmp_path: Path) -> None:
    whole = Graph(
        nodes=[("Person", "a", {}), ("Dwelling", "d", {})], edges=[("LIVES_IN", "Person", "a", "Dwelling", "d", {})]
    )
    append(lake, whole)
    append(lake, Graph(edges=whole.edges), "delete", 2)
    assert bearers(lake, tmp_path, "Person", {"livesIn": {}}) == []
    append(lake, Graph(nodes=whole.nodes[:1]), "delete", 3)
    assert bearers(lake, tmp_path, "Person", {}) == []
    append(lake, Graph(nodes=whole.nodes[:1], edges=whole.edges), "create", 4)
    assert bearers(lake, tmp_path, "Person", {"livesIn": {}}) == ["a"]


def test_nodes_of_two_labels_may_have_one_id(lake: Lake, tmp_path: Path) -> None:
    nodes = [("Person", "x", {}), ("Organization", "x", {}), ("Dwelling", "x", {})]
    append(lake, Graph(nodes=nodes, edges=[("OWNS", "Organization", "x", "Dwelling", "x", {})]))
    assert bearers(lake, tmp_path, "Person", {"owns": {}}) == []
    assert bearers(lake, tmp_path, "Organization", {"owns": {}}) == ["x"]


def test_a_relation_whose_dates_are_none_holds_on_no_day(lake: Lake, tmp_path: Path) -> None:
    nodes = [("Person", "a", {}), ("Dwelling", "d", {})]
    append(lake, Graph(nodes=nodes, edges=[("LIVES_IN", "Person", "a", "Dwelling", "d", {"valid_from": "20**-**-**"})]))
    assert bearers(lake, tmp_path, "Person", {"livesIn": {}}) == []
    assert bearers(lake, tmp_path, "Person", {"livesIn": {"edge": {"anyTime": True}}}) == ["a"]


def test_each_filter_finds_the_same_alone_and_after_the_others(lake: Lake, tmp_path: Path) -> None:
    append(lake, town())
    filters = [(label, parse(label, raw)) for label, raw, _ in CASES.values()]
    expected = [sorted(found.split()) for *_, found in CASES.values()]
    with opened(lake, tmp_path) as columns:
        assert [columns.bearers(*asked) for asked in filters] == expected
        assert [columns.bearers(*asked) for asked in reversed(filters)] == expected[::-1]
    with opened(lake, tmp_path) as columns:
        columns.prepare(filters)
        assert [columns.bearers(*asked) for asked in filters] == expected


def test_only_what_filters_need_is_read(lake: Lake, tmp_path: Path) -> None:
    append(lake, town())
    with opened(lake, tmp_path) as columns:
        columns.prepare([("Person", parse("Person", {"age": {"gte": 60}, "livesIn": {"residents": {}}}))])
        assert tables(columns) == {
            "Person": {"n", "id", "birth_date", "birth_year"},
            "Dwelling": {"n"},
            "LIVES_IN": {"src", "dst", "src_label", "dst_label", "since", "until"},
        }


def tables(columns: Columns) -> dict[str, set[str]]:
    rows = columns.state.connection.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal")
    found: dict[str, set[str]] = {}
    for table, column in rows.fetchall():
        if not table.startswith("graph_"):
            found.setdefault(table, set()).add(column)
    return found


def test_nothing_is_left_in_the_folder(lake: Lake, tmp_path: Path) -> None:
    append(lake, town())
    folder = tmp_path / "spill"
    folder.mkdir()
    with opened(lake, folder) as columns:
        columns.bearers("Person", parse("Person", {"livesIn": {}}))
    with pytest.raises(FilterInvalid), opened(lake, folder) as columns:
        columns.bearers("Person", parse("Person", {"phone": {"eq": "139****8234"}}))
    assert list(folder.iterdir()) == []


def test_little_memory_is_enough(lake: Lake, tmp_path: Path) -> None:
    nodes: list[tuple[str, str, dict[str, Any]]] = [("Dwelling", f"d{n}", {}) for n in range(20_000)]
    nodes += [("Person", f"p{n}", {"name": f"{n}" * 40}) for n in range(60_000)]
    edges = [("LIVES_IN", "Person", f"p{n}", "Dwelling", f"d{n // 3}", {}) for n in range(60_000)]
    append(lake, Graph(nodes, edges))
    files = lake.files("graph_nodes"), lake.files("graph_edges")
    raw = {"livesIn": {"count": {"of": "residents", "where": {"not": {"self": True}}, "eq": 2}}}
    with open_columns(*files, as_of=AS_OF, blind=blind, folder=tmp_path, memory="40MB") as columns:
        assert len(columns.bearers("Person", parse("Person", raw))) == 60_000


def test_a_damaged_file_is_told_as_such(lake: Lake, tmp_path: Path) -> None:
    append(lake, town())
    lake.files("graph_nodes")[0].write_bytes(b"PAR1 no longer PAR1")
    with pytest.raises(TableUnreadable):
        bearers(lake, tmp_path, "Person", {})


def test_a_node_that_is_there_twice_is_told(lake: Lake, tmp_path: Path) -> None:
    append(lake, Graph(nodes=[("Person", "a", {})]))
    append(lake, Graph(nodes=[("Person", "a", {})]), "create", 2)
    with pytest.raises(TableUnreadable, match="重复"):
        bearers(lake, tmp_path, "Person", {})
