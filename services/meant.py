"""Who may be meant by the parties of a batch of texts: candidates from the graph, each with its probability.

They are listed by a few statements for a whole batch (`graph.reads.surroundings`): owners of a phone, bearers of a full
name, people of the buildings that the text and the caller's home lie in, those of a named door. How probable each of
them is says `resolution.mentions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from core.errors import GraphNotProjected
from core.sealing import Vault
from core.values import InvalidValue, OrganizationName, PersonName, value_type
from graph.reads import surroundings
from graph.reads.surroundings import Person, Spot
from graph.search import store as search_store
from graph.search.lookups import count_beginning
from nlp.clues import Clue
from nlp.reading import Reading
from resolution.mentions import TIERS, Known, Model, Scope, Tier, Words, posterior, shipped
from services.app import App
from services.indexing import search_folder
from services.place_finding import places_meant

Outcome = Literal["linked", "ambiguous", "new"]
MOST_CANDIDATES: Final = 5
_SHOWN: Final = 0.01  # a candidate less probable is noise
_PER_DOOR: Final = 2.6  # people, for the size of a building of which only the doors are counted
_REASONS: Final[Mapping[Tier, str]] = {
    "door": "住在所说的这一户",
    "unit": "住在同一单元",
    "building": "住在同一栋楼",
    "compound": "住在同一小区",
    "town": "在本辖区",
}
_SURE: Final = 0.99
_MANY: Final = 100_000_000
_AT_LARGE: Final = 10_000  # people among whom somebody of a given full name is looked for at least


@dataclass(frozen=True, slots=True)
class Caller:
    """Who complains, as far as it is known; `home` is the id of the dwelling."""

    entity_id: str | None = None
    name: str | None = None
    phone: str | None = None
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that a mention may mean; `reasons` say in Chinese what speaks for it, `probability` is 0 to 1."""

    entity_id: str
    label: str
    probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartyLink:
    """What became of the party at `index` of a reading; candidates are the most probable first."""

    index: int
    outcome: Outcome
    entity_id: str | None
    probability: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A party of a text, as far as linking needs it; `phone` is the blind index of one."""

    index: int
    kind: str
    role: str
    name: str | None
    org: str | None
    phone: str | None
    clue: Clue | None


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """The parties of one text with what is known around it: (label, id) of its places, the caller, his dwellings."""

    parties: tuple[Mentioned, ...]
    day: date
    places: tuple[tuple[str, str], ...] = ()
    caller: Caller = Caller()
    homes: tuple[str, ...] = ()


def mentioned(reading: Reading, vault: Vault) -> tuple[Mentioned, ...]:
    """The parties of a reading."""
    return tuple(
        Mentioned(
            index,
            party.kind,
            party.role,
            party.name,
            party.org,
            phone_index(vault, party.phone) if party.phone else None,
            clue,
        )
        for index, (party, clue) in enumerate(zip(reading.parties, reading.clues, strict=True))
    )


def phone_index(vault: Vault, phone: str) -> str | None:
    """The blind index of a phone; None for one that is masked or a mere placeholder."""
    kind = value_type("phone")
    key = kind.key(phone)
    return vault.blind_index(key, value_type=kind.name) if key else None


def link_tellings(app: App, tellings: Sequence[Telling]) -> list[list[PartyLink]]:
    """Link the parties of each text, all by the same few statements; one list of links for each text."""
    around = _Around(app, tellings)
    return [list(around.links(telling)) for telling in tellings]


class _Around:
    """What the graph knows around a batch of texts, asked for all of them at once."""

    def __init__(self, app: App, tellings: Sequence[Telling]) -> None:
        self._app = app
        self._model: Model = shipped()
        parties = [party for one in tellings for party in one.parties]
        sought = [party for one in tellings for party in _sought(one)]
        clues = [party.clue for party in sought if party.clue]
        addresses = {clue.door for clue in clues if clue.door}
        self._doors = {
            address: frozenset(one.id for one in places_meant(app, address) if one.label == "Dwelling")
            for address in addresses
        }
        doors = frozenset[str]().union(*self._doors.values())
        store = app.store
        placed = [one for one in tellings if any(_sought(one))]
        places = {place for one in placed for place in one.places}
        places |= {("Dwelling", home) for one in placed for home in one.homes}
        places |= {("Dwelling", door) for door in doors}
        self._spots = surroundings.spots(store, places)
        self._residents = surroundings.residents(store, self._wanted(tellings))
        self._at_doors = surroundings.at_doors(store, doors)
        self._bearers = surroundings.bearers(store, {name_key(clue.name) for clue in clues if clue.name})
        self._owners = surroundings.phone_owners(store, {party.phone for party in sought if party.phone})
        names = {key for party in parties if (key := _organization_key(party))}
        self._organizations = surroundings.organizations(store, names)
        self._population, self._shares = _shares(app, {clue.surname for clue in clues if clue.surname})

    def _wanted(self, tellings: Sequence[Telling]) -> dict[str, set[str]]:
        """The buildings that matter, to know their size, and the surnames that are looked for in each."""
        wanted: dict[str, set[str]] = {}
        for telling in tellings:
            for clue in (party.clue for party in _sought(telling) if party.clue):
                for anchor in self._anchors(telling, clue):
                    if anchor.building:
                        wanted.setdefault(anchor.building, set()).update({clue.surname} if clue.surname else ())
        return wanted

    def _doors_of(self, clue: Clue) -> frozenset[str]:
        return self._doors.get(clue.door, frozenset()) if clue.door else frozenset()

    def _anchors(self, telling: Telling, clue: Clue) -> list[Spot]:
        """Where the meant person is to be looked for: the named doors, the places of the matter, the caller's home."""
        if clue.elsewhere:
            return []
        places = [*sorted(self._doors_of(clue)), *(place for _, place in telling.places), *telling.homes]
        return [self._spots[place] for place in places if place in self._spots]

    def links(self, telling: Telling) -> Iterator[PartyLink]:
        for party in telling.parties:
            if party.kind == "organization":
                yield self._organization(party)
            elif _is_caller(party, telling.caller):
                candidate = Candidate(telling.caller.entity_id or "", "Person", _SURE, ("来电人本人",))
                yield PartyLink(party.index, "linked", candidate.entity_id, _SURE, (candidate,))
            elif party in _sought(telling):
                yield self._person(party, telling)

    def _organization(self, party: Mentioned) -> PartyLink:
        found = self._organizations.get(_organization_key(party) or "", [])
        share = _SURE / max(len(found), 1)
        candidates = tuple(
            Candidate(node_id, "Organization", share, ("名称一致",)) for node_id, _ in found[:MOST_CANDIDATES]
        )
        if len(found) == 1:
            return PartyLink(party.index, "linked", found[0][0], share, candidates)
        return PartyLink(party.index, "ambiguous" if found else "new", None, share if found else 0.0, candidates)

    def _person(self, party: Mentioned, telling: Telling) -> PartyLink:
        clue = party.clue or Clue(party.name)
        if by_phone := self._by_phone(party, clue):
            return by_phone
        doors = self._doors_of(clue)
        anchors = self._anchors(telling, clue)
        nearest = _nearest(doors, anchors)
        people = [one for one in self._listed(clue, doors, anchors) if one.id != telling.caller.entity_id]
        known = {one.id: self._known(one, clue, doors, anchors, telling.day) for one in reversed(people)}
        for one in people:  # somebody with several homes is as near as the nearest of them
            other = self._known(one, clue, doors, anchors, telling.day)
            if TIERS.index(other.tier) < TIERS.index(known[one.id].tier):
                known[one.id] = other
        scope = self._scope(clue, nearest, len(doors), anchors, telling.day.year)
        words = Words(clue.name, clue.surname, clue.sex, clue.least_age, clue.most_age)
        shares = posterior(words, list(known.values()), scope, self._model)
        return self._outcome(party.index, clue, known, shares)

    def _by_phone(self, party: Mentioned, clue: Clue) -> PartyLink | None:
        owners = self._owners.get(party.phone or "", [])
        fitting = [one for one in owners if _fits(one[1], clue)]
        if not fitting:
            return None
        share = _SURE / len(fitting)
        reasons = ("电话一致", "姓名一致") if clue.surname else ("电话一致",)
        candidates = tuple(Candidate(one, "Person", share, reasons) for one, _ in fitting[:MOST_CANDIDATES])
        alone = len(owners) == 1 and bool(clue.surname)
        return PartyLink(
            party.index, "linked" if alone else "ambiguous", fitting[0][0] if alone else None, share, candidates
        )

    def _listed(self, clue: Clue, doors: frozenset[str], anchors: Sequence[Spot]) -> Iterator[Person]:
        if clue.name:
            yield from self._bearers.get(name_key(clue.name), [])
        for door in sorted(doors):
            yield from (one for one in self._at_doors.get(door, []) if _fits(one.name, clue))
        if clue.surname:
            for building in {spot.building for spot in anchors if spot.building}:
                yield from (one for one in self._residents[building].people if _fits(one.name, clue, one.pinyin))

    def _known(self, one: Person, clue: Clue, doors: frozenset[str], anchors: Sequence[Spot], day: date) -> Known:
        return Known(
            one.id,
            _tier(one.spot, doors, anchors),
            one.sex,
            one.birth_year,
            sounds_alike=bool(clue.name) and name_key(one.name) != name_key(clue.name or ""),
            left=one.until is not None and one.until <= day,
        )

    def _scope(self, clue: Clue, nearest: Tier, doors_meant: int, anchors: Sequence[Spot], year: int) -> Scope:
        here = [self._residents[spot.building] for spot in anchors if spot.building in self._residents]
        doors = max((one.doors for one in here), default=0)
        unit = max((one.doors / one.units for one in here), default=0.0)
        sizes: dict[Tier, float] = {
            "door": _PER_DOOR * doors_meant,
            "unit": unit * _PER_DOOR,
            "building": doors * _PER_DOOR,
            "compound": self._model.compound_size,
            "town": float(max(self._population, _AT_LARGE)),
        }
        if clue.name:
            bearers = len({one.id for one in self._bearers.get(name_key(clue.name), [])})
            return Scope(nearest, sizes, frozenset(TIERS), (bearers + 0.2) / max(self._population, _AT_LARGE), year)
        listed: frozenset[Tier] = frozenset({"door", "unit", "building"} if here else {"door"})
        share = self._shares.get(clue.surname or "", 0.0) if clue.surname else 1.0
        return Scope(nearest, sizes, listed, max(share, 1e-4), year)

    def _outcome(self, index: int, clue: Clue, known: Mapping[str, Known], shares: Mapping[str, float]) -> PartyLink:
        ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
        candidates = tuple(
            Candidate(entity_id, "Person", round(share, 4), _reasons(clue, known[entity_id]))
            for entity_id, share in ranked[:MOST_CANDIDATES]
            if share >= _SHOWN
        )
        if not candidates:
            return PartyLink(index, "new", None, 0.0, ())
        best = candidates[0]
        here = not known[best.entity_id].left  # who has moved away may be meant, but a person says so
        sure = best.probability >= self._model.linked and bool(clue.surname) and here
        return PartyLink(
            index, "linked" if sure else "ambiguous", best.entity_id if sure else None, best.probability, candidates
        )


