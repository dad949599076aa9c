"""Matters as one reader may see them: calls about one thing, by whatever number of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from governance.access import AccessContext
from graph.reads import matters as reads
from graph.reads.matters import Call
from nlp.same.matters import PREFIX, matter_id
from services.app import App
from services.callers import callers_of, count_callers
from services.lookup import views
from services.views import View
from services.visibility import allowed

SHOWN: Final = 100
"""Calls of a matter that are told one by one; `call_count` tells the whole number."""
_KIND: Final = "complaint"
_LABELS: Final = {"DUPLICATE_OF": "反映同一件事", "FOLLOWS": "跟进前一次来电"}
_FIRST: Final = "首次来电"


@dataclass(frozen=True, slots=True)
class MatterCall:
    """One call; `to` is the id of the earlier call that it relates to by `relation` (DUPLICATE_OF, FOLLOWS)."""

    event: View
    relation: str | None
    to: str | None
    confidence: float | None
    reason: str | None

    @property
    def label(self) -> str:
        return _LABELS[self.relation] if self.relation else _FIRST


@dataclass(frozen=True, slots=True)
class Matter:
    """`caller_count` counts those who are known, each unknown one too; None for a reader bound to grids, for callers
    need not belong there.
    """

    id: str
    call_count: int
    caller_count: int | None
    first_at: datetime | None
    last_at: datetime | None
    calls: tuple[MatterCall, ...]


def matter(app: App, context: AccessContext, matter_id: str, *, as_of: date | None = None) -> Matter | None:
    """One matter by its id; the id of a call that joined an older matter since leads to that one. None: there is none
    that the reader may see.
    """
    event = "evt_" + matter_id.removeprefix(PREFIX)
    found = matters_of(app, context, [event], as_of=as_of)
    return found.get(event)


def matters_of(
    app: App, context: AccessContext, events: Sequence[str], *, as_of: date | None = None
) -> dict[str, Matter]:
    """Complaint → its matter, of its own where nobody else called; what is no complaint is absent."""
    until = datetime.combine(as_of + timedelta(days=1), time()) if as_of else None
    firsts = reads.roots(app.store, events)
    groups = reads.calls(app.store, set(firsts.values()), until=until)
    ids = {call.id for calls in groups.values() for call in calls if call.kind == _KIND}
    seen = allowed(app, context, "Event", ids)
    told = {first: [call for call in calls if call.id in seen] for first, calls in groups.items()}
    callers = None if context.grids else callers_of(app, seen)
    shown = views(app, context, (("Event", call.id) for calls in told.values() for call in calls[:SHOWN]))
    app.audit.record(context, "matters.read", sorted(shown))
    made = {first: _matter(first, calls, shown, callers) for first, calls in told.items() if calls}
    return {event: made[first] for event, first in firsts.items() if first in made and event in seen}


def _matter(first: str, calls: Sequence[Call], shown: Mapping[str, View], callers: Mapping[str, str] | None) -> Matter:
    moments = [call.at for call in calls if call.at]
    return Matter(
        id=matter_id(first),
        call_count=len(calls),
        caller_count=None if callers is None else count_callers((call.id for call in calls), callers),
        first_at=min(moments, default=None),
        last_at=max(moments, default=None),
        calls=tuple(
            MatterCall(shown[call.id], call.relation, call.to, call.confidence, call.reason)
            for call in calls[:SHOWN]
            if call.id in shown
        ),
    )


def largest(app: App, context: AccessContext, *, limit: int = 20) -> list[Matter]:
    """The matters of most calls that the reader may see."""
    up = dict(reads.linked(app.store))
    firsts: Counter[str] = Counter()
    seen = allowed(app, context, "Event", set(up))
    for call in seen:
        at = call
        while at in up:
            at = up[at]
        firsts[at] += 1
    chosen = [first for first, _ in sorted(firsts.items(), key=lambda item: (-item[1], item[0]))[:limit]]
    found = matters_of(app, context, chosen)
    return sorted(found.values(), key=lambda one: (-one.call_count, one.id))


def matter_row(one: Matter) -> dict[str, Any]:
    """A row for people: id, category, place, calls, callers, first, last, reason."""
    values = one.calls[0].event.values if one.calls else {}
    reasons = [call.reason for call in one.calls if call.reason]
    return {
        "id": one.id,
        "category": values.get("category"),
        "place": values.get("place_text"),
        "calls": one.call_count,
        "callers": one.caller_count,
        "first": one.first_at.date() if one.first_at else None,
        "last": one.last_at.date() if one.last_at else None,
        "reason": reasons[-1] if reasons else None,
    }
