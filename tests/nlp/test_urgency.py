# Fixture strategy: the component alone, sentences of our own; the gold set holds a floor for emergencies.

from __future__ import annotations

from datetime import datetime

import pytest
from spacy.language import Language

from nlp.components.normalize import plain
from nlp.components.urgency import LEVELS, UrgencyReader
from nlp.gold import read_gold

AT = datetime(2026, 3, 18, 10)  # noqa: DTZ001 - local time


@pytest.fixture(scope="module")
def reader() -> UrgencyReader:
    return UrgencyReader(Language(), "urgency")


def level(reader: UrgencyReader, text: str, at: datetime | None = None) -> str:
    return LEVELS[max((rank for _, _, rank, _ in reader.find(text, at)), default=0)]


@pytest.mark.parametrize(
    "text",
    [
        "没想到家里着火了",
        "未成年人被困在电梯里",
        "可能是煤气泄漏，楼道里都是味",
        "他说再也不想活，已经爬上塔吊",
        "老父亲早上出门，到晚上还没回来",
        "邻居拿着菜刀砸我家的门",
        "小区停电，我妈用的呼吸机没法开",
        "老伴在浴室滑倒动不了",
        "水漫到二楼，一屋子人出不来",
        "娃娃把农药当饮料喝了，口吐白沫",
        "孙子把老鼠药当糖吃了",
        "对面五楼窗户往外冒烟",
        "家里进了贼，贼还在阳台",
        "有个人在菜场门口持刀乱砍",
        "孩子反锁在屋里哭",
        "外婆有痴呆，一早出门不见了",
    ],
)
def test_what_cannot_wait(reader: UrgencyReader, text: str) -> None:
    assert level(reader, text) == "emergency"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("已经第三次投诉了", "反复投诉"),
        ("打了五次12345都没人管", "反复投诉"),
        ("怕哪天着火", "火情"),
        ("上个月着过火", "火情"),
        ("停水三天了，老人没法做饭", "基本生活"),
        ("他把我爸打伤了", "人身伤害"),
        ("养老钱被骗走了", "财产危险"),
        ("再不管就要出人命了", "生命危险"),
        ("再不解决我们几十人一起去市里", "群体行动"),
        ("保安队长被租户打了", "人身伤害"),
        ("对门那个男人天天打老婆", "人身伤害"),
        ("难道要等着火了才有人来", "火情"),
        ("坡上的土松了，下雨恐山体滑坡", "坍塌"),
        ("2019年库房起火，消火栓就没有水", "火情"),
    ],
)
def test_what_should_be_seen_today(reader: UrgencyReader, text: str, reason: str) -> None:
    assert level(reader, text) == "urgent"
    assert reason in {found for _, _, _, found in reader.find(text)}


@pytest.mark.parametrize(
    "text",
    [
        "没有人受伤",
        "倒还没有着过火",
        "气得要跳楼",
        "热得像火烧一样",
        "孩子玩游戏打着火机",
        "去年骨折过一次",
        "想咨询一下危房改造的补助",
        "经常接到骚扰电话",
        "路灯坏了",
        "听得我脑袋都炸了",
        "物业费高得要命",
        "信息大爆炸的年代还要跑三趟",
        "别把跳舞的当成洪水猛兽",
        "贫困人口的补贴几时发",
        "这规定扼杀了我们创业的热情",
        "热电厂的烟囱天天冒浓烟",
        "被医生打了一针就好了",
        "想打老婆电话，手机没信号",
    ],
)
def test_denied_figurative_and_long_past_words_do_not_count(reader: UrgencyReader, text: str) -> None:
    assert level(reader, text) == "normal"


def test_the_year_of_the_call_is_not_long_past(reader: UrgencyReader) -> None:
    assert level(reader, "2026年3月18日早上楼道起火", AT) == "emergency"
    assert level(reader, "2024年3月18日早上楼道起火", AT) == "urgent"
    assert level(reader, "长乐路18号起火", AT) == "emergency"


def test_in_a_long_letter_an_emergency_is_one_that_is_said_to_be_now(reader: UrgencyReader) -> None:
    letter = "我们几户多年来一直为院墙的事情写信，材料交过，也谈过话。" * 18
    assert level(reader, "有人昏迷不醒。") == "emergency"
    assert level(reader, letter + "有人昏迷不醒。") == "urgent"
    assert level(reader, letter + "现在有人昏迷不醒。") == "emergency"


def test_a_date_is_past_only_when_it_is_not_today(reader: UrgencyReader) -> None:
    text = "3月18日早上楼道起火"
    assert level(reader, text, AT) == "emergency"
    assert level(reader, text, AT.replace(day=25)) == "urgent"


def test_a_cry_for_help_makes_a_danger_an_emergency_but_is_none_alone(reader: UrgencyReader) -> None:
    assert level(reader, "电线漏电，快来人") == "emergency"
    assert level(reader, "电线漏电") == "urgent"
    assert level(reader, "快来人修一下路灯") == "normal"


def test_two_words_of_a_cue_stay_within_a_sentence(reader: UrgencyReader) -> None:
    assert level(reader, "电梯里有人出不来") == "emergency"
    assert level(reader, "我在等电梯。门锁坏了出不来") == "normal"


def test_emergencies_of_the_gold_set_are_not_missed(reader: UrgencyReader) -> None:
    read = [(c.urgency, level(reader, plain(c.text), c.at)) for c in read_gold()]
    emergencies = [found for gold, found in read if gold == "emergency"]
    assert emergencies.count("emergency") >= 10
    assert "normal" not in emergencies
    assert sum(gold == found for gold, found in read) >= 172
