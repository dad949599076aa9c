"""Scalars that accept what the graph stores: ISO text, or the driver's and Python's own dates."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError

from core.clock import LOCAL


def iso_text(value: Any) -> Any:
    """Dates of any library as ISO text; everything else as it is."""
    if hasattr(value, "iso_format"):  # the driver's own temporal types
        return value.iso_format()
    return value.isoformat() if isinstance(value, date) else value


def _write_date(value: Any) -> str:
    return date.fromisoformat(str(iso_text(value))[:10]).isoformat()


def _write_datetime(value: Any) -> str:
    moment = datetime.fromisoformat(str(iso_text(value))[:26])
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).isoformat(timespec="seconds")


def _read_date(value: object) -> date:
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise StrawberryInputCoercionError("a Date is written YYYY-MM-DD")


def _read_datetime(value: object) -> datetime:
    if isinstance(value, str):
        with suppress(ValueError):
            return datetime.fromisoformat(value)
    raise StrawberryInputCoercionError("a DateTime is written in ISO 8601")


SCALARS: dict[object, Any] = {
    date: strawberry.scalar(
        name="Date", description="日期，YYYY-MM-DD。", serialize=_write_date, parse_value=_read_date
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="时间，ISO 8601，精确到秒，北京时间（+08:00）。",
        serialize=_write_datetime,
        parse_value=_read_datetime,
    ),
}
