"""The lake against real Delta tables in a temporary folder; failures are provoked in the operating system itself."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue import EVENT, KINDS
from core.errors import DiskFull, HomeNotWritable, TableUnreadable
from loaders.lake.failures import write_failure
from loaders.lake.schema import TABLES, records_table
from loaders.lake.store import Lake


def rows(*pairs: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema=["record_id", "entity_id"], orient="row")


def current(lake: Lake) -> dict[str, str]:
    return dict(lake.current("assignments", ["record_id", "entity_id"]).rows())


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "数据 湖")


@contextmanager
def limited_files(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: what a full disk looks like to a writer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def as_nobody() -> Iterator[None]:
    """Drop the rights of root for a moment, since root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_tables_follow_the_catalogue() -> None:
    for kind in KINDS.values():
        columns = TABLES["events" if kind is EVENT else records_table(kind.name)].columns
        for field in kind.fields:
            assert field.name in columns
            assert (f"{field.name}_sealed" in columns) == field.sealable
            assert (f"{field.name}_index" in columns) == field.indexed


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_that_was_never_written_is_empty_but_typed(lake: Lake, table: str) -> None:
    frame = lake.current(table)
    assert frame.height == 0
    assert dict(frame.schema) == dict(TABLES[table].columns)
    assert lake.read(table, list(TABLES[table].key)).columns == list(TABLES[table].key)
    assert lake.version(table) is None
    assert (lake.count(table), lake.last_seq(table)) == (0, 0)


def test_the_latest_row_of_a_key_counts_and_deleted_keys_are_gone(lake: Lake) -> None:
    lake.append("assignments", rows(("a", "x"), ("b", "x")))
    lake.append("assignments", rows(("a", "y")))
    lake.append("assignments", rows(("b", "x")).with_columns(deleted=True))
    assert current(lake) == {"a": "y"}
    assert lake.read("assignments", ["seq"])["seq"].to_list() == [1, 2, 3, 4]
    lake.append("assignments", rows(("b", "z")))
    assert current(lake) == {"a": "y", "b": "z"}


def test_a_deleted_node_of_the_projection_log_is_gone(lake: Lake) -> None:
    def node(op: str) -> pl.DataFrame:
        return pl.DataFrame({"op": [op], "label": ["Person"], "id": ["per_1"]})

    lake.append("graph_nodes", node("create"))
    assert lake.current("graph_nodes").height == 1
    lake.append("graph_nodes", node("delete"))
    assert lake.current("graph_nodes").height == 0


def test_a_repeated_transaction_is_harmless(lake: Lake) -> None:
    first = lake.append("assignments", rows(("a", "x")), transaction=("load", 5))
    assert lake.append("assignments", rows(("a", "y")), transaction=("load", 5)) == first
    assert lake.append("assignments", rows(("a", "y")), transaction=("load", 4)) == first
    assert current(lake) == {"a": "x"}
    assert lake.append("assignments", rows(("a", "z")), transaction=("load", 6)) == first + 1
    assert lake.append("assignments", rows(("b", "z")), transaction=("other", 1)) == first + 2
    assert lake.applied("assignments", "load") == 6
    assert lake.applied("assignments", "never") is None


def test_two_open_lakes_see_each_other(lake: Lake, tmp_path: Path) -> None:
    other = Lake(tmp_path / "数据 湖")
    lake.append("assignments", rows(("a", "x")))
    assert current(other) == {"a": "x"}
    other.append("assignments", rows(("b", "y")))
    lake.append("assignments", rows(("c", "z")))
    assert lake.read("assignments", ["seq"])["seq"].to_list() == [1, 2, 3]
    assert other.versions() == {"assignments": 2}


def test_rows_of_a_feed_can_be_read_alone(lake: Lake) -> None:
    lake.append("relations", pl.DataFrame({"relation_id": ["r1", "r2"], "feed": ["one", "two"]}))
    assert lake.current("relations", ["relation_id"], where=pl.col("feed") == "two").rows() == [("r2",)]


