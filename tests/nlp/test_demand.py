# Fixture strategy: the component alone, sentences of our own; the gold set holds a floor.

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from spacy.language import Language

from nlp.components.demand import DemandReader
from nlp.components.normalize import plain
from nlp.gold import read_gold


@pytest.fixture(scope="module")
def reader() -> DemandReader:
    return DemandReader(Language(), "demand")


def demands(reader: DemandReader, text: str) -> list[tuple[str, str]]:
    return [(text[demand.start : demand.end], demand.kind) for demand in reader.find(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("门坏了，要求物业修好单元门。", [("修好单元门", "repair")]),
        ("希望尽快退还押金", [("尽快退还押金", "refund")]),
        ("请社区来调解一下", [("调解一下", "mediate")]),
        ("要求查清原因，赔偿我的损失", [("查清原因", "investigate"), ("赔偿我的损失", "pay")]),
        ("要求拆除违建，停止施工，谢谢", [("拆除违建，停止施工", "stop")]),
        ("三年了，给个说法", [("给个说法", "inform")]),
        ("请问办居住证要带什么材料？", [("办居住证要带什么材料", "licence")]),
        ("想咨询供暖几号开始？", [("供暖几号开始", "inform")]),
    ],
)
def test_what_is_wanted(reader: DemandReader, text: str, wanted: list[tuple[str, str]]) -> None:
    assert demands(reader, text) == wanted


@pytest.mark.parametrize(
    "text",
    ["房东要求我三天内搬走", "我请了两天假", "申请了半年没有下来", "没有希望了", "邀请他来过", "昨晚又吵了一夜", ""],
)
def test_what_is_no_demand_of_the_citizen(reader: DemandReader, text: str) -> None:
    assert demands(reader, text) == []


def test_points_of_a_list_are_demands_of_their_own(reader: DemandReader) -> None:
    text = "诉求：1.修复门禁；2.公示账目；3.退还停车费。"
    assert demands(reader, text) == [("修复门禁", "repair"), ("公示账目", "inform"), ("退还停车费", "refund")]


def test_spans_lie_in_order_and_apart(reader: DemandReader) -> None:
    for complaint in read_gold():
        found = reader.find(plain(complaint.text))
        assert all(one.end <= two.start for one, two in pairwise(found))


def test_the_gold_set_is_read_no_worse_than_this(reader: DemandReader) -> None:
    hit = found = covered = wanted = 0
    for complaint in read_gold():
        read = reader.find(plain(complaint.text))
        pairs = [(g, d) for g in complaint.demands for d in read if g.start < d.end and d.start < g.end]
        hit, found = hit + len({demand for _, demand in pairs}), found + len(read)
        covered, wanted = covered + len({gold for gold, _ in pairs}), wanted + len(complaint.demands)
    assert hit / found >= 0.72
    assert covered / wanted >= 0.74


def test_a_long_text_is_read_in_linear_time(reader: DemandReader) -> None:
    started = time.process_time()
    for piece in ("请", "要求退钱，", "能不能、", "1.修；"):
        reader.find((piece * 20_000)[:20_000])
    assert time.process_time() - started < 4
