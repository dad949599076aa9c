"""Dates and times as departments write them, to ISO 8601 local time (UTC+8, no suffix)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from core.values.errors import InvalidValue
from core.values.numerals import arabic
from core.values.text import fold

_YEARS: Final = range(1800, 2201)
_EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel knows no zones
_ISO_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SERIAL: Final = re.compile(r"[1-7]\d{4}(?:\.\d+)?", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[ T]?(\d\d):?(\d\d)(?::?(\d\d))?)?", re.ASCII)
_WRITTEN: Final = re.compile(
    r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?日?"
    r"(?:[ T]?(上午|下午|晚上|晚|凌晨|早上|中午)?"
    r" ?(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:[.,]\d{1,9})?)?|时(?:(\d{1,2})分(?:(\d{1,2})秒)?)?)"
    r" ?(AM|PM)? ?(Z|UTC|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_NUMERALS: Final = re.compile("[零〇○一二三四五六七八九十]+(?=[年月日时分秒])")


def parse_date(raw: str) -> str:
    """`YYYY-MM-DD`; a time of day is dropped. Raises InvalidValue `date.empty`, `.form`, `.calendar` or `.range`."""
    text = raw.strip()
    if _ISO_DATE.fullmatch(text):
        return _calendar(text).isoformat()
    return _read(text).date().isoformat()


def parse_datetime(raw: str) -> str:
    """`YYYY-MM-DDTHH:MM:SS` in local time; a date alone is its midnight. Raises as `parse_date`."""
    return _read(raw.strip()).isoformat(timespec="seconds")


@lru_cache(maxsize=65_536)
def _calendar(iso: str) -> date:
    return _read(iso).date()


def _read(raw: str) -> datetime:
    text = " ".join(fold(raw).upper().split())
    if not text:
        raise InvalidValue("date.empty", "日期为空", "按 2024-01-31 的形式填写，或留空该字段")
    if _SERIAL.fullmatch(text):
        return _EXCEL_EPOCH + timedelta(seconds=round(float(text) * 86_400))
    if text.endswith(".0") and text[:-2].isdecimal():
        text = text[:-2]
    if compact := _COMPACT.fullmatch(text):
        return _moment(*(int(group or 0) for group in compact.groups()))
    written = _WRITTEN.fullmatch(_NUMERALS.sub(lambda match: arabic(match.group()), text))
    if written is None:
        raise InvalidValue("date.form", "日期的写法不能识别", "按 2024-01-31 或 2024-01-31 09:30:00 的形式填写")
    year, month, day, half, hour, minute, second, minute_zh, second_zh, english, zone = written.groups()
    minutes, seconds = int(minute or minute_zh or 0), int(second or second_zh or 0)
    moment = _moment(int(year), int(month), int(day), _hour(int(hour or 0), half or english), minutes, seconds)
    return _to_local(moment, zone) if zone else moment


def _hour(hour: int, half: str | None) -> int:
    if half in ("下午", "晚上", "晚", "PM") and hour < 12:
        return hour + 12
    return 0 if half in ("AM", "凌晨") and hour == 12 else hour


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    try:
        moment = datetime(year, month, day, hour if hour != 24 else 0, minute, second)  # noqa: DTZ001 - local time
    except ValueError:
        raise InvalidValue("date.calendar", "日历上没有这一天或这一时刻", "核对年月日（如 2 月没有 31 日）") from None
    if year not in _YEARS:
        raise InvalidValue("date.range", "年份不合理", "核对年份是否填写错误")
    return moment + timedelta(days=1) if hour == 24 and minute == second == 0 else moment


def _to_local(moment: datetime, zone: str) -> datetime:
    if zone in ("Z", "UTC"):
        offset = timedelta()
    else:
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])) * (-1 if zone[0] == "-" else 1)
    return moment - offset + timedelta(hours=8)
