"""A form as a person confirmed it, held against what the reader had filled in: what work it left, what it got wrong.

What was confirmed counts from then on: `as_confirmed` keeps the reader, also a later one, from saying otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson
import polars as pl

from core.values import InvalidValue, StandardAddress
from nlp.reading import Reading
from nlp.tables import taxonomy
from services.complaint_form import AGENCY, ComplaintForm, FormParty

SEPARATOR: Final = ","
_LEVELS: Final = (
    "province", "city", "county", "street", "community", "road", "road_no", "building", "unit", "floor", "room", "rest",
)  # fmt: skip
PARTY: Final = "party"
GROUP: Final = "group"
PARTIES: Final = "parties"


def confirmed_fields(props: str | None) -> frozenset[str]:
    """Which fields of an event a person has confirmed, by its props (JSON)."""
    said = orjson.loads(props).get("confirmed") if props and "confirmed" in props else None
    return frozenset(str(said).split(SEPARATOR)) if said else frozenset()


class Outcome(StrEnum):
    """What a person did with a field; typed: nothing was suggested, and it was written by hand."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    TYPED = "typed"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class ToldParty:
    """A party as a person says it is: an entity by `id`, or somebody by name and phone. `index`: of which party that
    the reader found; None for one whom he did not.
    """

    role: str
    kind: str
    id: str | None = None
    name: str | None = None
    phone: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The fields that a person looked at; None for those that he did not. `category` is a code, `place` an address."""

    category: str | None = None
    place: str | None = None
    place_id: str | None = None
    time: datetime | None = None
    urgency: str | None = None
    department: str | None = None
    parties: tuple[ToldParty, ...] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of what was confirmed, as an event keeps them."""
        looked = {
            "category": self.category,
            "place": self.place or self.place_id,
            "time": self.time,
            "urgency": self.urgency,
            "department": self.department,
            PARTIES: self.parties,
        }
        return tuple(name for name, value in looked.items() if value is not None)


class Weighed(NamedTuple):
    """`number` tells the parties apart, 0 for other fields."""

    field: str
    number: int
    outcome: Outcome


class Correction(NamedTuple):
    """What the reader said of a field, and what the person did: codes, addresses, ids and offsets, as JSON values."""

    field: str
    read: Any
    told: Any


# --- how much work it was ------------------------------------------------------------------------------------


def weigh(form: ComplaintForm, told: Told) -> list[Weighed]:
    """Each field of the form, each party for itself."""
    return [
        Weighed("category", 0, _chosen(told.category, _code(form), {one.code for one in form.categories})),
        Weighed(
            "place", 0, _outcome(told.place or told.place_id, suggested=_places(form), same=_same_place(form, told))
        ),
        Weighed("time", 0, _outcome(told.time, suggested=form.time, same=_minute(told.time) == _minute(form.time))),
        Weighed("urgency", 0, _chosen(told.urgency, form.urgency.level, set())),
        Weighed("department", 0, _chosen(told.department, _department(form, told), set())),
        *_parties(form, told),
    ]


def _outcome(told: object, *, suggested: object, same: bool) -> Outcome:
    if told is None:
        return Outcome.UNTOUCHED
    if not suggested:
        return Outcome.TYPED
    return Outcome.CONFIRMED if same else Outcome.CORRECTED


def _chosen(told: str | None, suggested: str | None, offered: set[str]) -> Outcome:
    """What was picked from what the form offered was not typed."""
    if suggested is None and told in offered:
        return Outcome.CONFIRMED
    return _outcome(told, suggested=suggested, same=told == suggested)


def _code(form: ComplaintForm) -> str | None:
    return form.category.code if form.category else None


def _department(form: ComplaintForm, told: Told) -> str | None:
    """That of the category which the person chose: another category brings another department by itself."""
    return taxonomy()[told.category].department if told.category else form.department


def _places(form: ComplaintForm) -> tuple[str, ...]:
    place = form.place
    return tuple(filter(None, (place.node.id if place.node else None, place.address or place.text))) if place else ()


def _same_place(form: ComplaintForm, told: Told) -> bool:
    place = form.place
    if place is None:
        return False
    if told.place_id is not None:
        return place.node is not None and place.node.id == told.place_id
    said, read = _address(told.place), _address(place.address or place.text)
    if said is None or read is None:
        return (told.place or "").strip() in {place.address, place.text}
    return said.text == read.text or _shorter(said, read)


def _address(text: str | None) -> StandardAddress | None:
    try:
        return StandardAddress.parse(text or "")
    except InvalidValue:
        return None


def _shorter(said: StandardAddress, read: StandardAddress) -> bool:
    """Whether both mean one place and `said` leaves out only what it lies in: 翠湖庭2栋 of a street and a community."""
    if said.level is None or said.level != read.level or said.compound_key != read.compound_key:
        return False
    return all(getattr(said, name) in {None, getattr(read, name)} for name in _LEVELS)


