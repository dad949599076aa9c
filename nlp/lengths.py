"""What a length of time means, where it has an end: 三天了, 近两年, 三日内, 半年前."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Final

from nlp.days import DAY, Match, midnight, months
from nlp.layers import When
from nlp.numerals import Numeral, read_numeral
from nlp.timewords import ELSEWHERE, LASTING, UNITS

_MINUTE: Final = timedelta(minutes=1)
_STEP: Final = {"minute": _MINUTE, "hour": 60 * _MINUTE, "day": DAY, "workday": 1.4 * DAY, "week": 7 * DAY}
_LONGEST: Final = {"年": 200}
_MANY: Final = 10_000
"""A number of years beyond that would leave the calendar."""
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def read_length(text: str, match: Match, at: datetime | None) -> When | None:
    """The time up to `at`, from it, or before it, that a length means; None for one that has no end.

    Workdays count as 1.4 days: holidays are not known here.
    """
    before = LASTING.search(text, max(0, match.start() - 5), match.start())
    until = match["until"] or ""
    within = until.endswith("内") or bool(before and before["within"])
    unit = UNITS[match["unit"]]
    if not _dated(text, match, before, unit):
        return None
    start = before.start() if before else match.start()
    count = 0.5 if match["count"] == "半" else (read_numeral(match["count"]) or _NOTHING).value
    if not 0 < count <= _LONGEST.get(match["unit"], _MANY):
        return None
    count += 0.5 * bool(match["half"] or match["rest"] == "半") + 0.2 * bool(match["some"] or match["rest"] == "多")
    if at is None:
        return When(start, match.end(), "deadline" if within else "span")
    if within:
        return When(start, match.end(), "deadline", until=_shift(at, unit, count))
    begin = _shift(at, unit, -count)
    if until.endswith("前"):
        return _ago(start, match.end(), begin, unit)
    whole = unit not in ("minute", "hour")
    return When(start, match.end(), "span", midnight(begin.date()) if whole else begin, at)


_VAGUE: Final = frozenset({"一", "半", "几", "1"})
"""前几天 is some day lately; 提前一天 is none at all."""


def _dated(text: str, match: Match, before: Match | None, unit: str) -> bool:
    """Whether a length has an end: 坏了三天 and 三天了 last until the complaint, 保修5年 and 倒了40分钟 do not."""
    if match["until"]:
        return not ELSEWHERE.search(text, max(0, match.start() - 4), match.start())
    if before is None or (before["vague"] and (unit not in ("day", "week") or match["count"] in _VAGUE)):
        return False
    return not (before["acted"] and unit in ("minute", "hour"))


_NOTHING: Final = Numeral(0, 0, False)


def _ago(start: int, end: int, then: datetime, unit: str) -> When:
    day = then.date()
    if unit in ("minute", "hour"):
        return When(start, end, "moment", then, then + _MINUTE)
    if unit in ("day", "workday"):
        return When(start, end, "day", midnight(day), midnight(day + DAY))
    if unit == "week":
        return When(start, end, "span", midnight(day - 3 * DAY), midnight(day + 4 * DAY))
    first, after = months(day.year, 1, 12) if unit == "year" else months(day.year, day.month, day.month)
    return When(start, end, "span", midnight(first), midnight(after))


def _shift(at: datetime, unit: str, count: float) -> datetime:
    if unit in _STEP:
        return at + count * _STEP[unit]
    months, part = divmod(count * _MONTHS[unit], 1)
    index = at.year * 12 + at.month - 1 + int(months)
    year, month = divmod(index, 12)
    moved = at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
    return moved + part * 30 * DAY
