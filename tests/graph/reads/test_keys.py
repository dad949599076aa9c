"""Entities by exact keys."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import EntityUnknown
from graph.reads.keys import (
    dwellings_by_address,
    dwellings_by_key,
    find_by_record_key,
    households_by_number,
    organizations_by_name,
    persons_by_name,
)


def test_a_shared_phone_finds_everybody_who_gave_it(town_store) -> None:
    assert find_by_record_key(town_store, "phone_index", "index-of-a-phone") == ["per_alone", "per_li"]
    assert find_by_record_key(town_store, "phone_index", "index-of-a-phone", label="Organization") == []
    assert find_by_record_key(town_store, "uscc", "91880102MA0000001X", label="Organization") == ["org_pm"]
    assert find_by_record_key(town_store, "phone_index", "") == []


def test_a_property_that_is_no_key_is_refused(town_store) -> None:
    with pytest.raises(EntityUnknown):
        find_by_record_key(town_store, "id}) DETACH DELETE r //", "x")


def test_persons_by_name_and_sound(town_store) -> None:
    assert [node.id for node in persons_by_name(town_store, name_key="王建国")] == ["per_wang"]
    assert [node.id for node in persons_by_name(town_store, pinyin="Wang JianGuo")] == ["per_wang"]
    assert persons_by_name(town_store) == []
    # The name of a child is sealed.
    assert persons_by_name(town_store, name_key="王子轩") == []


def test_organizations_by_name(town_store) -> None:
    from core.values import OrganizationName

    key = OrganizationName.parse("澜江市安居物业服务有限公司").key
    assert [node.id for node in organizations_by_name(town_store, key)] == ["org_pm"]


def test_households_by_number(town_store) -> None:
    assert [node.id for node in households_by_number(town_store, "H1")] == ["hou_H1"]
    assert households_by_number(town_store, "H") == []


@pytest.mark.parametrize("address", ["桂花苑3栋2单元501", "青枫区桂花苑三幢二单元５０１室", "桂花苑3幢501"])
def test_dwellings_by_any_spelling_of_the_address(town_store, address: str) -> None:
    assert [node.id for node in dwellings_by_address(town_store, address)] == ["dwe_g501"]


def test_no_door_no_dwelling(town_store) -> None:
    for text in ("桂花苑", "", "=HYPERLINK()"):
        assert dwellings_by_address(town_store, text) == []
    assert dwellings_by_key(town_store, "") == []


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40) | st.sampled_from(["' OR 1=1 //", '"}) DETACH DELETE n //', "$key", "\\", "王\x00建国"]))
def test_whatever_is_asked_for_is_only_a_value(town_store, text: str) -> None:
    persons_by_name(town_store, name_key=text)
    persons_by_name(town_store, pinyin=text)
    dwellings_by_address(town_store, text)
    find_by_record_key(town_store, "name_index", text)
    assert persons_by_name(town_store, name_key="王建国")
