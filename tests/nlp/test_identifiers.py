"""Numbers in text: found, checked, and not mistaken for each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values import value_type
from core.values.citizen_id import check_character
from nlp.components.identifiers import find_identifiers
from nlp.components.normalize import plain

BODY = "88010219580312123"
ID = BODY + check_character(BODY)
WRONG = BODY + ("0" if ID[-1] != "0" else "1")
CODE = "91350100M000100Y43"


@pytest.mark.parametrize(
    ("text", "label", "value", "valid"),
    [
        (f"身份证{ID}，", "citizen_id", ID, True),
        (f"身份证{WRONG}", "citizen_id", WRONG, False),
        ("身份证880102********1234。", "citizen_id", "880102********1234", False),
        (f"信用代码{CODE}的公司", "uscc", CODE, True),
        ("电话160 1234 5678谢谢", "phone", "16012345678", True),
        ("电话１６０１２３４５６７８", "phone", "16012345678", True),
        ("+8616012345678", "phone", "16012345678", True),
        ("座机0880-6123456", "phone", "0880-6123456", True),
        ("车牌云A12345堵路", "plate", "云A12345", True),
        ("云AD12345占车位", "plate", "云AD12345", True),
        ("工单号RX-20260315-00123", "order", "RX-20260315-00123", True),
    ],
)
def test_kinds(text: str, label: str, value: str, valid: bool) -> None:
    found = find_identifiers(plain(text))
    assert [(item.label, item.text, item.valid) for item in found] == [(label, value, valid)]


@pytest.mark.parametrize(
    "text", ["2019年3月12日", "涉案12345678901234567890123元", "面积123456平方米", "3号楼501室", "赔偿20000元"]
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert find_identifiers(plain(text)) == ()


@given(
    st.from_regex(r"\A16[0134][0-9]{8}\Z", fullmatch=True),
    st.text(alphabet="我家电话是，。楼上", max_size=8),
    st.text(alphabet="，。谢谢请回", max_size=8),
)
def test_a_phone_is_found_wherever_it_stands(phone: str, before: str, after: str) -> None:
    (found,) = find_identifiers(before + phone + after)
    assert (found.label, found.start, found.end) == ("phone", len(before), len(before) + 11)
    assert found.text == value_type("phone").parse(phone).text
