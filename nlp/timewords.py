"""The words of time and the one pattern that finds them; what they mean is decided in nlp/times.py.

A time is written date, part of the day, clock time: any of them may be missing, not all. Every repetition is bounded
or possessive, so that no text makes the pattern try a stretch twice.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

from nlp.tables import FOLDER

_PARTS: Final = {
    (0, 6): "凌晨 今晨",
    (6, 9): "早上 早晨 早浪 清早 清晨 大清早 一大清早 大早上 一大早 一早 早 今早 明早",
    (8, 12): "上午",
    (11, 14): "中午 晌午 大中午",
    (12, 18): "下午 午后",
    (17, 19): "傍晚",
    (18, 24): "晚上 大晚上 晚间 夜晚 晚 今晚 昨晚 前晚 明晚 当晚 每晚",
    (22, 30): "半夜 大半夜 三更半夜 后半夜 下半夜 夜里 深夜 夜间 夜 昨夜 当夜 每夜 半夜三更",
}
PARTS: Final = {word: hours for hours, words in _PARTS.items() for word in words.split()}
"""Parts of the day as hours [from, to) of it; beyond 24 is the next day."""

DAYS: Final = {
    word: shift
    for shift, words in {
        -3: "大前天",
        -2: "前天 前日 前儿 前晚",
        -1: "昨天 昨日 昨儿 昨个儿 昨晚 昨夜 昨",
        0: "今天 今日 今儿 今儿个 今个儿 今早 今晚 今晨",
        1: "明天 明日 明儿 明早 明晚",
        2: "后天",
        3: "大后天",
    }.items()
    for word in words.split()
}
FOLLOWING: Final = {"第二天": 1, "次日": 1, "隔天": 1, "当天": 0, "当日": 0, "当晚": 0, "当夜": 0, "同日": 0}
"""Days that are counted from the day spoken of before."""
YEARS: Final = {"大前年": -3, "前年": -2, "去年": -1, "上年": -1, "今年": 0, "本年": 0, "当年": 0, "明年": 1, "后年": 2}
NEAR: Final = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "次": 1, "下下": 2}
WEEKDAYS: Final = {**{character: day for day, character in enumerate("一二三四五六日")}, "天": 6, "末": 5}
EVERY: Final = {
    "每天": "day", "天天": "day", "每日": "day", "日日": "day", "每到": "day", "一到": "day", "一到了": "day",
    "每晚": "day", "每夜": "day", "夜夜": "day", "平时": "day", "整天": "day", "工作日": "weekday", "双休日": "weekend",
    "周末": "weekend", "每周末": "weekend", "每周": "week", "每星期": "week", "每个星期": "week", "每礼拜": "week",
    "周一至周五": "weekday", "周一到周五": "weekday", "星期一到星期五": "weekday", "周六周日": "weekend",
    "每月": "month", "每个月": "month", "每年": "year",
    **{f"每{week}{day}": "week" for week in ("周", "星期", "个星期", "礼拜", "个礼拜") for day in "一二三四五六日天"},
}  # fmt: skip
DATED_EVERY: Final = frozenset(
    word for word, cycle in EVERY.items() if "周一" in word or (cycle == "week" and word[-1] in WEEKDAYS)
) | {"星期一到星期五", "周六周日"}
"""Those that say on which days."""
# Months of a year: first and last.
STRETCHES: Final = {
    "上半年": (1, 6), "下半年": (7, 12), "年初": (1, 2), "年中": (6, 7), "年底": (11, 12), "年末": (11, 12),
    "春天": (3, 5), "春季": (3, 5), "开春": (3, 3), "夏天": (6, 8), "夏季": (6, 8), "入夏": (6, 6), "秋天": (9, 11),
    "秋季": (9, 11), "入秋": (9, 9), "冬天": (12, 14), "冬季": (12, 14), "入冬": (11, 11), "暑假": (7, 8),
}  # fmt: skip
THIRDS: Final = {
    "上旬": (1, 10),
    "中旬": (11, 20),
    "下旬": (21, 31),
    "初": (1, 5),
    "中": (11, 20),
    "底": (25, 31),
    "末": (25, 31),
}
"""Days of a month: first and last (as far as the month has it)."""
FIXED: Final = {
    "元旦": (1, 1, 1), "三八妇女节": (3, 8, 1), "三八节": (3, 8, 1), "五一": (5, 1, 5), "劳动节": (5, 1, 5),
    "六一": (6, 1, 1), "儿童节": (6, 1, 1), "国庆": (10, 1, 7), "双十一": (11, 11, 1), "圣诞": (12, 25, 1),
}  # fmt: skip
"""Month, day and number of days."""
MOVING: Final = {
    "春节": ("春节", 0, 7), "过年": ("春节", 0, 7), "大年初一": ("春节", 0, 1), "年初一": ("春节", 0, 1),
    "除夕": ("春节", -1, 1), "大年三十": ("春节", -1, 1), "年三十": ("春节", -1, 1), "元宵": ("元宵", 0, 1),
    "正月十五": ("元宵", 0, 1), "清明": ("清明", 0, 1), "端午": ("端午", 0, 1), "中秋": ("中秋", 0, 1),
    "八月十五": ("中秋", 0, 1), "重阳": ("重阳", 0, 1), "冬至": ("冬至", 0, 1),
}  # fmt: skip
"""Festival of festivals.csv, days from it, number of days."""
UNITS: Final = {
    "分钟": "minute", "小时": "hour", "钟头": "hour", "天": "day", "日": "day", "工作日": "workday", "周": "week",
    "星期": "week", "礼拜": "week", "月": "month", "季度": "quarter", "年": "year",
}  # fmt: skip


@lru_cache(maxsize=1)
def festivals() -> dict[tuple[str, int], date]:
    """The day of each moving festival by name and year, 2010 to 2040."""
    with (FOLDER / "festivals.csv").open(encoding="utf-8", newline="") as file:
        return {
            (name, int(row["year"])): date.fromisoformat(f"{row['year']}-{day}")
            for row in csv.DictReader(file)
            for name, day in row.items()
            if name != "year"
        }


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_HANZI: Final = "〇零一二两三四五六七八九十"
_SMALL: Final = rf"(?:\d{{1,2}}(?!\d)|[{_HANZI}]{{1,3}})"
_DOOR: Final = "楼栋幢院门房厅车铺单机桌位商柜弄店坑线井厂库地桩梯岗病仓"
_MINUTE: Final = (
    r"[0-5]?\d(?!\d)分?|[二三四五]?十[一二三四五六七八九]?分?|[零〇][一二三四五六七八九]分?"
    r"|[一二三四五六七八九]分|五(?!个|分钟)"
)

_LENGTH: Final = (
    rf"(?<![\d第.])(?P<count>\d{{1,4}}+(?:\.\d)?+|[{_HANZI}百几半仨俩]{{1,4}}+)(?P<odd>来|多)?个?(?P<half>半)?(?P<some>多)?个?"
    r"(?P<unit>分钟|小时|钟头|工作日|天(?!天)|日(?=[内之以])|周(?!边|围|[一二三四五六日末])|星期(?![一二三四五六日])"
    r"|礼拜(?![一二三四五六日])|(?<=[个半仨俩])月(?![\d一二三四五六七八九十租薪工底初末份])|季度|(?<!(?:19|20)\d\d)年(?!级|轻|[\d一二三四五六七八九十]{1,2}月))"
    r"(?P<rest>半(?!夜)|多)?(?P<until>以来|[之以]?内(?!部)|[之以]?前(?!面)|了(?!解)|没)?"
)
_YEAR: Final = (
    r"(?:(?P<year>(?<!\d)(?:19|20)\d\d|[一二][〇零九][〇零一二三四五六七八九]{2}|(?<!\d)\d\d(?=年\d))年"
    rf"|(?P<ryear>{_any(YEARS)})(?!\d{{1,3}}(?![\d月./-])|[{_HANZI}]{{1,4}}岁|(?!五一|六一|十一|三八)[{_HANZI}]{{2,4}}(?![{_HANZI}月日])))(?:的|一整年|全年)?"
)
_STRETCH: Final = (
    rf"(?:这个)?(?P<stretch>{_any([*STRETCHES, '底', '初', '末'])})"
    r"|(?:第?(?P<quarter>[一二三四1-4])|(?P<rquarter>上|这|本|下)个?)季度"
)
_MONTH: Final = (
    r"(?:(?<!\d)(?P<month>1[0-2]|0?[1-9]|十[一二]|[一二三四五六七八九十])月(?!工资|租|薪)份?"
    r"|(?P<rmonth>上上|上|这|本|当|下下|下|次)个?月(?!工资)份?)"
    rf"(?:(?P<third>上旬|中旬|下旬|[初底末]|中(?!旬|午|间|心))"
    rf"|(?P<day>{_SMALL})(?:[日号](?![{_DOOR}])|(?=[^\d\w%:.·]|[到至又我他她去来交退就才晚早上下中凌]|$)))?"
)
_FESTIVAL: Final = (
    rf"(?P<festival>{_any([*FIXED, *MOVING])}|十一(?=长?假|期间|黄金周))(?!路|大道|街|村|小区|社区|小学|中学|[日号])节?"
    r"(?:长假|假期|期间|黄金周|小长假|放假)?(?P<done>放完假|收假)?(?:[（(]\d[^）)\n]{2,12}[）)])?"
)
_WEEK: Final = (
    r"(?:(?P<rweek>上上|上|这|本|下下|下)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日末]|天(?!天))?(?![边围])"
    r"|(?:周|星期|礼拜)(?P<bare>[一二三四五六日]|天(?!天)))"
)
_DATE: Final = (
    r"(?<![\d.-])(?P<iso>(?:19|20)\d\d[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9]))(?![\d-])"
    rf"|(?P<rday>(?<![以之然])(?:{_any(DAYS)}))(?!期)(?:才?(?P<said>\d{{1,2}})号)?"
    rf"|(?P<following>{_any(FOLLOWING)})|{_WEEK}"
    rf"|(?<!\d)(?P<alone>{_SMALL})号(?=那天|那晚|晚|早|上午|下午|中午|凌晨|半夜|之前|以前|开始|起(?!楼)|左右|\d{{1,2}}[:：点])"
    rf"|(?<=[都才说])(?P<told>{_SMALL})号(?![{_DOOR}\d])"
    rf"|(?:{_YEAR})?(?:{_STRETCH}|{_FESTIVAL}|{_MONTH})?"
)
_CLOCK: Final = (
    r"(?<![\d:：.])(?P<hour24>[01]?\d|2[0-4])[:：](?P<minute24>[0-5]\d)(?![\d:：])"
    rf"|(?P<hour>{_SMALL})(?:点(?!击|名|评|位|都|儿|也|不)|(?<=\d)时(?![间候段刻长])|时(?=[\d至到许左,，。、；;）)]|{_MINUTE}|$))"
    rf"(?:(?P<minute>{_MINUTE})|(?P<quarters>半|一刻|三刻))?(?P<bell>钟|整|多|许)?"
)
_SUFFIX: Final = (
    r"(?:左右|前后)?[)）]?(?:[一-龥]{0,6}?(?P<still>以来|到现在|至今)|(?P<since>开始|起(?![火来楼重])|以后|之后|后(?![天面勤门期果来续街院边厨备]))"
    r"|[一-龥]{0,3}?[)）]?(?P<before>之前|以前)|(?:供暖)?(?P<till>前)(?![天面后门台往来期年任方段几两]))?"
)


def _trigger() -> str:
    """A look ahead at the first characters, so that the pattern proper is tried only where a time may begin."""
    seconds: defaultdict[str, set[str]] = defaultdict(set)
    for word in (*PARTS, *DAYS, *FOLLOWING, *YEARS, *EVERY, *STRETCHES, *FIXED, *MOVING):
        if len(word) > 1:
            seconds[word[0]].add(word[1])
    for word in NEAR:
        seconds[word[0]].update("上下个周星礼月季")
    seconds["周"].update(WEEKDAYS)
    seconds |= {
        "星": {"期"},
        "礼": {"拜"},
        "第": {*"一二三四1234"},
        "早": {*"上晨浪"},
        "晚": {*"上间"},
        "夜": {*"里间晚夜"},
    }
    words = "|".join(f"{first}[{''.join(sorted(second))}]" for first, second in sorted(seconds.items()))
    number = rf"[\d{_HANZI}百几半仨俩]"
    unit = r"[年月日号点时:：/分小钟天工周星礼季-]"
    firsts = "".join(sorted(seconds))
    return (
        rf"(?=[\d{_HANZI}百几仨俩{firsts}])"
        rf"(?={number}(?:{number}|\.){{0,5}}[多来个半]{{0,3}}{unit}|十一[长假期黄]|昨|{words})"
    )


TIME: Final = re.compile(
    rf"{_trigger()}"
    rf"(?:(?P<length>{_LENGTH})|(?P<every>{_any(EVERY)})?[的 ]?(?:{_DATE})?"
    rf"(?:[的 ]?(?:放学|下班)?[（(]?(?P<part>{_any(PARTS)})(?:的时候)?)?"
    rf"(?:[的 ]?(?:{_CLOCK}))?{_SUFFIX})"
)
"""May match nothing where a word of time could begin: an empty match is none."""

JOINT: Final = re.compile(r"(?:左右)?[的 ]?(?:一直|直|等|拖|闹|忙)?(?:到|至|~|-|—|、)(?:了)?")
"""Between the two ends of a range."""
HABIT_JOINT: Final = re.compile(r"[^。;；！？!?\n\d]{0,6}?(?:到|至|~|-|—)")
"""The same, where a habit is told: 九点半开始弹，弹到十一点多."""
LAST_DAY: Final = re.compile(rf"(?P<day>{_SMALL})[日号](?![{_DOOR}])")
"""The second end of a range of days in one month: 9月20号到27号."""
LEAD: Final = re.compile(
    r"(?:(?P<since>自从|从|自)|(?P<by>截[止至]到?|最[迟晚]在?|务必[在于]?|必须[在于]|限[在于]?)|(?P<to>到|至))$"
)
"""Words in front of a time that open or close it."""
LASTING: Final = re.compile(
    r"(?:已经?|近|将近|连续|连着|一连|整整|足足|都快|快|都|才[住用装干]?|(?:大概|大约|差不多)有|(?P<vague>这|(?<!提)前)|过去|超过|(?P<acted>[坏拖欠堵漏等断下响臭积困吵负干]了)|(?P<within>给我们?|限))(?:有|了|快|过|都)?$"
)
"""Words in front of a length that lasts until now, or must not be passed."""
ELSEWHERE: Final = re.compile(r"(?:后|起|法定的?|规定的?|约定的?)[,，]?$")
"""Words in front of a length that is counted from something else: 签约后十日内."""
HABIT: Final = re.compile(r"每|天天|经常|总是|老是|规定|营业|一直都|时常|往往|作息")
HABIT_AFTER: Final = re.compile(r"就(?:开始|起来|有|来|响)")
"""The same behind a clock time: 凌晨四点就起来."""