def _shares(app: App, surnames: set[str]) -> tuple[int, dict[str, float]]:
    """How many names of people there are, and the share of each surname among them."""
    if not surnames:
        return 1, {}
    try:
        with search_store.reading(search_folder(app)) as file:
            counts = {one: count_beginning(file, "Person", "name", one, _MANY) for one in ("", *surnames)}
    except GraphNotProjected:
        return 1, {}
    population = max(counts.pop(""), 1)
    # A small register tells little of how common a surname is at large: one in fifty, until it knows better.
    return population, {surname: (count + 1) / (population + 50) for surname, count in counts.items()}


def _nearest(doors: frozenset[str], anchors: Sequence[Spot]) -> Tier:
    if doors:
        return "door"
    if any(spot.building and spot.unit for spot in anchors):
        return "unit"
    if any(spot.building for spot in anchors):
        return "building"
    return "compound" if any(spot.compound for spot in anchors) else "town"


def _tier(spot: Spot, doors: frozenset[str], anchors: Sequence[Spot]) -> Tier:
    if spot.dwelling in doors:
        return "door"
    if any(spot.building and spot.building == a.building and spot.unit and spot.unit == a.unit for a in anchors):
        return "unit"
    if any(spot.building and spot.building == anchor.building for anchor in anchors):
        return "building"
    return "compound" if any(spot.compound and spot.compound == a.compound for a in anchors) else "town"


