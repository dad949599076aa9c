"""The day that words of a date mean: relative, of the week, of the calendar, of a festival.

A day without a year is the one nearest to the complaint, the past preferred: who complains tells what has been.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from nlp.numerals import read_numeral
from nlp.timewords import (
    DAYS,
    FIXED,
    FOLLOWING,
    MOVING,
    NEAR,
    STRETCHES,
    THIRDS,
    WEEKDAYS,
    YEARS,
    festivals,
)

Match = re.Match[str]
Days = tuple[date | None, date | None]
"""First day and the day after the last; both None where the moment of the complaint is needed and unknown."""

UNKNOWN: Final[Days] = (None, None)
DAY: Final = timedelta(days=1)
NEAR_BY: Final = 80
"""Characters within which a year or a day spoken of still holds."""
_BARE_STRETCHES: Final = frozenset({"年底", "年初", "年末", "上半年", "下半年", "暑假"})


@dataclass(slots=True)
class Context:
    """What was said before: the last day, month and year, part of the day, habit, and where that ended."""

    at: datetime | None
    day: date | None = None
    year: int | None = None
    month: int = 1
    part: str | None = None
    every: str | None = None
    end: int = -1000

    @property
    def today(self) -> date | None:
        return self.at.date() if self.at else None

    def near(self, position: int, within: int = NEAR_BY) -> bool:
        return position - self.end <= within


def number_in(text: str | None) -> int | None:
    """The whole number that the words say, the lower of a choice: 一两 is 1."""
    numeral = read_numeral(text) if text else None
    return None if numeral is None else int(numeral.low)


def days_meant(match: Match, context: Context) -> Days | None:
    """The days that the date in a match of `TIME` means; None where there is no date, or one that does not exist."""
    if match["iso"]:
        year, month, day = (int(number) for number in re.split(r"[-/.]", match["iso"]))
        return day_of_date(year, month, day)
    if match["rday"]:
        return _relative_day(match, context.today)
    if match["following"]:
        base = context.day
        return None if base is None else single_day(base + FOLLOWING[match["following"]] * DAY)
    if match["rweek"] or match["bare"]:
        return _week(match, context.today)
    if lone := match["alone"] or match["told"]:
        base = context.day or context.today
        return UNKNOWN if base is None else day_of_date(base.year, base.month, number_in(lone) or 0)
    return _calendar(match, context)


def _relative_day(match: Match, today: date | None) -> Days | None:
    if today is None:
        return UNKNOWN
    return single_day(today + DAYS[match["rday"]] * DAY)


def _week(match: Match, today: date | None) -> Days:
    if today is None:
        return UNKNOWN
    monday = today - today.weekday() * DAY
    if match["bare"]:
        day = monday + WEEKDAYS[match["bare"]] * DAY
        future = bool(match["before"] or match["till"])
        return single_day(day - 7 * DAY if day > today and not future else day)
    monday += 7 * NEAR[match["rweek"]] * DAY
    if not match["weekday"]:
        return monday, monday + 7 * DAY
    first = monday + WEEKDAYS[match["weekday"]] * DAY
    return first, first + (2 if match["weekday"] == "末" else 1) * DAY


def _calendar(match: Match, context: Context) -> Days | None:
    """Year, month, quarter, season, festival and day of the month."""
    today = context.today
    year: int | None = None
    if match["year"]:
        year = number_in(match["year"]) or 0
        year += 2000 if year < 100 else 0
    elif match["ryear"]:
        if today is None:
            return UNKNOWN
        year = today.year + YEARS[match["ryear"]]
    if match["stretch"] or match["quarter"] or match["rquarter"]:
        return _stretch(match, year, today)
    if match["festival"]:
        return _festival(match, year, context)
    if match["rmonth"]:
        if today is None:
            return UNKNOWN
        index = today.year * 12 + today.month - 1 + NEAR[match["rmonth"]]
        return _month(match, index // 12, index % 12 + 1)
    if match["month"]:
        month = number_in(match["month"]) or 0
        if year is None:
            year = _nearest_year(context, match.start(), month, number_in(match["day"]) or 15)
        return UNKNOWN if year is None else _month(match, year, month)
    return None if year is None else months(year, 1, 12)


def _month(match: Match, year: int, month: int) -> Days | None:
    if match["day"]:
        return day_of_date(year, month, number_in(match["day"]) or 0)
    if match["third"]:
        first, last = THIRDS[match["third"]]
        last = min(last, monthrange(year, month)[1])
        return date(year, month, first), date(year, month, last) + DAY
    return months(year, month, month)


def _stretch(match: Match, year: int | None, today: date | None) -> Days | None:
    word = match["stretch"]
    if word in ("底", "初", "末") and year is None:
        return None
    named = word in _BARE_STRETCHES or bool(match["rquarter"]) or (word and match.group().startswith("这个"))
    if year is None and not named:
        return None  # 夏天 is any summer
    if year is None and today is None:
        return UNKNOWN
    base = year or (today.year if today else 0)
    if match["rquarter"] and today:
        index = base * 4 + (today.month - 1) // 3 + NEAR[match["rquarter"]]
        return months(index // 4, index % 4 * 3 + 1, index % 4 * 3 + 3)
    if match["quarter"]:
        first = 3 * (number_in(match["quarter"]) or 1) - 2
        return months(base, first, first + 2)
    first, last = STRETCHES[word if word in STRETCHES else f"年{word}"]
    if year is None and today and first > today.month + 6:
        base -= 1
    return months(base, first, last)


def _festival(match: Match, year: int | None, context: Context) -> Days | None:
    name = match["festival"]
    if name == "过年" and not (match["since"] or match["before"] or match["till"] or match["still"]):
        return None  # 大家都要过年
    name = "国庆" if name == "十一" else name
    if year is None:
        month, day = FIXED[name][:2] if name in FIXED else _ABOUT[MOVING[name][0]]
        year = _nearest_year(context, match.start(), month, day)
    if year is None:
        return UNKNOWN
    if name in FIXED:
        month, day, count = FIXED[name]
        first = date(year, month, day)
    else:
        base, shift, count = MOVING[name]
        if (base, year) not in festivals():
            return None
        first = festivals()[base, year] + shift * DAY
    after = first + count * DAY
    return (after - DAY, after) if match["done"] else (first, after)


_ABOUT: Final = {
    "春节": (2, 5),
    "元宵": (2, 19),
    "清明": (4, 5),
    "端午": (6, 12),
    "冬至": (12, 21),
    "中秋": (9, 21),
    "重阳": (10, 15),
}


def _nearest_year(context: Context, position: int, month: int, day: int) -> int | None:
    """The year spoken of shortly before if the month comes after it, else the nearest to the complaint."""
    today = context.today
    carried = context.year is not None and (today is None or context.year < today.year)
    if carried and month >= context.month and context.near(position):
        return context.year
    if today is None:
        return None
    distances = []
    for year in (today.year - 1, today.year, today.year + 1):
        distance = (date(year, month, min(day, monthrange(year, month)[1])) - today).days
        distances.append((2 * distance if distance > 0 else -distance, year))
    return min(distances)[1]


def day_of_date(year: int, month: int, day: int) -> Days | None:
    return single_day(date(year, month, day)) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def single_day(day: date) -> tuple[date, date]:
    return day, day + DAY


def months(year: int, first: int, last: int) -> tuple[date, date]:
    """From the first day of one month to the end of another; months beyond 12 are those of the next year."""
    return date(year + (first - 1) // 12, (first - 1) % 12 + 1, 1), date(year + last // 12, last % 12 + 1, 1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local, as citizens say it


def has_date(match: Match) -> bool:
    """Whether a match of `TIME` names a day or more, not only hours."""
    return any(match[name] for name in _DATE_GROUPS)


_DATE_GROUPS: Final = (
    "iso", "rday", "following", "rweek", "bare", "year", "ryear", "stretch", "quarter", "rquarter", "month", "rmonth",
    "festival", "alone", "told",
)  # fmt: skip
