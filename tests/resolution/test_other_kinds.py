"""Dwellings, organizations and households, by the shipped models."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from resolution.kinds import EXACT_KEYS
from resolution.model.model import Model, shipped_model
from resolution.run import resolve

Row = dict[str, str | None]
Records = Callable[[str, list[Row]], pl.DataFrame]

STANDARD = "云泽省澜江市青枫区梧桐街道枫桥社区桂花路12号桂花苑3幢2单元501室"
SPELLINGS = [
    STANDARD,
    "青枫区梧桐街道桂花路12号桂花苑3幢2单元501室",
    "梧桐街道桂花苑3幢2单元501室",
    "枫桥社区桂花苑3幢2单元501室",
    "桂花苑3幢2单元501",
    "桂花苑3-2-501",
    "桂花苑三幢二单元五〇一室",
    "梧桐街道桂花苑３幢２单元５０１室",
    "桂花苑3号楼2单元501室",
    "桂花苑 3栋 2单元 501室",
]


def _model(kind: str) -> Model | None:
    return None if kind in EXACT_KEYS else shipped_model(kind)


def ids(kind: str, frame: pl.DataFrame) -> list[str]:
    result = resolve(kind, frame, token=lambda *p: "-".join(p), model=_model(kind))
    return result.assignments.sort("record_id")["entity_id"].to_list()


def test_ten_spellings_of_one_door_are_one_dwelling(records: Records) -> None:
    frame = records("dwelling", [{"address": address} for address in SPELLINGS])
    assert len(set(ids("dwelling", frame))) == 1


@pytest.mark.parametrize(
    "other", [f"桂花苑{door}" for door in ("3幢2单元502室", "3幢1单元501室", "4幢2单元501室")] + ["银杏园3幢2单元501室"]
)
def test_two_doors_are_never_one_dwelling(records: Records, other: str) -> None:
    frame = records("dwelling", [{"address": STANDARD}, {"address": other}])
    assert len(set(ids("dwelling", frame))) == 2


def test_a_property_number_joins_what_the_address_leaves_open(records: Records) -> None:
    number = "880102001001GB00012F00030005"
    frame = records(
        "dwelling", [{"address": STANDARD, "property_no": number}, {"address": "桂花苑3幢501室", "property_no": number}]
    )
    assert len(set(ids("dwelling", frame))) == 1


def test_a_wrong_property_number_does_not_merge_two_rooms(records: Records) -> None:
    number = "880102001001GB00012F00030005"
    frame = records(
        "dwelling",
        [{"address": STANDARD, "property_no": number}, {"address": "桂花苑3幢2单元502室", "property_no": number}],
    )
    assert len(set(ids("dwelling", frame))) == 2


def test_a_missing_unit_is_not_guessed_where_two_units_have_the_room(records: Records) -> None:
    frame = records(
        "dwelling",
        [{"address": STANDARD}, {"address": "桂花苑3幢1单元501室"}, {"address": "桂花苑3幢501室"}],
    )
    assert len(set(ids("dwelling", frame))) == 3


def test_an_everyday_name_without_code_finds_its_organization(records: Records) -> None:
    frame = records(
        "organization",
        [
            {"name": "澜江市华辰物业管理有限公司", "uscc": "91880102MA00000001"},
            {"name": "华辰物业管理有限公司"},
            {"name": "澜江市远航物业管理有限公司", "uscc": "91880102MA00000002"},
        ],
    )
    found = ids("organization", frame)
    assert found[0] == found[1]
    assert found[2] != found[0]


def test_households_join_by_their_number_and_stay_alone_without_one(records: Records) -> None:
    frame = records(
        "household",
        [{"household_no": "H00001234"}, {"household_no": "H00001234"}, {"household_no": None}, {"household_no": None}],
    )
    found = ids("household", frame)
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_a_door_told_in_part_is_found_by_who_is_met_there(records: Records) -> None:
    frame = records("dwelling", [{"address": STANDARD}, {"address": "桂花苑3幢1单元602室"}, {"address": "桂花苑3幢"}])
    known = frame.with_columns(pl.Series("resident", ["王建国", "李秀英", "王建国"]))
    found = ids("dwelling", known)
    assert found[0] == found[2] != found[1]
