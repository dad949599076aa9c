"""Many small files made few: what a reader, a writer and a crash of the machine notice of it, which is nothing.

Fixture strategy: real Delta tables in a temporary folder, grown by one-row appends as changes grow them.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import orjson
import polars as pl
import pytest

from loaders.lake.store import Lake
from loaders.lake.tidying import MANY

TABLE = "assignments"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path / "数据 湖")
    for number in range(MANY):
        grow(made, number)
    return made


def grow(lake: Lake, number: int) -> None:
    """Two versions of every third key, a deletion of every fifth."""
    row = {"record_id": f"r{number % 17}", "entity_id": f"e{number}", "deleted": number % 5 == 0}
    lake.append(TABLE, pl.DataFrame([row]), transaction=(f"fact:{number}", 1))


def told(lake: Lake) -> tuple[pl.DataFrame, pl.DataFrame, int, int, str]:
    """All that the lake tells of a table but for its Delta version."""
    return lake.read(TABLE), lake.current(TABLE), lake.count(TABLE), lake.last_seq(TABLE), lake.state(TABLE)


def same(one: tuple[pl.DataFrame, pl.DataFrame, int, int, str], other: tuple[pl.DataFrame, ...]) -> bool:
    return one[0].equals(other[0]) and one[1].equals(other[1]) and one[2:] == other[2:]


def test_a_table_of_few_files_is_left_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    assert lake.tidy(TABLE) is None
    for number in range(MANY - 1):
        grow(lake, number)
    version = lake.version(TABLE)
    assert lake.tidy(TABLE) is None
    assert lake.version(TABLE) == version


def test_every_row_and_every_transaction_stays(lake: Lake) -> None:
    before, reader = told(lake), Lake(lake._root)
    reader.read(TABLE)
    done = lake.tidy(TABLE)
    assert done is not None
    assert (done.before, done.after) == (MANY, 1)
    assert same(before, told(lake))
    assert same(before, told(reader))  # one who had the table open
    assert same(before, told(Lake(lake._root)))  # and one who comes later
    grow(lake, 3)  # a transaction that was committed before does nothing now either
    assert same(before, told(lake))
    grow(lake, MANY)
    assert lake.last_seq(TABLE) == MANY + 1
    assert lake.tidy(TABLE) is None


def test_files_past_use_are_deleted_after_their_time_and_no_earlier(lake: Lake) -> None:
    folder = lake._root / TABLE
    held = lake.files(TABLE)  # somebody reads them
    done = lake.tidy(TABLE)
    assert done is not None
    assert done.deleted == 0
    assert pl.read_parquet(held[0]).height == 1
    for number in range(MANY, 2 * MANY):
        grow(lake, number)
    before = told(lake)
    time.sleep(0.01)  # the time of a file's removal is kept in milliseconds
    again = lake.tidy(TABLE, kept_hours=0)
    assert again is not None
    assert again.deleted >= MANY
    assert len(list(folder.glob("*.parquet"))) == again.after
    assert same(before, told(lake))
    assert same(before, told(Lake(lake._root)))


def test_a_tidying_that_a_power_cut_tore_is_as_if_it_had_not_been(lake: Lake) -> None:
    before = told(lake)
    lake.tidy(TABLE)
    [merged] = lake.files(TABLE)
    os.truncate(merged, merged.stat().st_size // 2)
    again = Lake(lake._root)
    assert same(before, told(again))
    done = again.tidy(TABLE)
    assert done is not None
    assert same(before, told(again))


def test_a_torn_append_is_not_passed_over(tmp_path: Path) -> None:
    """What it held may have been acknowledged: it is told, not dropped."""
    lake = Lake(tmp_path / "lake")
    grow(lake, 1)
    grow(lake, 2)
    newest = sorted((lake._root / TABLE / "_delta_log").glob("*.json"))[-1]
    [added] = [line["add"] for line in map(orjson.loads, newest.read_bytes().splitlines()) if "add" in line]
    os.truncate(lake._root / TABLE / added["path"], 10)
    with pytest.raises(Exception, match="WN-LK-001"):
        Lake(lake._root).read(TABLE)
    assert newest.exists()
