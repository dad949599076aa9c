# Calls about what was reported before, in the town of `conftest`: the truth is held against the delivered rows.
from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Files


@pytest.fixture(scope="module")
def rows(town: Files) -> dict[str, dict[str, Any]]:
    return {row["workOrderNo"]: row for row in town.lines("hotline_complaints") if row["workOrderNo"]}


def test_every_call_stands_in_a_matter_that_a_call_opened(town: Files, rows: dict[str, dict[str, Any]]) -> None:
    told = {row["key"]: row for row in town.truth("matters").iter_rows(named=True)}
    assert set(told) == set(rows)
    for key, row in told.items():
        if not row["relation"]:
            assert row["matter"] == key
            continue
        assert told[row["matter"]]["relation"] == ""
        assert told[row["to_key"]]["matter"] == row["matter"]


def test_who_follows_up_is_the_caller_and_neighbours_are_others(town: Files) -> None:
    callers = dict(
        town.truth("records")
        .filter(feed="hotline_complaints")
        .select("record_key", "entity")
        .iter_rows()
    )  # fmt: skip
    found = {"follows": 0, "duplicate": 0}
    for row in town.truth("matters").iter_rows(named=True):
        if row["relation"]:
            same = callers[f"{row['key']}#caller"] == callers[f"{row['to_key']}#caller"]
            assert same == (row["relation"] == "follows")
            found[row["relation"]] += 1
    assert min(found.values()) > 0


def test_neighbours_call_within_days_and_about_the_same(town: Files, rows: dict[str, dict[str, Any]]) -> None:
    categories = dict(town.truth("categories").select("key", "category").iter_rows())
    for row in town.truth("matters").filter(relation="duplicate").iter_rows(named=True):
        assert categories[row["key"]] == categories[row["to_key"]]
        assert moment(rows[row["key"]]) >= moment(rows[row["to_key"]])
        assert (moment(rows[row["key"]]) - moment(rows[row["to_key"]])).days < 5


def test_rows_come_in_the_order_of_their_time(town: Files) -> None:
    moments = [moment(row) for row in town.lines("hotline_complaints") if "-02-31 " not in row["callTime"]]
    assert moments == sorted(moments)


def moment(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["callTime"].replace("-02-31", "-02-28"))
