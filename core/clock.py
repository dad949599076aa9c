"""What time it is: in China, where the offices are, whatever zone the machine is in."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

LOCAL: Final = timezone(timedelta(hours=8))


def local_now() -> datetime:
    """The time that the lake is kept in: UTC+8, no suffix."""
    return datetime.now(LOCAL).replace(tzinfo=None)


def local_today() -> date:
    """The calendar day by which validity, ages and divisions are counted."""
    return local_now().date()
