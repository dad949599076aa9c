"""Hot topics: what is complained of more than before, and where, as one reader may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import polars as pl

from core.errors import QueryInvalid
from governance.access import AccessContext
from graph.reads import matters as reads
from nlp.same.topics import Report, Topic, hot_topics
from services.app import App
from services.callers import callers_of, count_callers
from services.days import asked_day
from services.lookup import views
from services.views import View
from services.visibility import allowed

LONGEST_DAYS: Final = 92
_SHOWN: Final = 100  # ids of complaints of one topic; `call_count` tells the whole number
_LEVELS: Final = ("Building", "Compound", "Community")  # from the smallest up; a street is no place to go to
_WINDOWS: Final = {1: "前一日", 7: "上周", 30: "前三十日"}


@dataclass(frozen=True, slots=True)
class HotTopic:
    """Calls of one category at one place within the window.

    `growth` is against the window before, 1.8 for +180 %, None where there were no calls; `p_value` how probable as
    much growth is by chance. `caller_count` is None for a reader bound to grids. `words` tell it from other topics.
    """

    title: str
    place: View
    category: str
    words: tuple[str, ...]
    call_count: int
    caller_count: int | None
    matter_count: int
    before: int
    growth: float | None
    p_value: float
    first_at: datetime
    last_at: datetime
    event_ids: tuple[str, ...]


def hot_topics_of(
    app: App,
    context: AccessContext,
    *,
    days: int = 7,
    as_of: date | None = None,
    limit: int = 10,
    place: str | None = None,
) -> list[HotTopic]:
    """The hottest topics of the `days` up to and including `as_of`, within `place` (a building, compound, community or
    street) where one is given. Raises `QueryInvalid`.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise QueryInvalid(f"days 须在 1 到 {LONGEST_DAYS} 之间")
    until = datetime.combine(asked_day(app, as_of) + timedelta(days=1), time())
    since = until - timedelta(days=days)
    rows = reads.reports(app.store, since - timedelta(days=days), until)
    rows = [row for row in rows if place is None or any(one["id"] == place for one in row["places"])]
    seen = allowed(app, context, "Event", {row["id"] for row in rows})
    rows = [row for row in rows if row["id"] in seen]
    callers = callers_of(app, seen)
    words = _words(app, seen)
    reports = [_report(row, callers.get(row["id"]), words.get(row["id"], ())) for row in rows]
    topics = hot_topics(reports, since)[:limit]
    told = _told(app, context, topics, rows, days, callers)
    app.audit.record(context, "topics", [topic.place.id for topic in told])
    return told


def _report(row: Mapping[str, Any], caller: str | None, words: tuple[str, ...]) -> Report:
    levels = {one["label"]: one["id"] for one in row["places"] if one["id"]}
    places = tuple(levels[level] for level in _LEVELS if level in levels)
    at = row["at"]
    local = at.replace(tzinfo=None) if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    return Report(row["id"], local, row["category"], places, caller, words)


def _words(app: App, ids: set[str]) -> dict[str, tuple[str, ...]]:
    """Which words spoke for a call's category: words of our own lists, nobody's own."""
    if not ids:
        return {}
    found = app.lake.current("imprints", ["event_id", "words"], where=pl.col("event_id").is_in(list(ids)))
    return {event: tuple(words or ()) for event, words in found.iter_rows()}


def _told(
    app: App,
    context: AccessContext,
    topics: Sequence[Topic],
    rows: Sequence[Mapping[str, Any]],
    days: int,
    callers: Mapping[str, str],
) -> list[HotTopic]:
    labels = {one["id"]: one["label"] for row in rows for one in row["places"] if one["id"]}
    shown = views(app, context, ((labels[topic.place], topic.place) for topic in topics))
    names = _place_names(rows)
    firsts = reads.roots(app.store, {call.event_id for topic in topics for call in topic.calls})
    found = []
    for topic in topics:
        if (place := shown.get(topic.place)) is None:
            continue
        ids = [call.event_id for call in topic.calls]
        people = None if context.grids else count_callers(ids, callers)
        words = tuple(word for word in topic.words if word not in topic.category)
        found.append(
            HotTopic(
                title=_title(names[topic.place], topic, words, people, days),
                place=place,
                category=topic.category,
                words=words,
                call_count=len(ids),
                caller_count=people,
                matter_count=len({firsts.get(one, one) for one in ids}),
                before=topic.before,
                growth=topic.growth,
                p_value=topic.p,
                first_at=topic.first_at,
                last_at=topic.calls[0].at,
                event_ids=tuple(ids[:_SHOWN]),
            )
        )
    return found


def _place_names(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What people call a place: a building by its compound too."""
    names: dict[str, str] = {}
    for row in rows:
        by_label = {one["label"]: one for one in row["places"] if one["id"]}
        for label, one in by_label.items():
            above = by_label.get("Compound") if label == "Building" else None
            name = str(one["name"] or "")
            front = str(above["name"] or "") if above else ""
            names[one["id"]] = name if name.startswith(front) else front + name
    return names


def _title(name: str, topic: Topic, words: tuple[str, ...], people: int | None, days: int) -> str:
    """桂花苑3幢 渗漏水·天花板、卫生间（12 起，7 人，较上周 +180%）"""
    window = _WINDOWS.get(days, f"前 {days} 天")
    change = f"较{window} {topic.growth:+.0%}" if topic.growth is not None else f"{window}无"
    counted = [f"{len(topic.calls)} 起", *([] if people is None else [f"{people} 人"]), change]
    telling = f"·{'、'.join(words[:2])}" if words else ""
    return f"{name} {topic.category}{telling}（{'，'.join(counted)}）"


def topic_row(topic: HotTopic) -> dict[str, Any]:
    """A row for people: title, first, last, matters, p."""
    return {
        "title": topic.title,
        "calls": topic.call_count,
        "matters": topic.matter_count,
        "first": topic.first_at.date(),
        "last": topic.last_at.date(),
        "p": round(topic.p_value, 4),
        "place": topic.place.id,
        "events": list(topic.event_ids),
    }