def test_a_column_that_the_table_does_not_have(lake: Lake) -> None:
    with pytest.raises(ValueError, match="colour"):
        lake.append("assignments", pl.DataFrame({"colour": ["red"]}))


def test_a_column_newer_than_the_files_reads_as_null(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.append("assignments", rows(("a", "x")))
    grown = TABLES["assignments"]
    wider = type(grown)(grown.name, grown.key, {**grown.columns, "note": pl.String()})
    monkeypatch.setitem(TABLES, "assignments", wider)
    assert lake.current("assignments", ["note"]).rows() == [(None,)]
    lake.append("assignments", rows(("b", "y")).with_columns(note=pl.lit("n")))
    assert lake.current("assignments", ["record_id", "note"]).rows() == [("a", None), ("b", "n")]


def test_files_of_a_write_that_never_committed_do_not_show(lake: Lake, tmp_path: Path) -> None:
    lake.append("assignments", rows(("a", "x")))
    part = next((tmp_path / "数据 湖" / "assignments").glob("*.parquet"))
    part.with_name("part-99999-torn.parquet").write_bytes(part.read_bytes()[:100])
    assert current(Lake(tmp_path / "数据 湖")) == {"a": "x"}


@pytest.mark.parametrize("left", ['{"add":{"path":"part', '{"commitInfo":{}}\n{"add"'])
def test_half_a_commit_is_set_aside_and_can_be_repeated(lake: Lake, tmp_path: Path, left: str) -> None:
    lake.append("assignments", rows(("a", "x")), transaction=("load", 1))
    log = tmp_path / "数据 湖" / "assignments" / "_delta_log"
    (log / f"{1:020}.json").write_text(left, encoding="utf-8")

    again = Lake(tmp_path / "数据 湖")

    assert current(again) == {"a": "x"}
    again.append("assignments", rows(("b", "y")), transaction=("load", 2))
    assert current(again) == {"a": "x", "b": "y"}


def test_a_damaged_log_or_a_missing_file_is_told(lake: Lake, tmp_path: Path) -> None:
    lake.append("assignments", rows(("a", "x")))
    lake.append("assignments", rows(("b", "x")))
    table = tmp_path / "数据 湖" / "assignments"
    for part in table.glob("*.parquet"):
        part.unlink()
    with pytest.raises(TableUnreadable):
        lake.current("assignments")
    (table / "_delta_log" / f"{0:020}.json").write_text("broken", encoding="utf-8")
    with pytest.raises(TableUnreadable):
        Lake(tmp_path / "数据 湖").current("assignments")


def test_a_full_disk_is_told_and_loses_nothing(lake: Lake) -> None:
    lake.append("assignments", rows(("a", "x")))
    with limited_files(512), pytest.raises(DiskFull):
        lake.append("assignments", rows(*((f"r{number}", "x") for number in range(5_000))), transaction=("load", 1))
    assert current(lake) == {"a": "x"}
    lake.append("assignments", rows(("b", "y")), transaction=("load", 1))
    assert current(lake) == {"a": "x", "b": "y"}


def test_no_space_is_told_as_a_full_disk() -> None:
    for error in (OSError(28, "No space left on device"), RuntimeError("write failed (os error 28)")):
        assert isinstance(write_failure(error, "events"), DiskFull)


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with as_nobody(), pytest.raises(HomeNotWritable):
        Lake(closed / "lake").append("assignments", rows(("a", "x")))


def test_a_folder_whose_place_is_taken_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("", encoding="utf-8")
    with pytest.raises(HomeNotWritable):
        Lake(tmp_path / "lake").append("assignments", rows(("a", "x")))


_STEPS = st.lists(
    st.tuples(st.integers(1, 6), st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1)),
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(steps=_STEPS)
def test_whatever_is_repeated_the_lake_holds_each_transaction_once(
    steps: list[tuple[int, list[tuple[str, str]]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("lake")
    expected: dict[str, str] = {}
    applied = 0
    for number, pairs in steps:
        Lake(root).append("assignments", rows(*pairs), transaction=("load", number))
        if number > applied:
            applied = number
            expected |= dict(pairs)
    assert current(Lake(root)) == expected
