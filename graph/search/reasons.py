"""Why something is a hit: codes, what people read, and how well each says that this is what was meant."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """`label` is what people read; `score` (0–1) is that of a hit without further doubts."""

    label: str
    score: float

    def __new__(cls, code: str, label: str, score: float) -> Reason:
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.label, reason.score = label, score
        return reason

    CITIZEN_ID = "citizen_id", "证件号码", 1.0
    PHONE = "phone", "电话号码", 1.0
    PLATE = "plate", "车牌号", 1.0
    USCC = "uscc", "统一社会信用代码", 1.0
    NUMBER = "number", "编号", 1.0
    NAME_AND_PLACE = "name_and_place", "姓名与住址", 0.97
    NAME = "name", "名称相同", 0.95
    PERSON_NAME = "person_name", "姓名相同", 0.95
    ADDRESS = "address", "地址", 0.95
    RECORD_NAME = "record_name", "来源记录中的姓名", 0.9
    FORMER_NAME = "former_name", "曾用名", 0.85
    PINYIN = "pinyin", "拼音", 0.8
    SOUND = "sound", "同音字", 0.75
    SHAPE = "shape", "形近字", 0.72
    INITIALS = "initials", "首字母", 0.65
    NEAR_SOUND = "near_sound", "近音字", 0.6
    PART = "part", "名称的一部分", 0.5
    ABBREVIATION = "abbreviation", "简称", 0.48
    PINYIN_PART = "pinyin_part", "拼音的一部分", 0.46
    ADDRESS_PART = "address_part", "地址的一部分", 0.45
    NUMBER_PART = "number_part", "编号的开头", 0.42