def _fits(name: str, clue: Clue, pinyin: Sequence[str] = ()) -> bool:
    """Whether somebody of this name may be meant: the same name or, where `pinyin` is given, the same sound."""
    if clue.name:
        same = name_key(name) == name_key(clue.name)
        return same or bool(pinyin and not set(pinyin).isdisjoint(PersonName.parse(clue.name).pinyin))
    return clue.surname is None or name.startswith(clue.surname)


def _reasons(clue: Clue, known: Known) -> tuple[str, ...]:
    told = [_REASONS[known.tier]]
    if clue.name:
        told.insert(0, "姓名同音" if known.sounds_alike else "姓名一致")
    elif clue.surname:
        told.insert(0, f"姓{clue.surname}")
    if clue.sex and known.sex in ("1", "2"):
        told.append("性别相符" if clue.sex == known.sex else "性别不符")
    return (*told, "已搬走") if known.left else tuple(told)


def _sought(telling: Telling) -> list[Mentioned]:
    """The people of a text who are to be looked for: all of whom it tells something, but for the caller himself."""
    people = (party for party in telling.parties if party.kind == "person" and (party.phone or party.clue))
    return [party for party in people if not _is_caller(party, telling.caller)]


def _is_caller(party: Mentioned, caller: Caller) -> bool:
    if party.kind != "person" or party.role != "complainant" or not caller.entity_id:
        return False
    named = bool(party.name and caller.name)
    return not named or name_key(party.name or "") == name_key(caller.name or "")


def name_key(name: str) -> str:
    try:
        return PersonName.parse(name).text
    except InvalidValue:
        return ""


def _organization_key(party: Mentioned) -> str | None:
    name = party.org or party.name
    if party.kind != "organization" or not name:
        return None
    try:
        return OrganizationName.parse(name).key or None
    except InvalidValue:
        return None
