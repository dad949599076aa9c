"""What is kept of a call to tell whether another one speaks of the same matter.

Names, numbers and doors go in as keyed tokens, so that an imprint can rest beside the lake's other tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Protocol

import ahocorasick
import numpy as np

from core.values import InvalidValue, StandardAddress, value_type
from nlp.components.normalize import plain
from nlp.layers import Party
from nlp.reading import Reading
from nlp.same.minhash import minhash, neutral
from nlp.tables import category_cues, followup_cues, surnames

_LIKELY: Final = 0.2
"""A category below this probability does not speak for a matter."""
_ROOM: Final = re.compile(r"(?<![0-9])[0-9]{3,4}(?![0-9年月日号元块])")
_CALLED: Final = re.compile(r"打过|打了|打的|来过|反映|投诉|举报|报过|致电|来电|受理|工单|登记")
_CALLED_BY: Final = re.compile(
    r"(?:姓|^老|^小|[上下的]老|[上下的]小)(?P<behind>[\u4e00-\u9fff])|"
    r"(?P<before>[\u4e00-\u9fff])(?:某|先生|女士|小姐|师傅|老师|阿姨|大妈|大爷|大娘|大伯|奶奶|爷爷|老板|[姐哥叔嫂总])"
)
_NEAR: Final = 10  # characters around a date in which the word for the call stands
_SIGNS: Final = re.compile(r"[^0-9A-Za-z]+")


class Tokens(Protocol):
    """The vault, as far as an imprint needs it (`core.sealing.Vault`)."""

    def token(self, *parts: str) -> str: ...

    def blind_index(self, key: str, *, value_type: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Imprint:
    """Tokens, most telling first.

    spots, buildings, doors: the places of the text, each from its deepest known level up. categories: codes. subjects:
    whom it is about (organizations, names). surnames: of persons whom it is about. rooms: doors that stand for their
    people. people: blind indexes of phones and names in the text. number: the call's own work-order number; numbers,
    days: those of earlier calls that it cites. again: its urgency where it is no normal one, then the kinds of words
    that speak of an earlier call. words: which words of nlp/data/category_cues.csv it has outside the names of places
    and organizations. wording: the MinHash, empty for a short text.
    """

    event_id: str
    spots: tuple[str, ...] = ()
    buildings: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    surnames: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    wording: bytes = b""


def imprint(reading: Reading, text: str, tokens: Tokens, *, number: str = "") -> Imprint:
    """The imprint of a text that was read; `number` is its own key at its source (a work-order number)."""
    words = plain(text)
    addresses = [place.address for place in reading.places if place.address is not None]
    others = [party for party in reading.parties if party.role not in ("complainant", "agency")]
    hashes = minhash(neutral(words, _named(reading)), bytes.fromhex(tokens.token("same", "wording")))
    return Imprint(
        event_id=reading.event_id,
        spots=_hidden(tokens, "spot", (spot for address in addresses for spot in spots_of(address))),
        buildings=_hidden(tokens, "building", (address.building_key for address in addresses)),
        doors=_hidden(tokens, "door", (address.dwelling_key for address in addresses)),
        categories=_categories(reading),
        subjects=_hidden(tokens, "subject", (name for party in others for name in _names(party))),
        surnames=_hidden(tokens, "surname", (_surname(party) for party in others if party.kind == "person")),
        rooms=_hidden(tokens, "room", (room for party in others for room in _ROOM.findall(party.surface))),
        people=_unique(_people(reading, tokens)),
        number=_hidden(tokens, "number", (number_key(number),)),
        numbers=_hidden(tokens, "number", _cited(reading)),
        days=_unique(day.isoformat() for day in _call_days(reading, words)),
        again=_unique(("" if reading.urgency == "normal" else reading.urgency, *_again(words))),
        words=_unique(_told(reading, words)),
        wording=b"" if hashes is None else hashes.astype("<u4").tobytes(),
    )


def spots_of(address: StandardAddress) -> Iterator[str]:
    """By which names a place goes: its compound, and its road with the number."""
    if address.compound:
        yield address.compound_key
    if address.road and address.road_no:
        yield address.road + address.road_no
    elif address.road_no and address.community:
        yield address.community + address.road_no


def number_key(number: str) -> str:
    """A work-order number as it is compared: RX-20260309-00417 and RX20260309 00417 are one."""
    return _SIGNS.sub("", number).upper()


def wording(raw: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint32]] | None:
    return np.frombuffer(raw, dtype="<u4").astype(np.uint32) if raw else None


def _unique(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in found if one))


def _hidden(tokens: Tokens, kind: str, found: Iterable[str]) -> tuple[str, ...]:
    return tuple(tokens.token("same", kind, one) for one in _unique(found))


def _named(reading: Reading) -> Iterator[tuple[int, int]]:
    for party in reading.parties:
        yield from party.mentions
    for spans in (reading.places, reading.entities, reading.identifiers, reading.times):
        for span in spans:
            yield span.start, span.end


def _categories(reading: Reading) -> tuple[str, ...]:
    likely = (guess.code for guess in reading.categories if guess.probability >= _LIKELY)
    return _unique((reading.category or "", *likely))


def _names(party: Party) -> Iterator[str]:
    if party.org:
        yield f"org:{party.org}"
    elif party.kind == "organization" and len(party.surface) > 3:
        yield f"org:{party.surface}"
    elif party.name and party.kind == "person":
        yield f"name:{party.name}"


def _surname(party: Party) -> str:
    """沈 of 沈先生, 老沈, 姓沈的; empty where the words have none."""
    known = surnames()
    if party.name:
        return next((name for name in known if party.name.startswith(name)), "")
    match = _CALLED_BY.search(party.surface)
    found = (match["behind"] or match["before"]) if match else ""
    return found if found in known else ""


def _people(reading: Reading, tokens: Tokens) -> Iterator[str]:
    """As the records of callers have them, so that a caller is known who was spoken of before."""
    named = [("phone", found.text) for found in reading.identifiers if found.label == "phone"]
    for party in reading.parties:
        named += [("phone", party.phone)] if party.phone else []
        named += [("person_name", party.name)] if party.name and party.kind == "person" else []
    for kind, value in dict.fromkeys(named):
        try:
            parsed = value_type(kind).parse(value).text
        except InvalidValue:
            continue
        if key := value_type(kind).key(parsed):
            yield tokens.blind_index(key, value_type=kind)


def _cited(reading: Reading) -> Iterator[str]:
    for found in reading.identifiers:
        if found.label == "order_number":
            yield number_key(found.text)


def _call_days(reading: Reading, words: str) -> Iterator[date]:
    """Days on which the text says that a call was made."""
    for when in reading.times:
        if when.begin is None or when.until is None or when.until - when.begin > timedelta(days=1):
            continue
        if _CALLED.search(words[max(0, when.start - _NEAR // 2) : when.end + _NEAR]):
            yield when.begin.date()


def _told(reading: Reading, words: str) -> Iterator[str]:
    """Words that tell what is the matter: 物业 in 云顺达物业 is a part of a name, as is 花园 in 翠湖花园."""
    names = [(place.start, place.end) for place in reading.places]
    names += [(entity.start, entity.end) for entity in reading.entities]
    for party in reading.parties:
        names += party.mentions if party.kind == "organization" else ()
    for last, found in _topical().iter_long(words):
        start = last + 1 - len(found)
        if not any(begin <= start and last < end for begin, end in names):
            yield found


def _again(words: str) -> tuple[str, ...]:
    pattern, kinds = _cues()
    return _unique(kinds[match.lastgroup or ""] for match in pattern.finditer(words))


@lru_cache(maxsize=1)
def _topical() -> ahocorasick.Automaton:
    """Words of our own list alone, so that no piece of a text rests in an imprint."""
    automaton = ahocorasick.Automaton()
    for cue in category_cues():
        automaton.add_word(cue.text, cue.text)
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=1)
def _cues() -> tuple[re.Pattern[str], dict[str, str]]:
    rows = followup_cues()
    pattern = "|".join(f"(?P<c{place}>{row.pattern})" for place, row in enumerate(rows))
    return re.compile(pattern), {f"c{place}": row.kind for place, row in enumerate(rows)}
