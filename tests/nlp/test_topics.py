"""Hot topics: what has grown against the time before, where, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from nlp.same.topics import Report, growth_p, hot_topics, telling_words

DAY = datetime.fromisoformat("2026-03-02T09:00:00")


def reports(count: int, place: Sequence[str], category: str, day: float, words: Sequence[str] = ()) -> list[Report]:
    return [
        Report(
            f"evt_{category}{place[0]}{day}{number}", DAY + timedelta(days=day, hours=number), category, tuple(place),
            f"per_{number}", tuple(words),
        )
        for number in range(count)
    ]  # fmt: skip


def test_a_topic_is_what_has_grown_not_what_is_always_much() -> None:
    given_ = [
        *reports(6, ("bld_1", "cmp_1"), "渗漏水", 8, ("天花板", "漏水")),
        *reports(1, ("bld_1", "cmp_1"), "渗漏水", 2, ("漏水",)),
        *reports(6, ("bld_2", "cmp_2"), "噪音扰民", 8, ("钢琴", "漏水")),
        *reports(7, ("bld_2", "cmp_2"), "噪音扰民", 1, ("钢琴",)),
        *reports(2, ("bld_3", "cmp_3"), "停车管理", 8),
    ]
    found = hot_topics(given_, DAY + timedelta(days=7))
    assert [(topic.place, topic.category) for topic in found] == [("bld_1", "渗漏水")]
    assert (len(found[0].calls), found[0].before, found[0].callers, found[0].growth) == (6, 1, 6, 5.0)
    assert found[0].words[0] == "天花板"


def test_a_topic_is_told_of_the_part_that_has_most_of_it_or_of_the_whole() -> None:
    mostly = [*reports(8, ("bld_1", "cmp_1"), "渗漏水", 1), *reports(1, ("bld_2", "cmp_1"), "渗漏水", 2)]
    spread = [*reports(4, ("bld_1", "cmp_1"), "渗漏水", 1), *reports(4, ("bld_2", "cmp_1"), "渗漏水", 2)]
    assert [topic.place for topic in hot_topics(mostly, DAY)] == ["bld_1"]
    assert [topic.place for topic in hot_topics(spread, DAY)] == ["cmp_1"]


def test_one_caller_makes_no_topic() -> None:
    calls = [replace(one, caller="per_1") for one in reports(9, ("bld_1",), "渗漏水", 1)]
    assert hot_topics(calls, DAY) == []


def test_the_growth_test_is_the_binomial_tail() -> None:
    assert growth_p(6, 0) == pytest.approx(1 / 64)
    assert growth_p(5, 5) == pytest.approx(638 / 1024)
    assert growth_p(0, 4) == 1.0
    assert all(growth_p(n, m) > growth_p(n + 1, m) for n, m in combinations(range(1, 30), 2))


def test_words_that_everybody_uses_tell_nothing() -> None:
    classes = {("a", "x"): ["小区", "小区", "漏水", "漏水"], ("b", "x"): ["小区", "小区", "钢琴", "钢琴"]}
    found = telling_words(classes)
    assert (found["a", "x"][0], found["b", "x"][0]) == ("漏水", "钢琴")
