"""What an object can be found by: the values of it that may rest in clear, and the terms made of them.

Only values of level 公开 and 备用 come in here. A value that rests sealed (every citizen id and phone, the name of a
child) is left out together with its mask: masks say something, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from core.values import InvalidValue, OrganizationName, PersonName, StandardAddress
from core.values.person_name import toneless
from core.values.text import fold, simplify
from graph.search.similar import near_sound

VERSION: Final = "search-1"
"""Raised when the same objects come to other entries or terms: an index of another version is made anew."""

_UNTYPED: Final = re.compile(r"[\W_]+")
_SUFFIX_LENGTH: Final = 8  # longer words are compared with the whole text afterwards
_PLACE_ENDS: Final = re.compile(r"(?<=..)(?:街道|社区|小区|(?<![新小花])村)$")
_REGISTERED: Final = ("Person", "Household", "Dwelling", "Organization", "Event")
PLACES: Final = ("Building", "Compound", "Community", "Grid", "Street")
LABELS: Final = (*_REGISTERED, *PLACES)

SOURCES: Final[tuple[tuple[str, str], ...]] = (
    ("Person", "name"),
    ("Person", "former_name"),
    ("Household", "household_no"),
    ("Dwelling", "address"),
    ("Dwelling", "property_no"),
    ("Organization", "name"),
    ("Organization", "uscc"),
    ("Event", "record_key"),
    *((label, "name") for label in ("Building", "Compound", "Community", "Street")),
    *((label, "code") for label in ("Community", "Grid", "Street")),
)
"""Where a value comes from; its position in this table is what the index stores."""


class Entry(NamedTuple):
    """One value of an object, in the spelling that finds it whole or from its beginning."""

    label: str
    field: str
    text: str


def entries(label: str, props: Mapping[str, Any]) -> list[Entry]:
    """Everything that a node can be found by; empty for labels that nobody looks for.

    Of an event, `props` is that of the record that it came from: only there its number stands.
    """
    read = _READERS.get(label)
    if read is None:
        return []
    return [Entry(label, field, text) for field, text in read(props) if text and (label, field) in SOURCES]


def terms(entry: Entry) -> tuple[str, ...]:
    """What finds an entry beside its text. It follows from the entry alone, so that an entry can be taken out again."""
    made = _TERMS.get((entry.label, entry.field))
    return tuple(dict.fromkeys(made(entry.text))) if made else ()


# --- spellings -----------------------------------------------------------------------------------------------


def number(text: str) -> str:
    """Letters and digits of a number or code, in capitals: what two spellings of one have in common."""
    return _UNTYPED.sub("", fold(text)).upper()


def event_number(feed: str, key: str) -> str:
    """The text of an event's number: the number first, so that it is found with or without the feed."""
    return f"{number(key)}/{feed}"


def plain(text: str) -> str:
    """A name without blanks, dots and brackets, simplified, in capitals."""
    return _UNTYPED.sub("", simplify(fold(text))).upper()


def place_stem(text: str) -> str:
    """The name of a place without the word for its kind: 枫桥新村小区 and 枫桥新村 are one."""
    return _PLACE_ENDS.sub("", plain(text))


def organization_key(text: str) -> str:
    """Equal for the usual spellings of an organization's name. Raises `InvalidValue`."""
    return plain(OrganizationName.parse(plain(text)).key)


def joined_pinyin(text: str) -> str:
    """The toneless pinyin of any words, ü written v; letters and digits stay."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text, style=Style.NORMAL)).lower()


def door_keys(address: StandardAddress) -> list[str]:
    """What stands before the number of a building in the terms of doors: the compound's name, road and number."""
    by_road = f"{address.road}{address.road_no}" if address.road and address.road_no else ""
    return [key for key in dict.fromkeys((address.compound_key, by_road)) if key]


def suffix_head(word: str) -> str:
    """What of a word can be looked up among endings: they are cut to a length that is enough to find them."""
    return word[:_SUFFIX_LENGTH]


def _endings(text: str, start: int = 1, shortest: int = 1) -> Iterator[str]:
    for place in range(start, len(text) - shortest + 1):
        yield suffix_head(text[place:])


# --- from a node to its values -------------------------------------------------------------------------------


def _person(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ("name", "former_name"):
        text = props.get(field)
        if text and f"{field}_sealed" not in props and (name := _name(text)) and name.key:
            yield field, name.text


def _household(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "household_no", number(props.get("household_no") or "")


def _dwelling(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if address := _address(props.get("address") or ""):
        yield "address", address.text
    yield "property_no", number(props.get("property_no") or "")


def _organization(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "name", plain(props.get("name") or "")
    yield "uscc", number(props.get("uscc") or "")


def _event(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if key := props.get("record_key"):
        yield "record_key", event_number(props.get("feed") or "", key)


def _place(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The key stands behind the name, for it begins with the code of a division, and two places may share a name."""
    if name := plain(props.get("name") or ""):
        yield "name", f"{name}@{props.get('key') or ''}"
    yield "code", number(props.get("code") or "")


_READERS: Final[dict[str, Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]]] = {
    "Person": _person,
    "Household": _household,
    "Dwelling": _dwelling,
    "Organization": _organization,
    "Event": _event,
    **dict.fromkeys(PLACES, _place),
}


# --- from a value to its terms -------------------------------------------------------------------------------


def _of_person_name(text: str) -> Iterator[str]:
    name = _name(text)
    if name is None:
        return
    syllables = toneless(name.pinyin_toned).split()
    yield from (f"py:{reading}" for reading in name.pinyin)
    if name.surname and len(syllables) > len(name.surname):
        yield "pg:" + "".join(syllables[len(name.surname) :])
    if name.initials:
        yield f"pi:{name.initials}"
        yield f"pn:{near_sound(name.pinyin_toned)}"
    if name.key != name.text:
        yield f"pk:{name.key}"
    yield from (f"ps:{ending}" for ending in _endings(name.key))


def _of_organization_name(text: str) -> Iterator[str]:
    try:
        yield f"ok:{organization_key(text)}"
    except InvalidValue:
        yield f"ok:{text}"
    yield from (f"os:{ending}" for ending in _endings(text, 1, 2))


def _of_address(text: str) -> Iterator[str]:
    address = _address(text)
    door = address.dwelling_key.partition("|")[2] if address else ""
    if address and door:
        yield from (f"dk:{key}|{door}" for key in door_keys(address))


def _of_place(text: str) -> Iterator[str]:
    name, _, key = text.partition("@")
    stem = place_stem(name)
    compound = key.partition("|")[2]
    yield from (f"lk:{one}" for one in (name, stem, compound) if one)
    yield from (f"ls:{ending}" for ending in _endings(name, 0, 2))
    if sound := joined_pinyin(stem):
        yield f"ly:{sound}"


def _of_building(text: str) -> Iterator[str]:
    yield "lb:" + text.partition("@")[2].partition("|")[2]


_TERMS: Final[dict[tuple[str, str], Callable[[str], Iterator[str]]]] = {
    ("Person", "name"): _of_person_name,
    ("Person", "former_name"): _of_person_name,
    ("Organization", "name"): _of_organization_name,
    ("Dwelling", "address"): _of_address,
    **{(label, "name"): _of_place for label in ("Street", "Community", "Compound")},
    ("Building", "name"): _of_building,
}


def _name(text: str) -> PersonName | None:
    try:
        return PersonName.parse(text)
    except InvalidValue:
        return None


def _address(text: str) -> StandardAddress | None:
    try:
        return StandardAddress.parse(text)
    except InvalidValue:
        return None
