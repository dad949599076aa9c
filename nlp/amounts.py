"""Sums of money and other measured quantities in a plain text.

The words of measure and what they are worth stand in nlp/data/units.csv. A number without a unit is money only where
the text says so: a round figure in characters (一千八, 6万), or digits behind a word of paying (押金2400).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from nlp.layers import Amount
from nlp.numerals import HANZI, NUMERAL, Numeral, read_numeral
from nlp.tables import FOLDER

_ABOUT: Final = r"大概|大约|将近|差不多|不到|不足|超过|至少|最多|起码|顶多|约|近|足足|上|好"
_RATES: Final = {
    "月": "month", "月薪": "month", "月租": "month", "月租金": "month", "年": "year", "年薪": "year", "天": "day",
    "日": "day", "日薪": "day", "小时": "hour", "钟头": "hour", "时薪": "hour", "平方米": "m2", "平米": "m2",
    "平方": "m2", "平": "m2", "㎡": "m2", "度": "kWh", "度电": "kWh", "千瓦时": "kWh", "张": "piece", "件": "piece",
    "只": "piece", "瓶": "piece", "斤": "piece", "位": "piece",
}  # fmt: skip
_PER: Final = r"平方米|平米|平方|平|㎡|度电|度|千瓦时|月|年|天|日|小时|钟头|张|件|只|瓶|斤"
_PAID: Final = (
    r"也就|有|少说|到手|还要?|却?被?扣|交|付|给|寄|收|发|拿|吃药|租金|房租|工资|大概|约|要|得|花|涨到|涨|是|只有|才"
)
_CUE: Final = re.compile(
    r"(?:押金|租金|房租|定金|订金|费|工资|月薪|余额|余款|罚款?|扣|赔|收|交|付|欠|借|还|退|给|花|寄|差|要|卖|补|垫|摊|出|剩下|收入|笔|金|提成|奖金|转|充|存"
    r"|价|到手|一共|总共|共计?|合计|每人|一人|一个床位)(?:了|过)?(?:我们?|他们?|她|你|人家|一个)?(?:到|走|为|着|只|才)?[:：]?$"
)
_COUNTED: Final = re.compile(
    r"[\dA-Za-z.:°号碗杯份盒包袋室楼栋幢层年月日天点时分秒人户个名家条张次件辆台只位瓶箱套间把步遍字句页岁口桌栋棵株本篇度倍米斤亩吨"
    r"回番种多一]|来(?:人|个|户|家|次|年|天)|左右[的]?[人户个]|业主|居民|学生"
)
_SPENT: Final = re.compile(r"的?(?:红包|押金|现金|罚款|抚养费|补偿)")
_ROUND: Final = re.compile(r"[百千万亿]")
_HOTLINES: Final = frozenset(
    {"110", "119", "120", "122", "12315", "12333", "12345", "12348", "12358", "12369", "10086"}
)
_HALF: Final = 50.0
_FEW: Final = 10


class Unit(NamedTuple):
    """`factor` turns a number of this word into one of `unit`."""

    unit: str
    factor: float


@lru_cache(maxsize=1)
def units() -> dict[str, Unit]:
    with (FOLDER / "units.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: Unit(row["unit"], float(row["factor"])) for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in sorted(units(), key=len, reverse=True))
    firsts = _firsts(words)
    return re.compile(
        rf"(?=[\d{HANZI}每约大将近不超至起顶差足好上月年日时双¥￥])"
        rf"(?=\d|[{HANZI}][{HANZI}\d多余来个半{firsts}{_firsts(_PER)}]|每[一个{_firsts(_PER)}]|[月年日时][薪租]|双倍|[¥￥]|(?:{_ABOUT})[\d{HANZI}¥￥])(?<!第)(?:"
        rf"(?P<double>双倍工资)|(?:(?<=[出给赔退付减掉还降涨少])|(?<=[跌降涨减少扣]了))(?P<half>一大?多?半)(?![天年月个夜路儿以会的])"
        rf"|(?:(?P<per>每(?:一|个|一个)?(?:{_PER})(?:每个?(?P<per2>月|年))?|一个?(?:{_PER})|月薪|月租金?|年薪|日薪|时薪)(?:{_PAID}){{0,3}})?"
        rf"(?P<about>{_ABOUT})?(?P<percent>百分之)?(?P<sign>[¥￥])?(?P<number>{NUMERAL})"
        rf"(?:(?:元|块|%|米|平方米|度)?[-~至到](?P<upper>{NUMERAL})(?=多?(?:{words})))?"
        r"(?P<more>多|余|来)?(?P<each>个(?P<half_unit>半)?(?=月|平))?"
        rf"(?P<unit>{words})?"
        rf"(?P<tail>(?<=[块度])[\d一二三四五六七八九](?![\d百千万个]))?(?:多|左右|不到|出头|以上|以下|上下)?"
        rf"(?:(?:/|每|一个?)(?P<rate>{_PER})(?:/(?P<rate2>月|年))?)?"
        r")"
    )


def _firsts(words: str) -> str:
    """The first characters of the alternatives, for a character class."""
    return "".join(sorted({re.escape(word.lstrip("\\")[0]) for word in words.split("|")}))


def find_amounts(text: str) -> Iterator[Amount]:
    """Every amount of a plain text, from left to right.

    `value` is in `unit`; where the words give a range it is the middle of it, and `about` is set.
    """
    last: Amount | None = None
    for match in _pattern().finditer(text):
        amount = _amount(text, match) or _next_of_list(text, match, last)
        if amount is not None:
            yield amount
            last = amount


def _amount(text: str, match: re.Match[str]) -> Amount | None:
    start, end = match.span()
    if match["double"]:
        return Amount(start, end, 2.0, "month_wages", about=False)
    if match["half"]:
        return Amount(start, end, _HALF, "percent", about=match["half"] != "一半")
    number = read_numeral(match["number"])
    if number is None:
        return None
    upper = read_numeral(match["upper"]) if match["upper"] else None
    if upper is not None:
        number = Numeral(number.low, upper.high, True) if upper.high > number.low else None
        if number is None:
            return None
    about = bool(match["about"] or match["more"]) or number.guess
    if match["percent"]:
        return Amount(start, end, number.value, "percent", about)
    unit = _unit(text, match, number)
    if unit is None:
        return None
    value = (number.value + 0.5 * bool(match["half_unit"])) * unit.factor
    if match["tail"]:
        value += (read_numeral(match["tail"]) or number).value / 10
    return Amount(start, end, round(value, 4), unit.unit + _rate(match, unit.unit), about)


def _next_of_list(text: str, match: re.Match[str], last: Amount | None) -> Amount | None:
    """4999、4999、9999 behind a sum of money are sums too."""
    start, end = match.span()
    digits = match["number"]
    if (
        last is None
        or last.unit != "CNY"
        or match["unit"]
        or text[last.end : start] != "、"
        or _COUNTED.match(text, end)
    ):
        return None
    number = read_numeral(digits) if digits and digits[0].isdigit() and len(digits) > 1 else None
    return None if number is None else Amount(start, end, number.value, "CNY", number.guess)


def _rate(match: re.Match[str], unit: str) -> str:
    if unit != "CNY":
        return ""
    before = (match["per"] or "").lstrip("每一个")
    if match["per2"]:
        before = before.removesuffix(match["per2"]).rstrip("每个")
    rates = [_RATES[word] for word in (before, match["per2"], match["rate"], match["rate2"]) if word in _RATES]
    if (match["per"] or "").startswith("一") and "piece" in rates:
        rates.remove("piece")  # 一张18800元 is what was paid, 每张2元 a rate
    return "".join(f"/{rate}" for rate in dict.fromkeys(sorted(rates, key=lambda rate: rate != "m2")))


def _unit(text: str, match: re.Match[str], number: Numeral) -> Unit | None:
    """What the number counts; None where nothing says that it is an amount."""
    word, digits = match["unit"], match["number"]
    if word is None:
        return Unit("CNY", 1) if match["sign"] or _bare_money(text, match) else None
    unit = units()[word]
    if unit.unit == "month_wages" and not match["each"]:
        return None  # 4月工资 are the wages of April
    small = number.value < _FEW and not digits[0].isdigit()
    if (
        word == "块" and small and not match["tail"] and not _CUE.search(text, max(0, match.start() - 8), match.start())
    ) or (word in ("分钱", "亩地") and digits == "一"):
        return None  # 泡坏了三块 are three boards, and 一分钱 is nothing at all
    if word == "度":
        return _degrees(text, match, number)
    return unit


def _degrees(text: str, match: re.Match[str], number: Numeral) -> Unit | None:
    """度 is electricity where electricity is spoken of or it is too hot to live in; 一度 alone is 'once'."""
    if match["number"] == "一":
        return None
    electric = number.value > 60 or any(word in text[max(0, match.start() - 12) : match.end() + 6] for word in "电瓦")
    return Unit("kWh" if electric else "celsius", 1)


def _bare_money(text: str, match: re.Match[str]) -> bool:
    end = match.end()
    digits = match["number"]
    if _COUNTED.match(text, end) or digits in _HOTLINES or text[match.start() - 1 : match.start()] in ("号", "-", "#"):
        return False
    if digits[-1] in "几" or match["upper"]:
        return False
    if _ROUND.search(digits):
        return len(digits) > 1 and digits not in ("万一", "千万", "百万")
    if not digits[0].isdigit() or len(digits) < 2:
        return False
    return (
        bool(match["per"])
        or bool(_SPENT.match(text, end))
        or bool(_CUE.search(text, max(0, match.start() - 8), match.start()))
    )
