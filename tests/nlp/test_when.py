# The pipeline of nlp/config.cfg with the small invented gazetteer of conftest; all sentences are of one moment
# (Wednesday, 18 March 2026, 10:00), the gold set has its own. Gold times count as found when words overlap, and as
# dated when half of the interval is common.

from __future__ import annotations

import time as clock
from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from nlp.gazetteer import Gazetteer
from nlp.gold import read_gold
from nlp.gold.model import When as GoldTime
from nlp.layers import When
from nlp.pipeline import build_pipeline
from nlp.times import find_times

AT = datetime.fromisoformat("2026-03-18T10:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def reader(gazetteer: Gazetteer) -> Language:
    return build_pipeline(gazetteer)


def read(reader: Language, text: str, at: datetime | None = AT) -> tuple[When, ...]:
    doc = reader.make_doc(text)
    doc._.at = at
    times: tuple[When, ...] = reader(doc)._.times
    return times


def told(when: When) -> tuple[str, str, str]:
    """Kind and ends as one reads them; hours only where they are not midnight."""
    ends = [end.isoformat(timespec="minutes").removesuffix("T00:00") if end else "" for end in (when.begin, when.until)]
    return when.kind, ends[0], ends[1]


@pytest.mark.parametrize(
    ("text", "words", "kind", "begin", "until"),
    [
        ("上周三晚上又吵了", "上周三晚上", "span", "2026-03-11T18:00", "2026-03-12"),
        ("去年年底搬来的", "去年年底", "span", "2025-11-01", "2026-01-01"),
        ("昨天凌晨两点半被吵醒", "昨天凌晨两点半", "moment", "2026-03-17T02:30", "2026-03-17T02:31"),
        ("昨晚2点还在唱", "昨晚2点", "moment", "2026-03-18T02:00", "2026-03-18T02:01"),
        ("今天晚上12点断电", "今天晚上12点", "moment", "2026-03-19", "2026-03-19T00:01"),
        ("前天又来过", "前天", "day", "2026-03-16", "2026-03-17"),
        ("上个月交的钱", "上个月", "span", "2026-02-01", "2026-03-01"),
        ("今年3月以来一直漏", "今年3月以来", "span", "2026-03-01", "2026-03-18T10:00"),
        ("3月5号下午来的", "3月5号下午", "span", "2026-03-05T12:00", "2026-03-05T18:00"),
        ("11月3日至5日停水", "11月3日至5日", "span", "2025-11-03", "2025-11-06"),
        ("2024-05-06签的合同", "2024-05-06", "day", "2024-05-06", "2024-05-07"),
        ("二〇二五年三月五日入住", "二〇二五年三月五日", "day", "2025-03-05", "2025-03-06"),
        ("去年8月中旬施工", "去年8月中旬", "span", "2025-08-11", "2025-08-21"),
        ("国庆期间很吵", "国庆期间", "span", "2025-10-01", "2025-10-08"),
        ("正月十五放烟花", "正月十五", "day", "2026-03-03", "2026-03-04"),
        ("已经停水三天了", "三天了", "span", "2026-03-15", "2026-03-18T10:00"),
        ("连续三个月没发工资", "连续三个月没", "span", "2025-12-18", "2026-03-18T10:00"),
        ("近两年一直这样", "近两年", "span", "2024-03-18", "2026-03-18T10:00"),
        ("两小时前报过警", "两小时前", "moment", "2026-03-18T08:00", "2026-03-18T08:01"),
        ("明天之前解决", "明天之前", "deadline", "", "2026-03-20"),
        ("请在三天内答复", "三天内", "deadline", "", "2026-03-21T10:00"),
        ("要求春节前付清", "春节前", "deadline", "", "2026-02-17"),
        ("从2月底开始漏", "从2月底开始", "span", "2026-02-25", ""),
        ("周五下午3点到5点停水", "周五下午3点到5点", "span", "2026-03-13T15:00", "2026-03-13T17:00"),
        ("晚上11点到第二天早上5点", "晚上11点到第二天早上5点", "span", "2026-03-17T23:00", "2026-03-18T05:00"),
    ],
)
def test_words_of_time_are_dated_from_the_complaint(
    reader: Language, text: str, words: str, kind: str, begin: str, until: str
) -> None:
    (when,) = read(reader, text)
    assert (text[when.start : when.end], *told(when)) == (words, kind, begin, until)


@pytest.mark.parametrize(
    ("text", "every", "opens", "closes"),
    [
        ("每天晚上十点以后施工", "day", time(22), None),
        ("早上8点到下午5点摆摊", "day", time(8), time(17)),
        ("每天晚上九点半开始弹，弹到十一点多", "day", time(21, 30), time(23)),
        ("每天夜里十一点到凌晨六点", "day", time(23), time(6)),
        ("每周三下午关门", "week", time(12), time(18)),
        ("每个月1号上午来收钱", "month", time(8), time(12)),
        ("周一至周五都这样", "weekday", None, None),
    ],
)
def test_habits_have_clock_times(
    reader: Language, text: str, every: str, opens: time | None, closes: time | None
) -> None:
    (when,) = read(reader, text)
    assert (when.kind, when.every, when.opens, when.closes) == ("recurring", every, opens, closes)


@pytest.mark.parametrize(
    "text",
    [
        "桂花苑3号楼501室漏水",
        "枫林路12号门前",
        "住2-1-301，已打12345",
        "一点也不管，提两点要求",
        "五一路旁边的店",
        "手机16420992773，请回电",
        "保修5年，倒了40分钟才停",
        "欠了3个月工资",
        "2月30号",
        "以后天天猜",
        "每日清洁",
    ],
)
def test_doors_numbers_and_lengths_without_an_end_are_no_times(reader: Language, text: str) -> None:
    assert read(reader, text) == ()


def test_a_year_spoken_of_holds_for_the_dates_behind_it(reader: Language) -> None:
    times = read(reader, "2024年5月借给他5月12日2万，9月18日又借7千，前天见到他")
    assert [told(when)[1] for when in times] == ["2024-05-01", "2024-05-12", "2024-09-18", "2026-03-16"]


def test_without_a_moment_only_absolute_times_are_dated(reader: Language) -> None:
    times = read(reader, "2024-05-06上午签的，昨天又来，三天内答复", at=None)
    assert [told(when) for when in times] == [
        ("span", "2024-05-06T08:00", "2024-05-06T12:00"),
        ("day", "", ""),
        ("deadline", "", ""),
    ]


@pytest.mark.parametrize("stretch", ["1", "一二三", "3点", "2026年", "每天", "上", "12:", "三个月", "今天之前"])
def test_a_long_stretch_of_one_thing_takes_linear_time(stretch: str) -> None:
    """Five times the text takes about five times as long; a pattern that tries stretches twice takes 25 times."""

    def seconds(length: int) -> float:
        text = (stretch * length)[:length]
        best = float("inf")
        for _ in range(3):
            started = clock.process_time()
            find_times(text, AT)
            best = min(best, clock.process_time() - started)
        return best

    assert seconds(40_000) < 12 * max(seconds(8_000), 0.002)


@pytest.mark.parametrize("stretch", ["0123456789", "一二三", "1,"])
def test_200000_characters_take_less_than_a_second(stretch: str) -> None:
    text = (stretch * 200_000)[:200_000]
    started = clock.process_time()
    find_times(text, AT)
    assert clock.process_time() - started < 1


@given(
    st.text(
        alphabet="0123456789一二三十百半几两年月日号点时分周天前后内以来到从每晚早今昨上下个节了:-/、，（ ", max_size=40
    )
)
def test_no_text_stops_the_reader(text: str) -> None:
    for at in (AT, None, datetime.fromisoformat("2024-02-29T23:59")):
        times = find_times(text, at)
        assert all(one.end <= other.start for one, other in pairwise(times))
        assert all(0 <= when.start < when.end <= len(text) for when in times)
        assert all(when.begin < when.until for when in times if when.begin and when.until and when.kind != "span")


# The gold set


def test_gold_times_are_found_and_dated(reader: Language) -> None:
    expected = found = overlapping = agreeing = 0
    for complaint in read_gold():
        times = list(read(reader, complaint.text, complaint.at))
        found += len(times)
        expected += len(complaint.times)
        for gold in complaint.times:
            match = next((when for when in times if when.start < gold.end and gold.start < when.end), None)
            if match is not None:
                times.remove(match)
                overlapping += 1
                agreeing += agree(gold, match)
    assert overlapping / found >= 0.94
    assert overlapping / expected >= 0.91
    assert agreeing / found >= 0.87
    assert agreeing / expected >= 0.85


def agree(gold: GoldTime, when: When) -> bool:
    """Half of the interval in common; with an open end, the other within a day; habits within an hour."""
    if gold.every or when.every:
        return gold.every == when.every and _near(gold.first, when.opens) and _near(gold.last, when.closes)
    begin, until = _bound(gold.first), _bound(gold.last, after=True, moment=gold.kind == "moment")
    if (begin is None, until is None) != (when.begin is None, when.until is None):
        return False
    if begin is None or until is None or when.begin is None or when.until is None:
        pairs = ((begin, when.begin), (until, when.until))
        return all(abs(one - other) <= timedelta(days=1) for one, other in pairs if one and other)
    common = min(until, when.until) - max(begin, when.begin)
    return common >= 0.5 * (max(until, when.until) - min(begin, when.begin))


def _near(gold: str | None, when: time | None) -> bool:
    if gold is None or when is None:
        return gold is None and when is None
    apart = abs(60 * (int(gold[1:3]) - when.hour) + int(gold[4:6]) - when.minute) % 1440
    return min(apart, 1440 - apart) <= 60


def _bound(text: str | None, *, after: bool = False, moment: bool = False) -> datetime | None:
    """The moment that a gold date begins at, or the first one `after` it."""
    if text is None:
        return None
    if text.endswith("T24:00"):
        return datetime.fromisoformat(text[:10]) + timedelta(days=1)
    begin = datetime.fromisoformat(text + {4: "-01-01", 7: "-01"}.get(len(text), ""))
    if not after:
        return begin
    if len(text) == 4:
        return begin.replace(year=begin.year + 1)
    if len(text) == 7:
        return (begin + timedelta(days=31)).replace(day=1)
    return begin + (timedelta(days=1) if len(text) == 10 else MINUTE * moment)
