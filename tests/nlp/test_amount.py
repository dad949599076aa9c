# The pipeline of nlp/config.cfg with the small invented gazetteer of conftest, and the gold set. A gold amount is right
# when words overlap, the unit is the same and the value equal.

from __future__ import annotations

import math
import time as clock
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from nlp.amounts import find_amounts
from nlp.gazetteer import Gazetteer
from nlp.gold import read_gold
from nlp.layers import Amount
from nlp.numerals import read_numeral
from nlp.pipeline import build_pipeline


@pytest.fixture(scope="module")
def reader(gazetteer: Gazetteer) -> Language:
    return build_pipeline(gazetteer)


def read(reader: Language, text: str) -> tuple[Amount, ...]:
    amounts: tuple[Amount, ...] = reader(text)._.amounts
    return amounts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,280", 1280), ("1.2万", 12_000), ("6万7", 67_000), ("两万三", 23_000), ("2万3千4", 23_400), ("三百五", 350),
        ("一千零五", 1005), ("一百一十五", 115), ("百八十", 180), ("二〇二四", 2024), ("一亿二", 120_000_000),
        ("十五", 15), ("两三百", 250), ("十一二", 11.5), ("几万", 30_000), ("3万5000", 35_000),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_say_them(text: str, value: float) -> None:
    numeral = read_numeral(text)
    assert numeral is not None
    assert numeral.value == value


@pytest.mark.parametrize(
    ("text", "words", "value", "unit", "about"),
    [
        ("借走了两万三没还", "两万三", 23_000, "CNY", False),
        ("欠了3个月工资", "3个月工资", 3, "month_wages", False),
        ("赔一个半月工资", "一个半月工资", 1.5, "month_wages", False),
        ("双倍工资", "双倍工资", 2, "month_wages", False),
        ("物业费每月300元", "每月300元", 300, "CNY/month", False),
        ("卫生费一年五千多照收", "一年五千多", 5000, "CNY/year", True),
        ("每平方米2.5元/月", "每平方米2.5元/月", 2.5, "CNY/m2/month", False),
        ("涨了15%", "15%", 15, "percent", False),
        ("百分之四十", "百分之四十", 40, "percent", False),
        ("房子80平方米", "80平方米", 80, "m2", False),
        ("一共1.2万元", "1.2万元", 12_000, "CNY", False),
        ("罚了五百块", "五百块", 500, "CNY", False),
        ("花了十几万", "十几万", 130_000, "CNY", True),
        ("每天80-100元", "每天80-100元", 90, "CNY/day", True),
        ("交了300元到3月底", "300元", 300, "CNY", False),
        ("押金2400不退", "2400", 2400, "CNY", False),
        ("三块五一斤", "三块五一斤", 3.5, "CNY/piece", False),
        ("宽约3厘米的裂缝", "约3厘米", 0.03, "m", True),
        ("噪音78分贝", "78分贝", 78, "dB", False),
        ("用了1,486度，电费太高", "1,486度", 1486, "kWh", False),
        ("屋里只有13度", "13度", 13, "celsius", False),
        ("50公斤的罐子", "50公斤", 50, "kg", False),
    ],
)
def test_amounts_have_value_and_unit(
    reader: Language, text: str, words: str, value: float, unit: str, about: bool
) -> None:
    (amount,) = read(reader, text)
    assert (text[amount.start : amount.end], amount.value, amount.unit, amount.about) == (words, value, unit, about)


@pytest.mark.parametrize(
    "text",
    [
        "桂花苑3号楼501室漏水",
        "住2-1-301，已打12345",
        "手机16420992773，请回电",
        "2024年3月5日来过",
        "万一出事怎么办",
        "一千多户居民，来了三千人",
        "木地板泡坏了三块",
        "走到一半就头晕",
        "3月的4月工资没发",
        "一分钱生活费都不给",
    ],
)
def test_doors_dates_and_counts_are_no_amounts(reader: Language, text: str) -> None:
    assert read(reader, text) == ()


@pytest.mark.parametrize("stretch", ["1", "一二三", "1,", "每月扣", "好上约", "3万", "1.2", "三个月"])
def test_a_long_stretch_of_one_thing_takes_linear_time(stretch: str) -> None:
    """Five times the text takes about five times as long; a pattern that tries stretches twice takes 25 times."""

    def seconds(length: int) -> float:
        text = (stretch * length)[:length]
        best = float("inf")
        for _ in range(3):
            started = clock.process_time()
            list(find_amounts(text))
            best = min(best, clock.process_time() - started)
        return best

    assert seconds(40_000) < 12 * max(seconds(8_000), 0.002)


@pytest.mark.parametrize("stretch", ["0123456789", "一二三", "1,"])
def test_200000_characters_take_less_than_a_second(stretch: str) -> None:
    text = (stretch * 200_000)[:200_000]
    started = clock.process_time()
    list(find_amounts(text))
    assert clock.process_time() - started < 1


@given(st.text(alphabet="0123456789,.一二三十百千万亿几两半多来个元块毛%平米度斤月年天每约好-到/¥的 ", max_size=40))
def test_no_text_stops_the_reader(text: str) -> None:
    amounts = list(find_amounts(text))
    assert all(one.end <= other.start for one, other in pairwise(amounts))
    assert all(math.isfinite(amount.value) and amount.value >= 0 for amount in amounts)


def test_gold_amounts_are_found_and_valued(reader: Language) -> None:
    expected = found = overlapping = equal = 0
    for complaint in read_gold():
        amounts = list(read(reader, complaint.text))
        found += len(amounts)
        expected += len(complaint.amounts)
        for gold in complaint.amounts:
            match = next((item for item in amounts if item.start < gold.end and gold.start < item.end), None)
            if match is not None:
                amounts.remove(match)
                overlapping += 1
                equal += match.unit == gold.unit and math.isclose(match.value, gold.value)
    assert overlapping / found >= 0.97
    assert overlapping / expected >= 0.95
    assert equal / found >= 0.91
    assert equal / expected >= 0.89
