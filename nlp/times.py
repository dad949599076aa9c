"""What the words of time mean, counted from the moment of the complaint.

A clock time without a day belongs to the day spoken of just before, or to a habit, or to the nearest such hour.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from nlp.days import (
    DAY,
    UNKNOWN,
    Context,
    Days,
    day_of_date,
    days_meant,
    has_date,
    midnight,
    number_in,
    single_day,
)
from nlp.layers import TimeKind, When
from nlp.lengths import read_length
from nlp.timewords import (
    DATED_EVERY,
    EVERY,
    HABIT,
    HABIT_AFTER,
    HABIT_JOINT,
    JOINT,
    LAST_DAY,
    LEAD,
    PARTS,
    TIME,
)

Match = re.Match[str]

_MINUTE: Final = timedelta(minutes=1)
_CLOSE: Final = 14
_HOURS_OF_DAY: Final = 24


def find_times(text: str, at: datetime | None = None) -> tuple[When, ...]:
    """Every time of a plain text, from left to right; relative ones are dated from `at` (local, naive)."""
    context = Context(at)
    found: list[When] = []
    position = 0
    while (match := TIME.search(text, position)) is not None:
        position = max(match.end(), match.start() + 1)
        if match.end() == match.start():
            continue
        when = read_length(text, match, at) if match["length"] else _time(text, match, context)
        if when is not None:
            if found and when.every and found[-1].end == when.start:
                when = replace(when, start=found.pop().start)  # 这个礼拜 + 天天晚上
            found.append(when)
            position = max(position, when.end)
            context.end = when.end
            context.every = when.every
    return tuple(found)


def _time(text: str, match: Match, context: Context) -> When | None:
    start, end = match.span()
    if (lead := LEAD.search(text, max(0, start - 4), start)) is not None:
        start = lead.start()
    days = days_meant(match, context)
    if days is None and (has_date(match) or not (match["part"] or _has_clock(match) or match["every"])):
        return None
    if match["every"] and not (match["part"] or match["alone"] or _has_clock(match) or match["every"] in DATED_EVERY):
        return None
    if match["every"] or (days is None and _habitual(text, match, context)):
        return _recurring(text, match, start, context)
    if days is None and _has_clock(match) and not match["part"] and not _sure_clock(text, match):
        return None
    if days is None and not _has_clock(match) and not _one_part(match, context):
        return None  # 早上送孩子: some morning
    past = days is None and _past(text, match)
    if days is None:
        days = _day_of(match, context, past=past)
    when = _within(match, days, start, end, context, past=past)
    when = _through(text, when, match, context)
    _remember(when, match, context)
    return _bounded(text, when, match, lead, context.at)


def _has_clock(match: Match) -> bool:
    return bool(match["hour24"] or (match["hour"] and (number_in(match["hour"]) or 0) <= _HOURS_OF_DAY))


def _sure_clock(text: str, match: Match) -> bool:
    """两点要求 and 快一点 are no clock times: one without a part of the day needs more to show that it is."""
    if match["hour24"] or match["minute"] or match["quarters"] or match["bell"] or match["since"]:
        return True
    if match["hour"] in ("一", "两") and text[match.end() : match.end() + 1] != "左":
        return False
    following = text[match.end() : match.end() + 1]
    return following in ("了", "就", "还", "到", "左", "才", "半") and match["hour"] != "几"


_BOUNDS: Final = frozenset({"以后", "之后", "以前", "之前"})


def _one_part(match: Match, context: Context) -> bool:
    """Whether a bare part of the day is that of one day: 半夜 is, right behind 昨天晚上."""
    if match["part"] in ("一早", "一大早"):
        return True
    return match["part"] in _NIGHT and context.day is not None and context.near(match.start(), _CLOSE)


def _habitual(text: str, match: Match, context: Context) -> bool:
    start = match.start()
    if not _has_clock(match):
        return False
    if context.every and context.near(start, _CLOSE):
        return True
    if match["part"] and HABIT_AFTER.match(text, match.end()):
        return True
    if HABIT.search(text, max(0, start - 8), start) or (match["since"] or match["before"] or "")[-2:] in _BOUNDS:
        return True
    second = None if context.near(start, _CLOSE) else _second_clock(text, match.end())
    # 6:14到6:31 was read off a clock; hours that are kept are round.
    return second is not None and not (_hour(match, None) % 5 or _hour(second, None) % 5)


def _recurring(text: str, match: Match, start: int, context: Context) -> When:
    end = match.end()
    carried = context.every if context.near(start, _CLOSE) else None
    every = EVERY.get(match["every"] or "", carried or "day")
    part = match["part"] or {"每晚": "晚上", "每夜": "夜里"}.get(match["every"] or "")
    opens: int | None = None
    closes: int | None = None
    if _has_clock(match):
        if part is None and match["since"] and match["hour"] in _EVENING:
            part = "晚上"
        opens = closes = _hour(match, part)
    elif part:
        opens, closes = (60 * hour for hour in PARTS[part])
    second = _second_clock(text, end, HABIT_JOINT) if opens is not None else None
    if second is not None and opens is not None:
        closes, end = _closing(second, opens, part), second.end()
    elif match["since"] or HABIT_AFTER.match(text, end):
        closes = None
    elif match["before"] or match["till"]:
        opens = None
    return When(start, end, "recurring", every=every, opens=_of_day(opens), closes=_of_day(closes))


_EVENING: Final = frozenset("六七八九十6789") | {"10", "11", "十一"}
"""Hours that are those of the evening when a habit is told: 八点以后."""


def _closing(second: Match, opens: int, part: str | None) -> int:
    """Minutes at which a habit ends that begins at `opens`: 早上8点到5点 ends at 17, 晚上9点到2点 at 2."""
    carried = part if part and opens < 60 * PARTS[part][1] else None
    closes = _hour(second, second["part"] or carried)
    if second["part"] or closes >= opens or part in _NIGHT or closes + _HALF_DAY <= opens:
        return closes
    return closes + _HALF_DAY


_HALF_DAY: Final = 12 * 60
_NIGHT: Final = frozenset({"晚上", "晚", "夜里", "半夜", "深夜", "晚间", "夜间"})


def _of_day(minutes: int | None) -> time | None:
    return None if minutes is None else time(minutes // 60 % _HOURS_OF_DAY, minutes % 60)


def _second_clock(text: str, end: int, joint: re.Pattern[str] = JOINT) -> Match | None:
    """The clock time that closes a range which began before `end`."""
    between = joint.match(text, end)
    match = TIME.match(text, between.end()) if between else None
    return match if match and not match["length"] and _has_clock(match) and not has_date(match) else None


def _hour(match: Match, part: str | None) -> int:
    """Minutes from midnight of the day; beyond 24 hours is the next day."""
    if match["hour24"]:
        hour, minute = int(match["hour24"]), int(match["minute24"])
    else:
        hour = number_in(match["hour"]) or 0
        quarters = {"半": 30, "一刻": 15, "三刻": 45}.get(match["quarters"] or "", 0)
        minute = number_in((match["minute"] or "").rstrip("分")) or quarters
    if part and hour <= 12:
        first, last = PARTS[part]
        fitting = [value for value in (hour, hour + 12, hour + 24) if first <= value <= last]
        if fitting:
            hour = fitting[0]
        elif first >= 17:
            hour += 24 if hour < 6 else 12 if hour < 12 else 0
        elif first >= 11 and hour < 11:
            hour += 12
    return 60 * hour + minute


_TILL_NOW: Final = re.compile(r"到现在|到这会儿?|至今|刚才|刚刚")
_TO_COME: Final = re.compile(r"明天|明早|明晚|后天|将要|准备|打算|预计|通知|下[周次]")
_STOPS: Final = re.compile(r"[。;；!！?？\n]")
_AROUND: Final = 30
"""Characters on either side of a time in which such words speak of it."""


def _past(text: str, match: Match) -> bool:
    """Whether the words around, in one sentence, tell what has been: 六点出门到现在没回来."""
    nearest, furthest = max(0, match.start() - _AROUND), match.end() + _AROUND
    start = max((stop.end() for stop in _STOPS.finditer(text, nearest, match.start())), default=nearest)
    stop = _STOPS.search(text, match.end(), furthest)
    end = stop.start() if stop else furthest
    return _TILL_NOW.search(text, start, end) is not None and _TO_COME.search(text, start, end) is None


def _day_of(match: Match, context: Context, *, past: bool) -> Days:
    """The day of a clock time or part of the day that stands without one; with `past`, of the last before now."""
    if context.day is not None and context.near(match.start()):
        return single_day(context.day)
    today, at = context.today, context.at
    if today is None or at is None:
        return UNKNOWN
    minutes = _hour(match, match["part"]) if _has_clock(match) else 60 * PARTS[match["part"]][0]
    candidates = [midnight(today + shift * DAY) + minutes * _MINUTE for shift in (-2, -1, 0, 1)]
    if past:
        candidates = [moment for moment in candidates if moment <= at]
    nearest = min(candidates, key=lambda moment: abs(moment - at))
    return single_day((nearest - minutes * _MINUTE).date())


def _within(match: Match, days: Days, start: int, end: int, context: Context, *, past: bool = False) -> When:
    first, after = days
    kind: TimeKind = "moment" if _has_clock(match) else "span" if match["part"] else "day"
    if first is None or after is None:
        return When(start, end, kind if kind != "day" or not match["month"] or match["day"] else "span")
    if after - first != DAY:
        return When(start, end, "span", midnight(first), midnight(after))
    word = match["part"] or match["rday"] or match["following"] or ""
    part = word if word in PARTS else None
    if _has_clock(match):
        if part is None and not match["hour24"] and context.part and context.near(match.start(), 30):
            part = context.part
        begin = midnight(first) + _hour(match, part) * _MINUTE
        if part is None and not has_date(match) and not match["hour24"] and context.at:
            later = begin + timedelta(hours=12)
            nearer = abs(later - context.at) < abs(begin - context.at)
            begin = later if nearer and not (past and later > context.at) else begin
        return When(start, end, "moment", begin, begin + _MINUTE)
    if part:
        begin, until = (midnight(first) + timedelta(hours=hour) for hour in PARTS[part])
        return When(start, end, "span", begin, until)
    return When(start, end, "day", midnight(first), midnight(after))


def _through(text: str, when: When, match: Match, context: Context) -> When:
    """`when` up to the second end of its range, if the text goes on to one: 9月20号到27号, 下午两点到五点."""
    between = JOINT.match(text, when.end)
    if between is None or when.begin is None or match["since"] or match["still"] or match["before"] or match["till"]:
        return when
    second = LAST_DAY.match(text, between.end()) if match["day"] and not _has_clock(match) else None
    if second is not None:
        days = day_of_date(when.begin.year, when.begin.month, number_in(second["day"]) or 0)
        until = midnight(days[1]) if days and days[1] else None
        return _closed(when, second.end(), until)
    if "、" in between.group():
        return when
    second = TIME.match(text, between.end())
    if second is None or second.end() == second.start() or second["length"] or second["every"]:
        return when
    if has_date(second):
        inner = replace(context, day=when.begin.date(), year=when.begin.year, month=when.begin.month, end=when.end)
        days = days_meant(second, inner)
        if days is None or days[0] is None:
            return when
        last = _within(second, days, when.end, second.end(), inner)
        return _closed(when, second.end(), last.begin if last.kind == "moment" else last.until)
    if _has_clock(second) and _has_clock(match):
        minutes = _hour(second, second["part"] or match["part"])
        until = midnight(when.begin.date()) + minutes * _MINUTE
        return _closed(when, second.end(), until + (DAY if until <= when.begin else timedelta()))
    return when


def _closed(when: When, end: int, until: datetime | None) -> When:
    if until is None or when.begin is None or until <= when.begin:
        return when
    return replace(when, end=end, kind="span", until=until)


def _remember(when: When, match: Match, context: Context) -> None:
    if when.begin is None:
        return
    if when.kind in ("day", "moment") or match["part"]:
        context.day = when.begin.date()
    if match["iso"] or match["month"]:
        context.year, context.month = when.begin.year, when.begin.month
    if match["part"] or match["rday"]:
        word = match["part"] or match["rday"]
        context.part = word if word in PARTS else None


def _bounded(text: str, when: When, match: Match, lead: Match | None, at: datetime | None) -> When:
    """The same with what its words leave open: 以后 has no end, 之前 no beginning, 以来 lasts until the complaint."""
    if match["still"]:
        return replace(when, kind="span", until=at)
    if match["before"] or match["till"]:
        by = match["third"] in ("底", "末") or (match["before"] and when.kind == "day")
        return replace(when, kind="deadline", begin=None, until=when.until if by else when.begin)
    if match["since"]:
        return replace(when, kind="span", until=None)
    if lead is None or when.begin is None:
        return when
    if lead["by"]:
        return replace(when, kind="deadline", begin=None)
    if lead["since"] and when.kind in ("day", "span") and not _has_clock(match):
        ranged = when.until is not None and when.end > match.end()
        return when if ranged else replace(when, kind="span", until=None)
    if lead["to"] and text.startswith("才", when.end):
        return replace(when, start=match.start(), kind="span", until=None)
    if lead["to"] and at is not None and when.begin > at:
        return replace(when, kind="span", begin=None)
    return when if when.end > match.end() or lead["since"] else replace(when, start=match.start())
