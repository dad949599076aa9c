"""Which day 'now' is."""

from __future__ import annotations

import time
from datetime import date

from core.clock import local_today
from core.errors import QueryInvalid
from services.app import App
from services.linking import newest_day

_KEPT_SECONDS = 60.0


def present(app: App) -> date:
    """The day that counts as now: up to which the lake knows, at most today. Tags are computed for the same day."""
    now = time.monotonic()
    if app.day_kept is None or app.day_kept[0] < now:
        app.day_kept = (now + _KEPT_SECONDS, newest_day(app))
    return app.day_kept[1]


def asked_day(app: App, as_of: date | None) -> date:
    """The day that a reader asks about; none is the present. Raises `QueryInvalid` for a day to come."""
    if as_of is None:
        return present(app)
    if as_of > local_today():
        raise QueryInvalid("asOf 不能是将来的日子", remedy="请写今天或以前的日期；不写则为现在。")
    return as_of
