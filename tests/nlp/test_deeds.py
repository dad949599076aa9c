# Fixtures: sentences of our own, read by the whole pipeline; an invented gazetteer where a door must be found.
"""Who did it and who suffered, who calls and from which door, whose phone it is, and what words for people tell."""

from __future__ import annotations

from datetime import datetime

import pytest

from nlp.gazetteer import Gazetteer
from nlp.layers import Party
from nlp.reading import Reading, read_text
from nlp.times import find_times


def read(text: str) -> Reading:
    return read_text(text, Gazetteer())


def sides(text: str) -> dict[str, str]:
    return {party.surface: party.role for party in read(text).parties}


@pytest.mark.parametrize(
    ("text", "doer", "sufferer"),
    [
        ("楼下402的男人天天打老婆，吓人", "楼下402的男人", "老婆"),
        ("我姐夫马志刚又骂我姐姐陈玉梅", "马志刚", "陈玉梅"),
        ("周建军卷款跑了，欠王海燕八万", "周建军", "王海燕"),
        ("陈小芳被马志刚推倒了", "马志刚", "陈小芳"),
        ("我妹妹昨晚被她老公打了", "她老公", "我妹妹"),
        ("马志刚骑车把老人撞倒了就走", "马志刚", "老人"),
        ("他打了陈志刚", "他", "陈志刚"),
        ("小王骗了王丽两万", "小王", "王丽"),
        ("王建军推了保安一把", "王建军", "保安"),
    ],
)
def test_whoever_does_it_is_blamed_and_whoever_suffers_is_the_victim(text: str, doer: str, sufferer: str) -> None:
    found = sides(text)
    assert (found.get(doer), found.get(sufferer)) == ("respondent", "victim")


@pytest.mark.parametrize("text", ["周建军拖欠我工钱", "马志刚把我的车撞了", "老公又喝酒打我"])
def test_the_caller_who_suffers_stays_the_complainant(text: str) -> None:
    assert sorted(party.role for party in read(text).parties) == ["complainant", "respondent"]


@pytest.mark.parametrize(
    ("text", "surface"),
    [("我妈打保安电话没人接", "保安"), ("我爸骂物业客服", "物业"), ("邻居没打老板", "老板"), ("房东推给租客", "租客")],
)
def test_what_is_no_deed_makes_no_victim(text: str, surface: str) -> None:
    assert sides(text).get(surface) != "victim"


def test_the_man_behind_a_door_is_nobodys_husband() -> None:
    reading = read("楼下402的男人又打他们家的狗，吓到我了")
    assert [party.surface for party in reading.parties if party.role == "respondent"] == ["楼下402的男人"]
    assert reading.relation == "neighbours"


def test_who_cries_out_is_the_one_who_is_beaten() -> None:
    text = "601的男人又在打老婆，女的一直喊救命"
    (victim,) = (party for party in read(text).parties if party.role == "victim")
    assert sorted(text[start:end] for start, end in victim.mentions) == ["女的", "老婆"]


@pytest.mark.parametrize(
    ("words", "sex"),
    [
        ("302的男人", "1"),
        ("302的女人", "2"),
        ("302的小伙子", "1"),
        ("302的姑娘", "2"),
        ("302的女租客", "2"),
        ("302的住户", None),
    ],
)
def test_words_for_a_person_tell_the_sex(words: str, sex: str | None, gazetteer: Gazetteer) -> None:
    reading = read_text(f"桂花苑3幢{words}半夜在楼道骂人", gazetteer)
    (clue,) = (clue for clue in reading.clues if clue is not None)
    assert clue.sex == sex
    assert clue.door is not None
    assert (clue.door.building, clue.door.room) == ("3", "302")


@pytest.mark.parametrize(
    "text",
    [
        "您好，我是桂花苑2栋202的陈秀兰，楼上漏水",
        "我是桂花苑2栋202业主陈秀兰，楼上漏水",
        "我叫陈秀兰，家住桂花苑2栋202，楼上漏水",
    ],
)
def test_the_caller_tells_name_and_door(text: str, gazetteer: Gazetteer) -> None:
    reading = read_text(text, gazetteer)
    party, clue = next(
        pair for pair in zip(reading.parties, reading.clues, strict=True) if pair[0].role == "complainant"
    )
    assert party.name == "陈秀兰"
    assert clue is not None
    assert clue.door is not None
    assert (clue.door.compound, clue.door.building, clue.door.room) == ("桂花苑", "2", "202")


def test_the_door_of_another_is_not_the_callers(gazetteer: Gazetteer) -> None:
    reading = read_text("我叫陈秀兰，投诉桂花苑2栋202漏水", gazetteer)
    assert [clue.door for clue in reading.clues if clue is not None and clue.name == "陈秀兰"] == [None]


def phones(text: str) -> dict[str, str | None]:
    found: tuple[Party, ...] = read(text).parties
    return {party.role: party.phone for party in found if party.kind == "person"}


def test_the_phone_at_the_end_is_whom_to_call_back() -> None:
    found = phones("我家门口占道经营，城管赵队长来了一次就走，请派人来看，联系电话16312345678。")
    assert found["complainant"] == "16312345678"
    assert set(found.values()) == {"16312345678", None}


def test_the_phone_right_behind_a_name_is_his() -> None:
    assert phones("我要投诉房东刘姐，联系电话16312345678")["respondent"] == "16312345678"


@pytest.mark.parametrize("text", ["灯坏了\n物业不管", "灯坏了\n \n物业不管，对门那家也吵", "\n  楼上那家又吵"])
def test_no_surface_begins_or_ends_blank(text: str) -> None:
    parties = read(text).parties
    assert parties
    for party in parties:
        assert party.surface == party.surface.strip()
        assert all(text[start:end] == text[start:end].strip() for start, end in party.mentions)


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("对门那家住户半夜打牌", "对门那家住户"),
        ("对门一家在楼道里烧纸", "对门一家"),
        ("对门太吵了", "对门"),
        ("对门天天在楼道抽烟", "对门"),
        ("我要投诉对门", "对门"),
        ("昨天跟对门吵起来了", "对门"),
    ],
)
def test_those_across_the_landing_are_one_party(text: str, surface: str) -> None:
    assert [party.surface for party in read(text).parties if party.role == "respondent"] == [surface]


def test_the_side_across_may_be_a_place_only() -> None:
    assert "respondent" not in {party.role for party in read("我的店开在超市对门").parties}


EVENING = datetime(2026, 3, 4, 20, 0)  # noqa: DTZ001 - local, as citizens say it


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("我爸早上六点半出去到现在没见人", datetime(2026, 3, 4, 6, 30)),  # noqa: DTZ001
        ("凌晨五点断的水，至今没来", datetime(2026, 3, 4, 5, 0)),  # noqa: DTZ001
        ("刚才七点半停的电", datetime(2026, 3, 4, 19, 30)),  # noqa: DTZ001
        ("晚上十一点开工，到现在没停", datetime(2026, 3, 3, 23, 0)),  # noqa: DTZ001
    ],
)
def test_what_lasts_until_now_began_before_now(text: str, begin: datetime) -> None:
    assert find_times(text, EVENING)[0].begin == begin


def test_what_is_to_come_stays_to_come() -> None:
    (*_, when) = find_times("到现在没水，通知说早上六点恢复", EVENING)
    assert when.begin == datetime(2026, 3, 5, 6, 0)  # noqa: DTZ001
