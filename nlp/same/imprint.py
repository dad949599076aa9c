"""What is kept of a call to tell whether another one speaks of the same matter.

Names, numbers and doors go in as keyed tokens, so that an imprint can rest beside the lake's other tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Protocol

import ahocorasick
import numpy as np

from core.values import InvalidValue, OrganizationName, PersonName, StandardAddress, value_type
from nlp.components.normalize import plain
from nlp.layers import Party, Place, When
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
_LIVES: Final = re.compile(r"(?:住|家在|[我其]家|我们家|屋里|租)[^，。！？；：]{0,6}$")
_LIVING: Final = re.compile(r"(?:这里|里)?(?:的?(?:住户|业主|居民|租户|租客)|(?:已经)?住)")
_LONG: Final = 60  # characters of the bare wording that nobody but who copies has in common
_ODD: Final = 3  # digits that tell a sum: 2310, 1.42万, but not 500
_SHORTEST_NAME: Final = 3  # 物业 and 商家 name nobody
_SHOP: Final = re.compile(
    r"(?P<brand>[\u4e00-\u9fff]{2})(?:拉?面馆|牛肉面|小吃|烧烤|火锅|餐馆|餐厅|酒楼|酒吧|饭店|超市|便利店|水果店|理发店|药店|洗车|"
    r"棋牌室|麻将馆|网吧|健身|KTV|培训)"
)
_VAGUE: Final = re.compile(r"[的家个间下上里口面边家某些叫]$|小区|附近|隔壁|^[在是到去]")
SUBJECTS: Final = {
    "about": "subject",
    "plate": "plate",
    "person": "person",
    "family": "person",
    "brand": "brand",
    "flat": "door",
    "home": "door",
    "road": "road",
    "sum": "sum",
    "odd": "sum",
    "on": "on",
}
"""Kinds of subjects and as what each is hidden: equal tokens are equal things. about: organizations and names; plate;
person: a respondent as named, family: the surnames of those named in full; brand: of organizations and shops; flat:
doors without their unit; home: those of which a caller says that they live there; road; sum: in yuan, odd: those that
are no round ones; on: days on which something happened.
"""
_SIGNS: Final = re.compile(r"[^0-9A-Za-z]+")


class Tokens(Protocol):
    """The vault, as far as an imprint needs it (`core.sealing.Vault`)."""

    def token(self, *parts: str) -> str: ...

    def blind_index(self, key: str, *, value_type: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Imprint:
    """Tokens, most telling first.

    spots, buildings, doors: the places of the text, each from its deepest known level up. categories: codes. subjects:
    whom and what it is about, each behind its kind (`SUBJECTS`). surnames: of persons whom it is about. rooms: doors
    that stand for their people. people: blind indexes of phones and names in the text. number: the call's own
    work-order number; numbers: those of orders that it cites; days: those of earlier calls. again: its urgency where it
    is no normal one, `long` where it has many words, then the kinds of those that speak of an earlier call. words:
    which words of nlp/data/category_cues.csv it has outside the names of places and organizations. wording: the
    MinHash, empty for a short text.
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
    others = list(_others(reading))
    bare = neutral(words, _named(reading))
    hashes = minhash(bare, bytes.fromhex(tokens.token("same", "wording")))
    return Imprint(
        event_id=reading.event_id,
        spots=_hidden(tokens, "spot", (spot for address in addresses for spot in spots_of(address))),
        buildings=_hidden(tokens, "building", (address.building_key for address in addresses)),
        doors=_hidden(tokens, "door", (address.dwelling_key for address in addresses)),
        categories=_categories(reading),
        subjects=_subjects(reading, words, tokens),
        surnames=_hidden(tokens, "surname", (_surname(party) for party in others if party.kind == "person")),
        rooms=_hidden(tokens, "room", (room for party in others for room in _ROOM.findall(party.surface))),
        people=_unique(_people(reading, tokens)),
        number=_hidden(tokens, "number", (number_key(number),)),
        numbers=_hidden(tokens, "number", _cited(reading)),
        days=_unique(day.isoformat() for day in _call_days(reading, words)),
        again=_unique(
            (
                "" if reading.urgency == "normal" else reading.urgency,
                "long" if len(bare) >= _LONG else "",
                *_again(words),
            )
        ),
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


def _others(reading: Reading) -> Iterator[Party]:
    return (party for party in reading.parties if party.role not in ("complainant", "agency"))


def _subjects(reading: Reading, words: str, tokens: Tokens) -> tuple[str, ...]:
    others = list(_others(reading))
    accused = [party for party in others if party.kind == "person" and party.role == "respondent"]
    sums = [f"{found.value:.0f}" for found in reading.amounts if found.unit == "CNY"]
    told: dict[str, Iterable[str]] = {
        "about": (name for party in others for name in _names(party)),
        "plate": (found.text for found in reading.identifiers if found.label == "plate"),
        "person": (form for party in accused for form in _forms(party)),
        "family": (_surname(party) for party in accused if party.name),
        "brand": _brands(others, words),
        "flat": (_flat(place.address) for place in reading.places if place.address is not None),
        "home": (place.address.dwelling_key for place in reading.places if place.address and _is_home(place, words)),
        "road": (place.address.road or "" for place in reading.places if place.address),
        "sum": sums,
        "odd": (one for one in sums if len(one.strip("0")) >= _ODD),
        "on": (when.begin.date().isoformat() for when in reading.times if when.begin and _is_day(when)),
    }
    return _unique(f"{kind}:{one}" for kind, hidden in SUBJECTS.items() for one in _hidden(tokens, hidden, told[kind]))


def _forms(party: Party) -> Iterator[str]:
    """The surname of 张某; of a full name its sound and what is left with any one character of three wrong."""
    if not party.name:
        yield _surname(party)
        return
    try:
        name = PersonName.parse(party.name)
    except InvalidValue:
        return
    yield name.key
    yield from name.pinyin
    if len(name.given) > 1:
        yield from (f"{name.surname}{name.given[:at]}?{name.given[at + 1 :]}" for at in range(len(name.given)))


def _brands(others: Iterable[Party], words: str) -> Iterator[str]:
    """华辰 of 澜江市华辰物业管理有限公司, 老周 of 老周面馆."""
    for party in others:
        if party.kind == "organization" and (party.name or len(party.surface) > _SHORTEST_NAME):
            try:
                name = OrganizationName.parse(party.name or party.surface)
            except InvalidValue:
                continue
            if (name.trade or name.form) and not _VAGUE.search(name.trade_name):
                yield name.trade_name if len(name.trade_name) > 1 else ""
    yield from (shop["brand"] for shop in _SHOP.finditer(words) if not _VAGUE.search(shop["brand"]))


def _is_home(place: Place, words: str) -> bool:
    """Whether the caller tells that they live there."""
    before, behind = words[max(0, place.start - _NEAR) : place.start], words[place.end : place.end + _NEAR]
    return not place.relative and bool(_LIVES.search(before) or _LIVING.match(behind))


def _is_day(when: When) -> bool:
    """Whether a day is meant on which something happened."""
    if when.begin is None or when.until is None or when.kind not in ("moment", "day", "span"):
        return False
    return when.until - when.begin <= timedelta(days=1)


def _flat(address: StandardAddress) -> str:
    """The door without its unit, which is often left out; empty where none is given."""
    return replace(address, unit=None).dwelling_key if address.unit else ""


def _names(party: Party) -> Iterator[str]:
    if party.org:
        yield f"org:{party.org}"
    elif party.kind == "organization" and len(party.surface) > _SHORTEST_NAME:
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
