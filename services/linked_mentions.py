"""What became of the parties that a complaint mentions: whom each was linked to, whom it may mean, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl

from core.errors import EntityUnknown
from core.values import shown_id
from governance.access import AccessContext
from services.app import App
from services.confirmed import PARTIES, confirmed_fields
from services.lookup import find_by_ids
from services.meant import Outcome
from services.views import View
from services.visibility import allowed


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that a mention may mean; `reasons` are in Chinese."""

    node: View
    probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A party of a complaint; `candidates`: those whom the reader may see, the most probable first."""

    index: int
    role: str
    kind: str
    surface: str
    outcome: Outcome
    node: View | None
    probability: float
    candidates: tuple[Candidate, ...]


def mentions_of(app: App, context: AccessContext, event_id: str) -> list[Mention]:
    """The parties of one complaint that were looked for, in the order of the text.

    Empty where the text has not been linked yet, and where a person said who they are (`parties_confirmed`). Raises
    `EntityUnknown` also for an event that the reader may not see.
    """
    _known(app, context, event_id)
    app.audit.record(context, "complaint.mentions", [event_id])
    row = _row(app, "text_links", "links", event_id)
    parties = orjson.loads(_row(app, "readings", "parties", event_id) or "[]")
    links = [link for link in orjson.loads(row or "[]") if link["index"] < len(parties)]
    ids = {one["entity_id"] for link in links for one in link["candidates"]}
    views = find_by_ids(app, context, sorted(ids))
    return [_mention(link, parties[link["index"]], views) for link in links]


def parties_confirmed(app: App, context: AccessContext, event_id: str) -> bool:
    """Whether a person said who the parties of a complaint are. Raises as `mentions_of`, and is audited with it."""
    return PARTIES in confirmed_fields(_known(app, context, event_id))


def _known(app: App, context: AccessContext, event_id: str) -> str | None:
    """The props of an event (JSON) that is there and that the reader may see; who sees everything is asked nothing
    else.
    """
    found = app.lake.current("events", ["props"], where=pl.col("event_id") == event_id)
    if found.is_empty() or not allowed(app, context, "Event", [event_id]):
        raise EntityUnknown(f"没有事件 {shown_id(event_id)}", remedy="请核对编号。")
    props: str | None = found["props"][0]
    return props


def _row(app: App, table: str, column: str, event_id: str) -> str | None:
    found = app.lake.current(table, ["event_id", column], where=pl.col("event_id") == event_id)
    return found[column][0] if found.height else None


def _mention(link: dict[str, Any], party: dict[str, Any], views: dict[str, View]) -> Mention:
    candidates = tuple(
        Candidate(views[one["entity_id"]], one["probability"], tuple(one["reasons"]))
        for one in link["candidates"]
        if one["entity_id"] in views
    )
    node = views.get(link["entity_id"]) if link["entity_id"] else None
    hidden = link["outcome"] == "linked" and node is None
    outcome: Outcome = "new" if not candidates else "ambiguous" if hidden else link["outcome"]
    return Mention(
        link["index"],
        party["role"],
        party["kind"],
        party["surface"],
        outcome,
        node,
        0.0 if hidden or not candidates else link["probability"],
        candidates,
    )
