"""The dispute network, as one reader may see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

from governance.access import AccessContext
from graph.analytics.disputes import DisputeGroup as Finding
from graph.analytics.disputes import dispute_groups as analyse
from graph.analytics.participation import Participation
from graph.reads.disputes import participations
from services.app import App
from services.lookup import views
from services.views import View
from services.visibility import allowed_of

_SHOWN_PARTIES = 50  # of one group; `party_count` tells the whole number


@dataclass(frozen=True, slots=True)
class DisputeGroup:
    """One finding: who quarrels with whom, and the events that say so. `kind` is a pattern of `graph.analytics`."""

    id: str
    kind: str
    label: str
    score: float
    parties: tuple[View, ...]
    party_count: int
    event_ids: tuple[str, ...]
    first_at: datetime | None
    last_at: datetime | None


def dispute_groups(
    app: App, context: AccessContext, *, min_events: int = 2, limit: int = 20, as_of: date | None = None
) -> list[DisputeGroup]:
    """At most `limit` findings over the disputes up to a day: the gravest of each pattern first, then the next ones."""
    until = as_of + timedelta(days=1) if as_of else None
    taken = _seen(app, context, participations(app.store, until=until))
    labels = {item.party_id: item.party_label for item in taken}
    chosen = _gravest_of_each([group for group in analyse(taken) if len(group.events) >= min_events], limit)
    shown = {group.id: _shown(group.members, group.centre) for group in chosen}
    parties = {party for members in shown.values() for party in members}
    found = views(app, context, ((labels[party], party) for party in sorted(parties)))
    app.audit.record(context, "disputes", sorted(found))
    return [
        DisputeGroup(
            id=group.id,
            kind=group.pattern.value,
            label=group.pattern.label,
            score=group.score,
            parties=tuple(found[party] for party in shown[group.id] if party in found),
            party_count=len(group.members),
            event_ids=group.events,
            first_at=_start_of(group.first),
            last_at=_start_of(group.last),
        )
        for group in chosen
    ]


def _seen(app: App, context: AccessContext, taken: list[Participation]) -> list[Participation]:
    """Those of events and parties that the reader may see: what is withheld takes no part, in counts neither."""
    labels = {item.event_id: "Event" for item in taken} | {item.party_id: item.party_label for item in taken}
    seen = allowed_of(app, context, labels)
    return [item for item in taken if item.event_id in seen and item.party_id in seen]


def _gravest_of_each(groups: list[Finding], limit: int) -> list[Finding]:
    rank: Counter[str] = Counter()
    ranked = []
    for group in groups:  # by pattern, gravest first
        ranked.append((rank[group.pattern], group))
        rank[group.pattern] += 1
    return [group for _, group in sorted(ranked, key=itemgetter(0))[:limit]]


def _shown(members: tuple[str, ...], centre: str | None) -> tuple[str, ...]:
    """The party that the others complain of comes first."""
    ordered = (centre, *(member for member in members if member != centre)) if centre else members
    return ordered[:_SHOWN_PARTIES]


def group_row(group: DisputeGroup) -> dict[str, Any]:
    """A row for people: id, label, parties, events, score, first, last."""
    names = "、".join(map(_name, group.parties[:4]))
    more = f" 等 {group.party_count} 方" if group.party_count > 4 else ""
    return {
        "id": group.id,
        "label": group.label,
        "parties": names + more,
        "events": len(group.event_ids),
        "score": group.score,
        "first": group.first_at.date() if group.first_at else None,
        "last": group.last_at.date() if group.last_at else None,
    }


def _name(party: View) -> str:
    """A caller who gave no name is told by what is known of them, masked."""
    known = party.values.get("name") or party.values.get("household_no") or party.values.get("phone")
    return str(known) if party.values.get("name") else f"（未具名，{known or '仅有编号'}）"


def _start_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time()) if day else None
