"""Addresses: a table of written examples by hand, and made-up ones in every combination of spellings."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.values import InvalidValue, StandardAddress, value_type

WRITTEN = list(csv.DictReader((Path(__file__).parent / "addresses.csv").read_text(encoding="utf-8").splitlines()))

DIGITS = "〇一二三四五六七八九"
COMPOUNDS = ("桂花苑", "幸福小区", "枫桥花园", "梧桐新村", "南桥华庭", "丽景国际", "澜江公馆", "翠湖里", "御景湾")
DIVISIONS = (
    "云泽省澜江市青枫区梧桐街道枫桥社区",
    "澜江市青枫区梧桐街道枫桥社区",
    "青枫区梧桐街道枫桥社区",
    "梧桐街道枫桥社区",
    "枫桥社区",
    "梧桐街道办事处枫桥居委会",
    "青枫梧桐枫桥社区",
    "",
)


def spoken(number: int) -> str:
    return "".join(DIGITS[int(digit)] for digit in str(number))


def full_width(text: str) -> str:
    return text.translate({48 + digit: 0xFF10 + digit for digit in range(10)})


@st.composite
def doors(draw: st.DrawFn) -> tuple[int, int, int, str]:
    """Building, unit (0 = none), room, and one of their spellings."""
    building, unit = draw(st.integers(1, 30)), draw(st.integers(0, 6))
    room = draw(st.integers(1, 33)) * 100 + draw(st.integers(1, 8))
    house = draw(st.sampled_from(("栋", "幢", "号楼", "座", "#")))
    end = draw(st.sampled_from(("室", "", "户", "房")))
    middle = f"{unit}单元" if unit else ""
    spellings = [
        f"{building}{house}{middle}{room}{end}",
        f"{building}-{unit}-{room}" if unit else f"{building}-{room}",
        f"{building}{house}{unit}-{room}{end}" if unit else f"{building}{house}-{room}{end}",
        f"第{building}{house}{middle} {room}{end}",
        full_width(f"{building}{house}{middle}{room}{end}"),
        f"{spoken(building)}{house}{spoken(unit) + '单元' if unit else ''}{spoken(room)}室",
    ]
    return building, unit, room, draw(st.sampled_from(spellings))


@pytest.mark.parametrize("row", WRITTEN, ids=lambda row: row["written"])
def test_written_examples(row: dict[str, str]) -> None:
    address = StandardAddress.parse(row["written"])
    assert (address.dwelling_key or address.building_key or address.compound_key) == row["key"]
    assert (address.division_code or "") == row["division_code"]
    assert StandardAddress.parse(address.text).text == address.text


@given(st.sampled_from(DIVISIONS), st.sampled_from(COMPOUNDS), doors())
def test_every_spelling_of_a_door_has_one_key(prefix: str, compound: str, door: tuple[int, int, int, str]) -> None:
    building, unit, room, spelling = door
    address = StandardAddress.parse(f"{prefix}{compound}{spelling}")
    assert address.dwelling_key == f"{compound.removesuffix('小区')}|{building}|{unit or ''}|{room}"
    assert address.building_key == f"{compound.removesuffix('小区')}|{building}"
    assert address.level == "room"
    assert address.rest is None
    if prefix:
        assert address.division_code == "880102001001"
        assert (address.province, address.city, address.county) == ("云泽省", "澜江市", "青枫区")
        assert (address.street, address.community) == ("梧桐街道", "枫桥社区")
        assert address.state == "complete"
    else:
        assert address.state == "partial"


@given(st.text(max_size=60))
@example(raw=":=")
def test_any_text_parses_to_a_fixed_point(raw: str) -> None:
    try:
        address = StandardAddress.parse(raw)
    except InvalidValue:
        return
    assert StandardAddress.parse(address.text).text == address.text


PIECES = (
    "云泽省 澜江市 澜江 青枫区 青枫 石桥县 梧桐街道 梧桐 老城街道 枫桥社区 枫桥 柳湾镇 杨柳村 人民路 梧桐路 12号 "
    "100弄 5组 二期 桂花苑 幸福小区 大厦 3栋 三幢 A座 2单元 二单元 5层 501室 501 -3-2-105 3-2 # 号 附近 楼下 "
    "(南门) ( ) - 第 东 西门 0 甲 X 网格 第3网格 之 与"
)


@given(st.lists(st.sampled_from(PIECES.split()), max_size=8).map("".join))
def test_any_heap_of_address_words_parses_to_a_fixed_point(raw: str) -> None:
    try:
        first = StandardAddress.parse(raw)
    except InvalidValue:
        return
    second = StandardAddress.parse(first.text)
    assert second.text == first.text
    assert second.dwelling_key == first.dwelling_key
    assert second.division_code == first.division_code


@given(st.sampled_from(COMPOUNDS), doors())
def test_the_mask_ends_at_the_building(compound: str, door: tuple[int, int, int, str]) -> None:
    building, _, _, spelling = door
    masked = value_type("address").mask(f"青枫区{compound}{spelling}")
    assert masked == f"云泽省澜江市青枫区{compound}{building}栋***"


def test_an_address_that_says_nothing_keeps_its_text_and_masks_whole() -> None:
    address = StandardAddress.parse("老地方见")
    assert (address.state, address.rest, address.text, address.level) == ("unresolved", "老地方见", "老地方见", None)
    assert value_type("address").parse("老地方见").flags == ("unresolved",)
    assert value_type("address").mask("老地方见") == "***"


def test_an_abolished_street_leads_to_its_successor() -> None:
    address = StandardAddress.parse("青枫区老城街道桂花苑3栋")
    assert (address.street, address.division_code) == ("梧桐街道", "880102001")
    assert value_type("address").parse("青枫区老城街道桂花苑3栋").flags == ("renamed_division",)


def test_a_room_without_its_building_is_no_door_in_a_compound_of_many() -> None:
    assert StandardAddress.parse("桂花苑501室").dwelling_key == ""
    assert StandardAddress.parse("华辰大厦501室").dwelling_key == "华辰大厦|||501"


@pytest.mark.parametrize("raw", ["", " 　", "=cmd|' /C calc'!A0", "路" * 501])
def test_what_is_no_address_is_refused(raw: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        StandardAddress.parse(raw)
    assert caught.value.reason in {"address.empty", "text.formula", "address.too_long"}
    assert not raw.strip() or raw not in str(caught.value)
