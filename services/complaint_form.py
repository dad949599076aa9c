"""A complaint as a filled form: what its text says and what of it the graph knows, for a person to confirm.

Nothing is stored. Values of the graph are those that the reader may see; numbers that the text holds come masked unless
he may see sensitive ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from core.catalogue import ORGANIZATION, PERSON, Level
from core.catalogue.links import PLACES
from core.clock import local_now
from core.errors import QueryInvalid
from core.values import value_type
from governance.access import AccessContext, Visibility, visibility
from nlp.layers import Amount, Demand, Party, Place, When
from nlp.reading import Reading, read_text
from nlp.rows import graph_role
from nlp.tables import taxonomy
from services.app import App
from services.gazetteer import current_gazetteer
from services.intake import EARLIEST, local_time, may_report
from services.lookup import views
from services.meant import Caller, PartyLink
from services.mentions import Linked, find_caller, link_mentions
from services.place_finding import PlaceLink, find_place
from services.place_paths import place_path
from services.same_matter import same_matter
from services.shared_phones import Sharing, sharing
from services.similar import Ground, Similar, events_near, most_alike
from services.text_models import models_in_use
from services.views import View
from services.visibility import allowed_of

AGENCY: Final = "agency"
_LIKELY: Final = 0.2  # a category less probable says nothing of what is alike
URGENCY_LABELS: Final[Mapping[str, str]] = {"normal": "一般", "urgent": "紧急", "emergency": "特急"}
_PARTY_LABELS: Final = {kind.id_prefix: kind.node_label for kind in (PERSON, ORGANIZATION)}
_DATED: Final = frozenset({"moment", "day", "span"})
_AHEAD: Final = timedelta(minutes=5)  # between the clock of an application and ours


@dataclass(frozen=True, slots=True)
class Span:
    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Option:
    """A category of the taxonomy; `probability` 0 to 1, calibrated."""

    code: str
    name: str
    department: str
    probability: float


@dataclass(frozen=True, slots=True)
class FormPlace:
    """`address` in full, as far as it is sure; `path` is what it leads to, the deepest first; `exact`: to the place
    itself, and not only to what it lies in.
    """

    text: str
    start: int
    end: int
    address: str | None
    level: str | None
    relative: str | None
    problems: tuple[str, ...]
    path: tuple[View, ...]
    exact: bool

    @property
    def node(self) -> View | None:
        return self.path[0] if self.path else None


@dataclass(frozen=True, slots=True)
class Urgency:
    level: str
    label: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartyOption:
    """Somebody whom a party may be, with what speaks for it."""

    node: View
    probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormParty:
    """A party of the text; `role` is that of the graph, or agency. `node` only where just one can be meant."""

    index: int
    role: str
    kind: str
    surface: str
    name: str | None
    phone: str | None
    certainty: float
    mentions: tuple[Span, ...]
    outcome: str
    node: View | None
    probability: float
    candidates: tuple[PartyOption, ...]


@dataclass(frozen=True, slots=True)
class SameMatter:
    """The earlier call that this one repeats or follows."""

    event: View
    relation: str
    label: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class ComplaintForm:
    """`category` and `time` are what the form would be filled with: None where a person should decide."""

    spans: tuple[Span, ...]
    category: Option | None
    categories: tuple[Option, ...]
    department: str | None
    place: FormPlace | None
    places: tuple[FormPlace, ...]
    time: datetime | None
    times: tuple[When, ...]
    amounts: tuple[Amount, ...]
    parties: tuple[FormParty, ...]
    relation: str
    urgency: Urgency
    sentiment: str
    demands: tuple[Demand, ...]
    caller: View | None
    reason: str | None
    similar: tuple[Similar, ...] = ()
    same: SameMatter | None = None
    caller_candidates: tuple[View, ...] = ()


class Filled(NamedTuple):
    """A form, and what it was filled from: that is in clear, and for nobody but the code that stores it."""

    form: ComplaintForm
    reading: Reading
    linked: Linked
    caller: Caller


def read_complaint(
    app: App, context: AccessContext, text: str, at: datetime | None = None, caller: Mapping[str, Any] | None = None
) -> ComplaintForm:
    """The form of one text told `at` (now), with what happened before it; `caller`: id, name, phone, or None of each.

    Raises `AccessDenied`, `EntityUnknown` for a caller's id that is not there, `QueryInvalid` for a time to come.
    """
    may_report(context)
    moment = told_at(at)
    form, reading, linked, person = filled_form(app, context, text, moment, caller)
    parties = {link.entity_id for link in linked.parties if link.entity_id} | {person.entity_id or ""}
    ground = Ground(
        place=[(view.label, view.id) for view in form.place.path] if form.place else [],
        category=next(
            (one.name for one in (form.category, *form.categories) if one and one.probability >= _LIKELY), None
        ),
        parties=sorted(parties - {""}),
        caller=person.entity_id,
        until=moment,
    )
    near = events_near(app, context, ground)
    known = most_alike(app, context, near)
    same = same_matter(app, reading, text, person, moment, near)
    earlier = views(app, context, [("Event", same.event_id)]).get(same.event_id) if same else None
    if same and earlier:
        form = replace(form, same=SameMatter(earlier, same.relation, same.label, same.confidence, same.reason))
    shown = [*_nodes(form), *(one.event for one in known), *([earlier] if earlier else [])]
    app.audit.record(context, "complaint.read", dict.fromkeys(view.id for view in shown))
    return replace(form, similar=known)


def filled_form(app: App, context: AccessContext, text: str, at: datetime, caller: Mapping[str, Any] | None) -> Filled:
    """The form without what happened before; whoever calls this audits. Raises as `read_complaint`."""
    told = {name: value for name, value in (caller or {}).items() if value}
    person, home = Caller(), None
    if told:
        person, home = find_caller(
            app, context, entity_id=told.get("id"), phone=told.get("phone"), name=told.get("name")
        )
    shared = sharing(app, context, told.get("phone")) if person.entity_id is None else Sharing()
    if shared.home:
        person, home = replace(person, home=shared.home), shared.address
    if person.home and not allowed_of(app, context, {person.home: "Dwelling"}):
        person, home = replace(person, home=None), None  # whom one may see may live where one may not look
    reading = read_text(text, current_gazetteer(app), at=at, home=home, models=models_in_use(app))
    linked = link_mentions(app, context, reading, person)
    form = _form(app, context, text, at, reading, linked, person)
    if shared.people:
        known = views(app, context, (("Person", one) for one in shared.people))
        form = replace(form, caller_candidates=tuple(known[one] for one in shared.people if one in known))
    return Filled(form, reading, linked, person)


def told_at(at: datetime | None) -> datetime:
    """A moment of a caller as local time; now where none is given. Raises `QueryInvalid` for one that cannot be."""
    now = local_now()
    if at is None:
        return now
    local = local_time(at)
    if local < EARLIEST:
        raise QueryInvalid(f"at 早于 {EARLIEST.year} 年", remedy="请核对年份；不写则为现在。")
    if local > now + _AHEAD:
        raise QueryInvalid("at 不能是将来的时间", remedy="请写来电或收到的时间；不写则为现在。")
    return local


def _form(
    app: App, context: AccessContext, text: str, at: datetime, reading: Reading, linked: Linked, person: Caller
) -> ComplaintForm:
    nodes = _seen(app, context, linked, person)
    path = _path_of(app, context, linked.place or find_place(app, reading.place))
    options = tuple(option for guess in reading.categories if (option := _option(guess.code, guess.probability)))
    category = _option(reading.category, reading.category_score) if reading.category else None
    first = category or next((option for option in options if option.probability >= _LIKELY), None)
    clear = visibility(context, Level.SENSITIVE) is Visibility.CLEAR
    links = {link.index: link for link in linked.parties}
    paths = {reading.place: path, None: _Path()}
    for place in reading.places:
        if place.address not in paths:
            paths[place.address] = _path_of(app, context, find_place(app, place.address))
    past = at + _AHEAD
    begins = (one.begin for one in reading.times if one.kind in _DATED and one.begin)
    begin = next((one for one in begins if EARLIEST <= one <= past), None)
    return ComplaintForm(
        spans=tuple(Span(*span) for span in reading.spans),
        category=category,
        categories=options,
        department=first.department if first else None,
        place=_best(text, reading, path),
        places=tuple(_place(text, place, paths[place.address]) for place in reading.places),
        time=begin,
        times=reading.times,
        amounts=reading.amounts,
        parties=tuple(
            _party(index, party, links.get(index), nodes, clear=clear) for index, party in enumerate(reading.parties)
        ),
        relation=reading.relation,
        urgency=Urgency(
            reading.urgency, URGENCY_LABELS.get(reading.urgency, reading.urgency), tuple(reading.urgency_reasons)
        ),
        sentiment=reading.sentiment,
        demands=reading.demands,
        caller=nodes.get(person.entity_id or ""),
        reason=reading.reason,
    )


class _Path(NamedTuple):
    """Places, the deepest first; `exact` where the first is what was meant."""

    views: tuple[View, ...] = ()
    exact: bool = False


def _path_of(app: App, context: AccessContext, link: PlaceLink | None) -> _Path:
    """What a place is and lies in, as far as the reader may see: a hidden door leads where one that is none does."""
    views = place_path(app, context, link.label, link.entity_id) if link else ()
    return _Path(views, bool(views and link and link.exact and views[0].id == link.entity_id))


def _seen(app: App, context: AccessContext, linked: Linked, person: Caller) -> dict[str, View]:
    """The people and organizations that were found, as far as the reader may see them."""
    ids = {person.entity_id, *(link.entity_id for link in linked.parties)}
    ids |= {one.entity_id for link in linked.parties for one in link.candidates}
    labels = {one: label for one in ids if one and (label := _PARTY_LABELS.get(one.partition("_")[0]))}
    seen = sorted(allowed_of(app, context, labels))
    return views(app, context, ((labels[one], one) for one in seen))


def _option(code: str, probability: float) -> Option | None:
    found = taxonomy().get(code)
    return Option(code, found.name, found.department, probability) if found else None


def _best(text: str, reading: Reading, path: _Path) -> FormPlace | None:
    """The place of the matter: the one whose words the reading has for it."""
    chosen = next(
        (
            place
            for place in reading.places
            if place.address == reading.place and text[place.start : place.end] == reading.place_text
        ),
        None,
    )
    if chosen is not None:
        return _place(text, chosen, path)
    if not path.views:
        return None
    deepest = path.views[0]
    shown = deepest.values.get("address") or deepest.values.get("name")
    return FormPlace("", 0, 0, str(shown) if shown else None, deepest.label.lower(), None, (), *path)


def _place(text: str, place: Place, path: _Path) -> FormPlace:
    address = place.address
    home = path.views[0] if path.exact and path.views[0].label not in PLACES else None
    full = str(home.values.get("address") or "") if home else ""
    return FormPlace(
        text=text[place.start : place.end],
        start=place.start,
        end=place.end,
        address=full or (address.text if address else None),
        level=address.level if address else None,
        relative=place.relative,
        problems=tuple(place.problems),
        path=path.views,
        exact=path.exact,
    )


def _party(index: int, party: Party, link: PartyLink | None, nodes: Mapping[str, View], *, clear: bool) -> FormParty:
    offered = tuple(
        PartyOption(nodes[one.entity_id], one.probability, one.reasons)
        for one in (link.candidates if link else ())
        if one.entity_id in nodes
    )
    node = nodes.get(link.entity_id or "") if link else None
    # Of whom the reader may not see anything he is not told that there is somebody.
    outcome = "linked" if node else "ambiguous" if offered else "new"
    phone = value_type("phone")
    return FormParty(
        index=index,
        role=graph_role(party.role) or party.role,
        kind=party.kind,
        surface=party.surface,
        name=party.name,
        phone=(party.phone if clear else phone.mask(party.phone)) if party.phone else None,
        certainty=party.certainty,
        mentions=tuple(Span("mention", start, end) for start, end in party.mentions),
        outcome=outcome,
        node=node,
        probability=link.probability if link and node else 0.0,
        candidates=offered,
    )


def _nodes(form: ComplaintForm) -> list[View]:
    paths = [view for place in (form.place, *form.places) if place for view in place.path]
    offered = [option.node for party in form.parties for option in party.candidates]
    linked = [party.node for party in form.parties if party.node]
    callers = [*([form.caller] if form.caller else []), *form.caller_candidates]
    return [*callers, *paths, *linked, *offered]