def _minute(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else ""


def _parties(form: ComplaintForm, told: Told) -> Iterator[Weighed]:
    """Agencies are no parties of an event, and who has no name and was left out was not wrong."""
    suggested = {party.index: party for party in form.parties if party.role != AGENCY}
    if told.parties is None:
        yield from (Weighed(PARTY, index, Outcome.UNTOUCHED) for index in suggested)
        return
    beyond = len(form.parties)
    left = dict(suggested)
    for one in told.parties:
        party = left.pop(one.index, None) if one.index is not None else None
        if party is None:
            yield Weighed(PARTY, beyond, Outcome.TYPED)
            beyond += 1
        else:
            right = one.role == party.role and party.kind in {one.kind, GROUP} and _same_party(one, party)
            yield Weighed(PARTY, party.index, Outcome.CONFIRMED if right else Outcome.CORRECTED)
    for index, party in left.items():
        yield Weighed(PARTY, index, Outcome.CORRECTED if party.name else Outcome.UNTOUCHED)


def _same_party(told: ToldParty, party: FormParty) -> bool:
    if told.id is not None:
        offered = {option.node.id for option in party.candidates}
        return told.id == party.node.id if party.node else told.id in offered
    return party.node is None and (told.name or None) in {None, party.name}


# --- what it got wrong ---------------------------------------------------------------------------------------


def corrections(text: str, form: ComplaintForm, told: Told, weighed: Sequence[Weighed]) -> list[Correction]:
    """What differs between form and person: category, place, and the names in the text."""
    found: list[Correction] = []
    guessed = _code(form) or (form.categories[0].code if form.categories else None)
    if told.category and told.category != guessed:
        found.append(Correction("category", guessed, told.category))
    outcomes = {(one.field, one.number): one.outcome for one in weighed}
    if outcomes["place", 0] in {Outcome.CORRECTED, Outcome.TYPED}:
        read = form.place
        here = [read.start, read.end] if read and read.text else None
        said = {"address": read.address, "id": read.node.id if read.node else None, "span": here} if read else None
        spans = _found(text, told.place)
        found.append(
            Correction("place", said, {"address": told.place, "id": told.place_id, "span": spans[0] if spans else None})
        )
    differs = {Outcome.CORRECTED, Outcome.TYPED}
    if told.parties is not None and any(one.field == PARTY and one.outcome in differs for one in weighed):
        before = [_as_read(text, party) for party in form.parties if party.role != AGENCY]
        found.append(Correction("parties", before, [_as_told(text, one, form.parties) for one in told.parties]))
    return found


def _as_read(text: str, party: FormParty) -> dict[str, Any]:
    entity = party.node.id if party.node else None
    return {"role": party.role, "kind": party.kind, "id": entity, "spans": _found(text, party.name)}


def _as_told(text: str, told: ToldParty, parties: Sequence[FormParty]) -> dict[str, Any]:
    """The name that the text has for whom a person chose by id is the one that the reader found."""
    known = parties[told.index].name if told.index is not None and told.index < len(parties) else None
    return {"role": told.role, "kind": told.kind, "id": told.id, "spans": _found(text, told.name or known)}


def _found(text: str, words: str | None) -> list[tuple[int, int]]:
    """Every place of the text where the words stand."""
    spans: list[tuple[int, int]] = []
    start = text.find(words) if words else -1
    while words and start >= 0:
        spans.append((start, start + len(words)))
        start = text.find(words, start + len(words))
    return spans


# --- it stays so ---------------------------------------------------------------------------------------------


def as_confirmed(events: pl.DataFrame, readings: Sequence[Reading]) -> list[Reading]:
    """The readings of events (`event_id`, `address`, `category`, `props`) as far as no person has said what is so.

    Where somebody has said who the parties are, nobody is read or guessed into the matter any more.
    """
    codes = {one.name: code for code, one in taxonomy().items()}
    settled: dict[str, Mapping[str, Any]] = {
        row["event_id"]: row
        for row in events.select("event_id", "address", "category", "props").iter_rows(named=True)
        if "confirmed" in (row["props"] or "")
    }
    return [_settled(one, settled[one.event_id], codes) if one.event_id in settled else one for one in readings]


def _settled(reading: Reading, event: Mapping[str, Any], codes: Mapping[str, str]) -> Reading:
    fields = confirmed_fields(event["props"])
    if "category" in fields and (code := codes.get(event["category"] or "")):
        reading = replace(reading, category=code, category_score=1.0)
    if "place" in fields and event["address"]:
        try:
            address = StandardAddress.parse(event["address"])
        except InvalidValue:
            address = None
        reading = replace(reading, place=address, place_text=event["address"], place_keys=())
    if PARTIES in fields:
        reading = replace(reading, parties=(), clues=())
    return reading
