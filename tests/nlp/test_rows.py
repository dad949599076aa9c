"""What is kept of a reading holds no number in clear; what goes on to matching holds it."""

from __future__ import annotations

import json

from core.values.citizen_id import check_character
from nlp.gazetteer import Gazetteer
from nlp.reading import READER_VERSION, read_text
from nlp.rows import reading_row, text_mentions

BODY = "88010219580312123"
ID = BODY + check_character(BODY)
TEXT = f"我是桂花苑3栋501的王建国，身份证{ID}，电话16012345678。投诉华辰物业和邻居张某。"


def blind(phone: str) -> str:
    return f"index of {len(phone)}"


def token(*parts: str) -> str:
    return "t" * sum(map(len, parts))


def test_the_row_holds_no_number_in_clear(gazetteer: Gazetteer) -> None:
    row = reading_row(read_text(TEXT, gazetteer, event_id="evt_1"), token, blind)
    everything = json.dumps(row, ensure_ascii=False)
    assert ID not in everything
    assert "16012345678" not in everything
    assert row["reader"] == READER_VERSION
    assert row["place_text"] == "桂花苑3栋501"
    assert row["place_level"] == "room"
    parties = json.loads(str(row["parties"]))
    assert [(p["surface"], p["phone"]) for p in parties] == [
        ("王建国", "160****5678"),
        ("华辰物业", None),
        ("张某", None),
    ]
    assert ["identifiers.phone", TEXT.index("160"), TEXT.index("160") + 11] in json.loads(str(row["spans"]))


def test_an_empty_reading_is_a_row_too(gazetteer: Gazetteer) -> None:
    row = reading_row(read_text("", gazetteer, event_id="evt_2"), token, blind)
    assert (row["event_id"], row["category"], row["place_text"], row["parties"], row["spans"]) == (
        "evt_2", None, None, "[]", "[]"
    )  # fmt: skip


def test_only_parties_that_can_be_looked_for_become_mentions(gazetteer: Gazetteer) -> None:
    mentions = list(text_mentions(read_text(TEXT, gazetteer, event_id="evt_1")))
    assert [(m.index, m.kind, m.role, m.values, m.org) for m in mentions] == [
        (0, "person", "complainant", {"name": "王建国", "phone": "16012345678"}, None),
        (1, "organization", "respondent", {"name": "澜江市华辰物业管理有限公司"}, "org_huachen"),
    ]


def test_a_caller_without_a_name_is_no_mention(gazetteer: Gazetteer) -> None:
    reading = read_text("我家漏水，我的电话16012345678，楼上不管", gazetteer, event_id="evt_3")
    assert ("complainant", None) in [(party.role, party.name) for party in reading.parties]
    assert list(text_mentions(reading)) == []
