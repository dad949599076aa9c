"""Places and doors: by name, by a part of it, or by an address in any spelling."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from core.values import StandardAddress
from graph.search.asked import Asked
from graph.search.lookups import Match, Row, behind, by_entries, by_term_beginning, by_terms, spelt
from graph.search.reasons import Reason
from graph.search.similar import misread
from graph.search.terms import door_keys, joined_pinyin, place_stem, suffix_head

_MOST: Final = 200
_MOST_DOORS: Final = 3_000  # of a compound
_MOST_NUMBERS: Final = 60  # house numbers of a road
_SOME_DOORS: Final = 20  # of a house number, to learn which compound it is
_LONGEST_NAME: Final = 12
_MOST_MEANT: Final = 4  # compounds that a part of a name may mean
_OTHER_STREET, _OTHER_COMMUNITY = 0.2, 0.1


def find_places(file: sqlite3.Connection, asked: Asked) -> Iterator[Match]:
    """Streets, communities and compounds by what they are called."""
    if asked.syllables:
        letters = asked.letters
        yield from _all(by_terms(file, [f"ly:{letters}"], _MOST), Reason.PINYIN)
        if len(letters) > 2:
            yield from _all(by_term_beginning(file, f"ly:{letters}", _MOST), Reason.PINYIN_PART)
    if not asked.hanzi or not 2 <= len(asked.plain) <= _LONGEST_NAME:
        return
    stem = place_stem(asked.plain)
    for row in by_terms(file, {f"lk:{asked.plain}", f"lk:{stem}"}, _MOST):
        whole = _name_of(row) == asked.plain
        yield Match(row, Reason.NAME, Reason.NAME.score - (0.0 if whole else 0.02))
    for row in by_term_beginning(file, f"ls:{suffix_head(asked.plain)}", _MOST):
        name = _name_of(row)
        if asked.plain in name:
            more = 0.25 * len(asked.plain) / len(name) + (0.05 if name.startswith(asked.plain) else 0.0)
            yield Match(row, Reason.PART, Reason.PART.score + more)
    yield from _mistaken(file, stem)


def find_addresses(file: sqlite3.Connection, asked: Asked) -> Iterator[Match]:
    """Doors, buildings, compounds and divisions that an address leads to, and what lies around them."""
    address = asked.address
    if address is None or address.level is None or not asked.hanzi:
        return
    yield from _divisions(file, address)
    door = _Door.of(address)
    keys = door_keys(address)
    found = [match for key in keys for match in _at(file, key, door, address)]
    if door.given and address.compound and all(match.reason is not Reason.ADDRESS for match in found):
        meant = _meant(file, place_stem(address.compound))
        found += [match for key in meant for match in _at(file, key, door, address, 0.05)]
    yield from found
    if address.road and not address.road_no and not address.compound:
        yield from _along(file, address.road)


class _Door(NamedTuple):
    building: str
    unit: str
    room: str

    @staticmethod
    def of(address: StandardAddress) -> _Door:
        return _Door(address.building_key.partition("|")[2], address.unit or "", address.room or "")

    @property
    def given(self) -> bool:
        return any(self)

    def fits(self, term: str) -> bool:
        """Whether a door has all the numbers that were given, whatever was left out."""
        return all(not mine or mine == its for mine, its in zip(self, term.split("|")[1:], strict=False))


def _at(
    file: sqlite3.Connection, key: str, door: _Door, address: StandardAddress, doubt: float = 0.0
) -> Iterator[Match]:
    """Everything at a compound or a house number that the address may mean."""
    spots = _compounds(file, [key]) or _compounds_at(file, key)
    buildings = by_terms(file, [f"lb:{key}|{door.building}"], _MOST) if door.building else []
    doors = _doors(file, key, door) if door.given else []
    below = door.unit or door.room
    told = bool(door.room or not door.building)
    for rows, meant, more in ((spots, not door.given, 0.02), (buildings, not below, 0.03), (doors, told, 0.0)):
        reason = Reason.ADDRESS if meant else Reason.ADDRESS_PART
        for row in rows:
            yield Match(row, reason, reason.score + (0.0 if meant else more) - doubt - _elsewhere(row, address))


def _doors(file: sqlite3.Connection, key: str, door: _Door) -> list[Row]:
    start = f"dk:{key}|" + (f"{door.building}|" if door.building else "")
    chosen = [entry for term, entry in spelt(file, start, _MOST_DOORS) if door.fits(term)]
    return by_entries(file, chosen[:_MOST])


def _compounds_at(file: sqlite3.Connection, number: str) -> list[Row]:
    """The compounds that doors at a house number belong to."""
    doors = by_entries(file, [entry for _, entry in spelt(file, f"dk:{number}|", _SOME_DOORS)])
    names = {StandardAddress.parse(door.text).compound_key for door in doors}
    return _compounds(file, sorted(name for name in names if name))


def _compounds(file: sqlite3.Connection, keys: Sequence[str]) -> list[Row]:
    return [row for row in by_terms(file, [f"lk:{key}" for key in keys], _MOST) if row.label == "Compound"]


def _along(file: sqlite3.Connection, road: str) -> Iterator[Match]:
    """The compounds along a road: from one house number straight to the next, whatever doors lie between."""
    numbers: list[str] = []
    start = f"dk:{road}"
    after = ""
    while len(numbers) < _MOST_NUMBERS and (found := spelt(file, start, 1, after=after)):
        number = found[0][0].partition("|")[0]
        if number[len(start) : len(start) + 1].isdecimal():
            numbers.append(number.removeprefix("dk:"))
        after = behind(f"{number}|")
    for number in numbers:
        rows = _compounds(file, [number]) or _compounds_at(file, number)
        yield from _all(rows, Reason.ADDRESS_PART)


def _divisions(file: sqlite3.Connection, address: StandardAddress) -> Iterator[Match]:
    """The street or community, as what is meant or as what it lies in."""
    for level, label in (("street", "Street"), ("community", "Community")):
        if name := getattr(address, level):
            reason = Reason.ADDRESS if address.level == level else Reason.ADDRESS_PART
            rows = [row for row in by_terms(file, [f"lk:{place_stem(name)}"], _MOST) if row.label == label]
            for row in rows:
                yield Match(row, reason, reason.score - (0.0 if address.level == level else 0.1))


def _meant(file: sqlite3.Connection, stem: str) -> list[str]:
    """Keys of the compounds that a part of a name, or a name with a mistake, may mean."""
    rows = by_term_beginning(file, f"ls:{suffix_head(stem)}", _MOST)
    rows = [row for row in rows if stem in _name_of(row)] or [match.row for match in _mistaken(file, stem)]
    keys = [row.text.partition("@")[2].partition("|")[2] for row in rows if row.label == "Compound"]
    return list(dict.fromkeys(keys))[:_MOST_MEANT]


def _mistaken(file: sqlite3.Connection, stem: str) -> Iterator[Match]:
    yield from _all(by_terms(file, [f"ly:{joined_pinyin(stem)}"], _MOST), Reason.SOUND)
    yield from _all(by_terms(file, [f"lk:{other}" for other in misread(stem)], _MOST), Reason.SHAPE)


def _all(rows: Sequence[Row], reason: Reason) -> Iterator[Match]:
    return (Match(row, reason, reason.score) for row in rows)


def _name_of(row: Row) -> str:
    return row.text.partition("@")[0]


def _elsewhere(row: Row, address: StandardAddress) -> float:
    """The doubt about a place that lies in another street or community than the address says."""
    if row.label != "Dwelling":
        code = row.text.partition("@")[2].partition("|")[0]
        known = address.division_code if address.street else None
        return _OTHER_STREET if known and code and not known.startswith(code) else 0.0
    doubt = _OTHER_STREET if address.street and address.street not in row.text else 0.0
    return doubt + (_OTHER_COMMUNITY if address.community and address.community not in row.text else 0.0)
