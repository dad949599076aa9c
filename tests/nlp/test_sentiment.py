# Fixture strategy: the component alone, sentences of our own.

from __future__ import annotations

import pytest
from spacy.language import Language

from nlp.components.sentiment import SentimentReader


@pytest.fixture(scope="module")
def reader() -> SentimentReader:
    return SentimentReader(Language(), "sentiment")


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("物业乱收费，态度恶劣，我要投诉", "negative"),
        ("路灯坏了，谢谢", "negative"),
        ("请问居住证怎么办理，需要什么材料", "neutral"),
        ("咨询一下，养老保险转移要去哪个窗口", "neutral"),
        ("社区的小陈帮老人跑前跑后，特意来电表扬，请转达感谢", "positive"),
        ("想给派出所的同志送面锦旗，孩子找到了，太感动了", "positive"),
        ("感谢你们上次来，但是噪音又开始了，投诉了也没人管，吵得受不了，太过分", "negative"),
    ],
)
def test_tone(reader: SentimentReader, text: str, tone: str) -> None:
    assert reader.read(text, has_matter=True) == tone


def test_a_bare_matter_is_a_complaint_and_no_matter_is_nothing(reader: SentimentReader) -> None:
    assert reader.read("三号楼二单元电梯", has_matter=True) == "negative"
    assert reader.read("三号楼二单元电梯", has_matter=False) == "neutral"


def test_one_word_said_often_does_not_outweigh(reader: SentimentReader) -> None:
    once, often = reader.weigh("投诉"), reader.weigh("投诉" * 50)
    assert often["negative"] < 2 * once["negative"]
