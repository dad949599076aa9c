"""Addresses as other regions write them; no division table knows their villages."""

from __future__ import annotations

import pytest

from core.values import CitizenId, IdStatus, InvalidValue, StandardAddress
from core.values.citizen_id import check_character

ONE_DOOR = {
    "霁阳路123弄|45||602": (
        "霁阳路123弄45号602室",
        "霁阳路123弄45号602",
        "霁阳路123弄45-602",
        "霁阳路123弄45/602",
        "霁阳路１２３弄４５号／６０２室",
        "霁阳路123弄45号6楼602室",
    ),
    "观澜一村|21||301": (
        "观澜一村21号301室",
        "永庆路901弄观澜一村21号301室",
        "观澜一村21/301",
        "汀兰区观澜一村21号301",
    ),
    "机床厂家属院|3|1|301": (
        "机床厂家属院3号楼1单元301",
        "机床厂家属院3楼1门301号",
        "机床厂家属院三号楼一单元三〇一室",
        "机床厂家属院3-1-301",
    ),
    "柳叶胡同12|3|2|401": ("柳叶胡同12号院3号楼2单元401", "柳叶胡同12号院3楼2门401号"),
    "柳溪村3组|12||": (
        "石埠镇柳溪村3组12号",
        "石埠镇柳溪村三组12号",
        "石埠镇柳溪村第三村民小组12号",
        "石埠镇柳溪村三社12号",
        "石埠镇柳溪村3队12户",
        "石埠镇柳溪村委会3组12号",
        "石埠镇柳溪村民委员会第3村民小组12",
    ),
}


@pytest.mark.parametrize(("key", "written"), [(key, one) for key, several in ONE_DOOR.items() for one in several])
def test_every_way_to_write_a_door_has_one_key(key: str, written: str) -> None:
    address = StandardAddress.parse(written)
    assert address.dwelling_key == key
    assert StandardAddress.parse(address.text).dwelling_key == key


@pytest.mark.parametrize(
    ("written", "road", "number"),
    [
        ("柳叶胡同甲12号", "柳叶胡同", "甲12"),
        ("淮浦东路123弄2支弄45号", "淮浦东路", "123弄2支弄"),
        ("灯市胡同100号院", "灯市胡同", "100"),  # 灯市 is no city
        ("镇前胡同5号", "镇前胡同", "5"),
    ],
)
def test_house_numbers_with_a_mark_and_roads_that_look_like_divisions(written: str, road: str, number: str) -> None:
    address = StandardAddress.parse(written)
    assert (address.road, address.road_no) == (road, number)
    assert address.county is None


def test_provinces_and_cities_that_no_table_knows_are_told_from_the_estate_behind_them() -> None:
    address = StandardAddress.parse("大河省长滩市青石区搪瓷厂家属院1-2-101")
    assert (address.province, address.city, address.county) == ("大河省", "长滩市", "青石区")
    assert address.dwelling_key == "搪瓷厂家属院|1|2|101"
    assert StandardAddress.parse("菜市口小区3栋201").dwelling_key == "菜市口|3||201"


def test_rooms_of_a_village_house_are_told_apart() -> None:
    keys = {StandardAddress.parse(f"幸福村12号{room}").dwelling_key for room in ("", "2室", "3室")}
    assert len(keys) == 3


def test_the_number_of_a_disability_card_is_the_citizen_id_within() -> None:
    first = "87030219580312124"
    number = first + check_character(first)
    for card in (f"{number}43", f"{number}11B1", f"{number[:6]} {number[6:14]} {number[14:]}43"):
        citizen = CitizenId.parse(card)
        assert (citizen.text, citizen.status) == (number, IdStatus.VALID)
    for wrong in (f"{number}93", f"{number}4", f"8703021958139912434{number[-1]}"):
        with pytest.raises(InvalidValue):
            CitizenId.parse(wrong)
