"""Past events that a complaint resembles: by where, about what, between whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from core.catalogue import ORGANIZATION, PERSON
from governance.access import AccessContext
from services.app import App
from services.lookup import views
from services.views import View
from services.visibility import allowed

SHOWN: Final = 5
_LOOKED_AT: Final = 200  # events of one place or of the parties, the newest
_BACK: Final = timedelta(days=365)
_ENOUGH: Final = 2  # of place, category and party; one alone (the same property company) says little

_PARTIES: Final = {kind.id_prefix: kind.node_label for kind in (PERSON, ORGANIZATION)}
_IN_TIME: Final = "e.reported_at >= $since AND e.reported_at <= $until"
_TOLD: Final = "e.id AS id, e.category AS category, toString(e.reported_at) AS at"
# Of a compound only what is alike besides, or lies in the same building: it may have thousands.
_AT: Final = (
    "MATCH (p:{label} {{id: $id}})<-[:PART_OF*0..2]-(spot)<-[:OCCURRED_AT]-(e:Event) "
    f"WHERE {_IN_TIME} "
    "OPTIONAL MATCH (spot)-[:PART_OF]->(b:Building) "
    "WITH e, spot.id AS spot, b.id AS building "
    "WHERE e.category = $category OR spot IN $near OR building IN $near "
    f"RETURN {_TOLD}, spot, building ORDER BY e.reported_at DESC LIMIT $most"
)
_OF: Final = (
    "UNWIND $ids AS id MATCH (p:{label} {{id: id}})-[:PARTY_TO]->(e:Event) "
    f"WHERE {_IN_TIME} RETURN {_TOLD}, id AS party ORDER BY e.reported_at DESC LIMIT $most"
)


@dataclass(frozen=True, slots=True)
class Similar:
    """`reasons` say in Chinese what is alike; status and outcome are the event's own."""

    event: View
    reasons: tuple[str, ...]


class Ground(NamedTuple):
    """What a complaint is compared by. `place`: (label, id) of it and of those above, the deepest first; `category` is
    a name of the taxonomy, `caller` one of `parties`.
    """

    place: Sequence[tuple[str, str]]
    category: str | None
    parties: Sequence[str]
    caller: str | None
    until: datetime


@dataclass(slots=True)
class Met:
    """What an event has in common with a complaint: sides of it, and reasons with their weights."""

    at: str
    category: str | None
    alike: dict[str, int] = field(default_factory=dict)  # reason → weight
    sides: set[str] = field(default_factory=set)

    def add(self, side: str, reason: str, weight: int) -> None:
        self.sides.add(side)
        self.alike[reason] = weight

    @property
    def rank(self) -> tuple[int, str]:
        return sum(self.alike.values()), self.at


def events_near(app: App, context: AccessContext, ground: Ground) -> dict[str, Met]:
    """Events of the year before that share the place or a party, as far as the reader may see them."""
    met: dict[str, Met] = {}
    _by_place(app, met, ground)
    _by_party(app, met, ground)
    for one in met.values():
        if ground.category and one.category == ground.category:
            one.add("category", f"同类事项：{ground.category}", 2)
    seen = allowed(app, context, "Event", met)
    return {event_id: one for event_id, one in met.items() if event_id in seen}


def most_alike(app: App, context: AccessContext, near: Mapping[str, Met]) -> tuple[Similar, ...]:
    """Those of the same home, or that share two of place, category and a party; alike in most first. The caller
    audits.
    """
    likely = [event_id for event_id, one in near.items() if len(one.sides) >= _ENOUGH]
    ranked = sorted(likely, key=lambda one: near[one].rank, reverse=True)[:SHOWN]
    found = views(app, context, (("Event", event_id) for event_id in ranked))
    return tuple(Similar(found[one], tuple(near[one].alike)) for one in ranked if one in found)


def _by_place(app: App, met: dict[str, Met], ground: Ground) -> None:
    known = dict(ground.place)
    around = next((label for label in ("Compound", "Building", "Dwelling") if label in known), None)
    if around is None:
        return
    dwelling, building = known.get("Dwelling"), known.get("Building")
    near = [one for one in (dwelling, building) if one]
    for row in _rows(app, _AT.format(label=around), ground, id=known[around], category=ground.category, near=near):
        one = _kept(met, row)
        if dwelling and row["spot"] == dwelling:
            one.add("place", "同一房屋", 3)
            one.sides.add("home")  # so near that it says enough by itself
        elif building and building in {row["spot"], row["building"]}:
            one.add("place", "同一楼栋", 2)
        else:
            one.add("place", "同一小区", 1)


def _by_party(app: App, met: dict[str, Met], ground: Ground) -> None:
    by_label: dict[str, list[str]] = {}
    for one in ground.parties:
        if label := _PARTIES.get(one.partition("_")[0]):
            by_label.setdefault(label, []).append(one)
    for label, ids in by_label.items():
        for row in _rows(app, _OF.format(label=label), ground, ids=ids):
            _kept(met, row).add("party", "同一投诉人" if row["party"] == ground.caller else "同一当事人", 1)


def _rows(app: App, statement: str, ground: Ground, **params: Any) -> Iterator[dict[str, Any]]:
    yield from app.store.read(statement, since=ground.until - _BACK, until=ground.until, most=_LOOKED_AT, **params)


def _kept(met: dict[str, Met], row: dict[str, Any]) -> Met:
    return met.setdefault(row["id"], Met(str(row["at"] or ""), row["category"]))
