"""Mentions of one text linked to the entities of the graph: linked, ambiguous, or new; never a silent guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from core.clock import local_today
from core.errors import EntityUnknown, QueryInvalid
from core.values import InvalidValue, StandardAddress, shown_id, value_type
from governance.access import AccessContext
from graph.reads import surroundings
from nlp.reading import Reading
from services.app import App
from services.lookup import find_by_ids
from services.meant import Caller, PartyLink, Telling, link_tellings, mentioned, name_key, phone_index
from services.place_finding import PlaceLink, find_place
from services.visibility import allowed_of

_CALLERS: Final = ("Person", "Organization")
_HOMES: Final = """
UNWIND $ids AS id
MATCH (e:Event {id: id})<-[r:PARTY_TO]-(p:Person) WHERE r.role = 'complainant'
OPTIONAL MATCH (p)-[l:LIVES_IN]->(h:Dwelling)
WHERE (l.valid_from IS NULL OR l.valid_from <= date(e.reported_at))
  AND (l.valid_to IS NULL OR date(e.reported_at) < l.valid_to)
RETURN collect([id, p.id, l.confidence, h.address]) AS rows
"""


@dataclass(frozen=True, slots=True)
class Linked:
    parties: tuple[PartyLink, ...] = ()
    place: PlaceLink | None = None


def find_caller(
    app: App, context: AccessContext, *, entity_id: str | None = None, phone: str | None = None, name: str | None = None
) -> tuple[Caller, StandardAddress | None]:
    """The caller and his dwelling, where the graph knows them and the reader may see them.

    An id may be that of an organization, which has no dwelling. A phone leads to its one owner, of several to the one
    of the name. Raises `EntityUnknown` for an id that is not there, `QueryInvalid` for what is no phone.
    """
    if entity_id:
        known = find_by_ids(app, context, [entity_id]).get(entity_id)
        if known is None or known.label not in _CALLERS:
            raise EntityUnknown(f"没有实体 {shown_id(entity_id)}", remedy="请核对编号。")
        found: str | None = known.id
        name = name or known.values.get("name")
    else:
        found = _owner(app, phone, name)
        found = found if found and allowed_of(app, context, {found: "Person"}) else None
    home = surroundings.homes(app.store, [found], local_today()).get(found) if found else None
    return Caller(found, name, phone, home[0] if home else None), _address(home[1]) if home else None


def homes_of_callers(app: App, event_ids: Collection[str]) -> dict[str, StandardAddress]:
    """Event id → the home that its one caller had on the day of the call, by one statement, as the graph knows it.

    The surest of several homes; nothing for an event of several callers.
    """
    rows = app.store.read(_HOMES, ids=sorted(event_ids))[0]["rows"] if event_ids else []
    callers: defaultdict[str, set[str]] = defaultdict(set)
    lived: dict[str, tuple[float, str]] = {}
    for event_id, caller, confidence, address in rows:
        callers[event_id].add(caller)
        lived[event_id] = max(lived.get(event_id, (0.0, "")), (confidence or 0.0, address or ""))
    return {
        event_id: home
        for event_id, (_, address) in lived.items()
        if len(callers[event_id]) == 1 and (home := _address(address))
    }


def link_mentions(app: App, context: AccessContext, reading: Reading, caller: Caller | None = None) -> Linked:
    """Link the parties and the place of one reading; nothing is stored. What the reader may not see is left out."""
    today = local_today()
    place = find_place(app, reading.place)
    who = caller or Caller()
    telling = Telling(
        mentioned(reading, app.vault),
        today,
        ((place.label, place.entity_id),) if place else (),
        who,
        (who.home,) if who.home else (),
    )
    [links] = link_tellings(app, [telling])
    labels = {one.entity_id: one.label for link in links for one in link.candidates}
    if place:
        labels |= {place.entity_id: place.label}
    seen = allowed_of(app, context, labels)
    here = place if place and place.entity_id in seen else None
    return Linked(tuple(_as_seen(link, seen) for link in links), here)


def _as_seen(link: PartyLink, seen: set[str]) -> PartyLink:
    """The link without those whom the reader may not see; of somebody hidden not even that he is there."""
    candidates = tuple(one for one in link.candidates if one.entity_id in seen)
    if not candidates:
        return replace(link, outcome="new", entity_id=None, probability=0.0, candidates=())
    if link.entity_id is not None and link.entity_id not in seen:
        return replace(link, outcome="ambiguous", entity_id=None, probability=0.0, candidates=candidates)
    return replace(link, candidates=candidates)


def _owner(app: App, phone: str | None, name: str | None) -> str | None:
    if not phone:
        return None
    try:
        normal = value_type("phone").parse(phone).text
    except InvalidValue as error:
        raise QueryInvalid(error.message, remedy=error.remedy) from None
    index = phone_index(app.vault, normal)
    owners = surroundings.phone_owners(app.store, [index]).get(index, []) if index else []
    named = [one for one in owners if name and name_key(one[1]) == name_key(name)] or owners
    return named[0][0] if len(named) == 1 else None


def _address(text: str) -> StandardAddress | None:
    try:
        return StandardAddress.parse(text)
    except InvalidValue:
        return None
