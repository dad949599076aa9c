"""Numbers in text: found, checked, and not mistaken for each other."""

from __future__ import annotations

import time

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
OLD = "880102580312123"
CODE = "91350100M000100Y43"
WRONG_CODE = "91350100M000100Y40"
CARD = "9999454212472019864"
WRONG_CARD = "9999454212472019860"


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
        ("座机0880-6123456", "landline", "0880-6123456", True),
        ("车牌云A12345堵路", "plate", "云A12345", True),
        ("云AD12345占车位", "plate", "云AD12345", True),
        ("工单号RX-20260315-00123", "order_number", "RX-20260315-00123", True),
        ("上次RX-20260315-00123没办结", "order_number", "RX-20260315-00123", True),
        ("单号16202603094，不是电话", "order_number", "16202603094", True),
        ("燃气户号为88010200417652", "order_number", "88010200417652", True),
        ("小漂号30419276，退不了", "order_number", "30419276", True),
        ("7730158824这个快递没收到", "order_number", "7730158824", True),
        ("水表号: A-20331", "order_number", "A-20331", True),
        ("案号（2026）云0102民初123号", "order_number", "（2026）云0102民初123号", True),
        ("回执编号东渡公(刑)受案字2026-00189", "order_number", "东渡公(刑)受案字2026-00189", True),
        (f"老身份证{OLD}", "citizen_id", "88010219580312123X"[:17] + ID[-1], True),
        (f"身份证 {ID[:6]} {ID[6:14]} {ID[14:]}", "citizen_id", ID, True),
        (f"信用代码{WRONG_CODE}", "uscc", WRONG_CODE, False),
        (f"对方公司{WRONG_CODE}骗人", "uscc", WRONG_CODE, False),
        (f"打到卡{CARD}上", "bank_card", CARD, True),
        (f"账号{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}", "bank_card", CARD, True),
        (f"银行卡号{WRONG_CARD}", "bank_card", WRONG_CARD, False),
        ("卡号尾数4819", "bank_card", "4819", False),
        ("尾号4819的工资卡", "bank_card", "4819", False),
        ("发到Wang_GF@mail.example，谢谢", "email", "wang_gf@mail.example", True),
        ("手机160****8472", "phone", "160****8472", False),
        ("160-1234-5678", "phone", "16012345678", True),
        ("1601234 5678", "phone", "16012345678", True),
        ("(0880)6123456转8", "landline", "0880-6123456转8", True),
        ("0880-****456", "landline", "0880****456", False),
        ("客服400-488-1234", "landline", "4004881234", True),
        ("电话6123456", "landline", "6123456", True),
        ("云X·589CK", "plate", "云X589CK", True),
        ("云X***8K", "plate", "云X***8K", False),
    ],
)
def test_kinds(text: str, label: str, value: str, valid: bool) -> None:
    found = find_identifiers(plain(text))
    assert [(item.label, item.text, item.valid) for item in found] == [(label, value, valid)]


@pytest.mark.parametrize(
    "text",
    [
        "2019年3月12日",
        "涉案12345678901234567890123元",
        "面积123456平方米",
        "3号楼501室",
        "赔偿20000元",
        "拨打12345和110",
        "合计16012345678元",
        f"流量{WRONG_CARD}次",
        "尾号3394",
        "型号CXW-200-EC88",
        "微信@物业",
        "",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert find_identifiers(plain(text)) == ()


def test_several_numbers_stand_apart() -> None:
    text = f"我叫李梅，身份证{ID}，电话16012345678、0880-6123456，车牌云A12345，邮箱li@mail.example"
    labels = [item.label for item in find_identifiers(plain(text))]
    assert labels == ["citizen_id", "phone", "landline", "plate", "email"]


def test_a_list_of_numbers_has_one_word_in_front() -> None:
    found = find_identifiers("收据号0027713、0027891，金额300")
    assert [(item.label, item.text) for item in found] == [("order_number", "0027713"), ("order_number", "0027891")]


def test_a_long_text_is_read_in_linear_time() -> None:
    started = time.process_time()
    for piece in ("a.b-", "1 2-3 ", "工单号", "1", "第2026年字", "0", "9" * 19 + " "):
        find_identifiers(piece * (60_000 // len(piece)))
    assert time.process_time() - started < 5


@given(st.text(alphabet="0123456789*-Xx@.单号卡尾电话身份证云A （）元", max_size=60))
def test_what_is_found_lies_in_the_text_and_apart(text: str) -> None:
    end = 0
    for item in find_identifiers(text):
        assert end <= item.start < item.end <= len(text)
        assert item.text
        end = item.end


@given(
    st.from_regex(r"\A16[0134][0-9]{8}\Z", fullmatch=True),
    st.text(alphabet="我家电话是，。楼上", max_size=8),
    st.text(alphabet="，。谢谢请回", max_size=8),
)
def test_a_phone_is_found_wherever_it_stands(phone: str, before: str, after: str) -> None:
    (found,) = find_identifiers(before + phone + after)
    assert (found.label, found.start, found.end) == ("phone", len(before), len(before) + 11)
    assert found.text == value_type("phone").parse(phone).text
