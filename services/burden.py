"""How much work a form leaves to people: fields confirmed, corrected, typed by hand, never looked at.

Kept without personal data: which event, which field, what was done, when, by which channel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl

from core.clock import local_today
from core.errors import AccessDenied, QueryInvalid
from governance.access import AccessContext, Role
from services.app import App
from services.confirmed import Outcome, Weighed

LABELS: Final = {
    "category": "事项分类",
    "place": "地点",
    "time": "发生时间",
    "urgency": "紧急程度",
    "department": "承办部门",
    "party": "当事人",
}
MOST_DAYS: Final = 366
_MAY_SEE: Final = frozenset({Role.ANALYST, Role.DATA_OFFICER, Role.DEVELOPMENT})


@dataclass(frozen=True, slots=True)
class Counts:
    """How many fields had which outcome."""

    confirmed: int = 0
    corrected: int = 0
    typed: int = 0
    untouched: int = 0

    @property
    def fields(self) -> int:
        return self.confirmed + self.corrected + self.typed + self.untouched

    @property
    def typed_share(self) -> float | None:
        """Typed among those that were filled in, 0 to 1; None where none was."""
        return self._share(self.typed)

    @property
    def confirmed_share(self) -> float | None:
        return self._share(self.confirmed)

    @property
    def corrected_share(self) -> float | None:
        return self._share(self.corrected)

    def _share(self, part: int) -> float | None:
        touched = self.fields - self.untouched
        return part / touched if touched else None


@dataclass(frozen=True, slots=True)
class FieldBurden:
    field: str
    label: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class WeekBurden:
    """`week` is its Monday."""

    week: date
    submissions: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Burden:
    submissions: int
    overall: Counts
    fields: tuple[FieldBurden, ...]
    weeks: tuple[WeekBurden, ...]


def counts(weighed: Iterable[Weighed]) -> Counts:
    return _counts(Counter(one.outcome.value for one in weighed))


def keep(app: App, token: str, event_id: str, channel: str, at: datetime, weighed: Iterable[Weighed]) -> None:
    """Append what was done with each field of one form; the same token once."""
    rows = [
        {"event_id": event_id, "field": one.field, "number": one.number, "outcome": one.outcome.value}
        for one in weighed
    ]
    frame = pl.DataFrame(rows).with_columns(
        pl.lit(at).cast(pl.Datetime("us")).alias("at"), pl.lit(channel).alias("channel")
    )
    app.lake.append("form_fields", frame, transaction=(f"form:{token}", 1))


def burden(app: App, context: AccessContext, days: int) -> Burden:
    """The forms of the last so many days, today included. Raises `AccessDenied`, `QueryInvalid`."""
    if context.role not in _MAY_SEE or context.grids:
        raise AccessDenied("填报负担只供不限网格的分析人员与数据管理员查看", remedy="请联系数据管理员。")
    if not 1 <= days <= MOST_DAYS:
        raise QueryInvalid(f"days 须在 1 与 {MOST_DAYS} 之间")
    app.audit.record(context, "complaint.burden", [])
    since = local_today() - timedelta(days=days - 1)
    rows = app.lake.current("form_fields", ["event_id", "field", "outcome", "at"]).filter(
        pl.col("at").dt.date() >= since
    )
    weekly = rows.with_columns(pl.col("at").dt.truncate("1w").dt.date().alias("week"))
    return Burden(
        submissions=rows["event_id"].n_unique(),
        overall=_of(rows),
        fields=tuple(
            FieldBurden(name, label, _of(rows.filter(pl.col("field") == name))) for name, label in LABELS.items()
        ),
        weeks=tuple(
            WeekBurden(week, part["event_id"].n_unique(), _of(part))
            for (week,), part in weekly.sort("week").group_by("week", maintain_order=True)
            if isinstance(week, date)
        ),
    )


def _of(rows: pl.DataFrame) -> Counts:
    return _counts(Counter(rows["outcome"].to_list()))


def _counts(found: Counter[str]) -> Counts:
    return Counts(*(found[outcome.value] for outcome in Outcome))
