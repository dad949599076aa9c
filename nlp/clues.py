"""What the words for a person tell of who he is: a name or a surname, a sex, an age, a door.

老王 and 王大妈 in one party are two clues to one person: what each says holds, and where they differ neither does.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from core.values import StandardAddress
from nlp.layers import Party, Place
from nlp.ranges import Ranges
from nlp.tables import FOLDER, surnames

_ROOM: Final = re.compile(r"(?<!\d)(\d{3,4})(?!\d)")
_CLAUSE: Final = re.compile(r"[,，。;；!！?？、\n]")
_NEAR: Final = 6
_BACK: Final = 30
_OLD_AGE: Final = 40
_YOUNG_AGE: Final = 50
_OWN: Final = re.compile(r"(?:我|本人|家|现|一直|就|市民|来电人)[^,，。;；]{0,4}$|住在?$")
_SAYS_OWN: Final = re.compile(
    r"(?:^|[,，。;；、:：\s])(?:(?P<is_of>(?:我|本人)(?:是|系))|(?:我|本人)?(?:现|家|就|一直)?(?:居?住在?|家在))$"
)
"""Words before a place that make it the caller's own."""
_OWN_WORDS: Final = 10
"""The most characters of such words."""
_WHO: Final = "(?:老?(?:业主|住户|居民|村民|户主|房东|租户|租客))?"
_RESIDENT: Final = re.compile(rf"(?P<of>室?的)?{_WHO}")
_RESIDENT_WORDS: Final = 5
_ROOM_BEFORE: Final = re.compile(rf"(?<!\d)(\d{{3,4}})室?的{_WHO}$")
"""What stands between the place and the caller's name."""


class TitleHint(NamedTuple):
    """A form of address and whom it fits: `sex` as in GB/T 2261.1 (1 male, 2 female), ages in years.

    A `noun` (男人, 老婆) says who somebody is but goes with no surname.
    """

    title: str
    sex: str | None
    least_age: int | None
    most_age: int | None
    noun: bool = False


@dataclass(frozen=True, slots=True)
class Clue:
    """`name` is a full name; 张某 and 老张 give no more than a `surname`. `door` is the person's own: 602的户主.

    `elsewhere`: the words give the person a part by an office, or say that home is not here (王医生, 来串门的, 前夫):
    where the matter is then tells nothing of who it is.
    """

    name: str | None = None
    surname: str | None = None
    sex: str | None = None
    least_age: int | None = None
    most_age: int | None = None
    door: StandardAddress | None = None
    elsewhere: bool = False

    @property
    def telling(self) -> bool:
        return bool(self.name or self.surname or self.door)


def clues_of(
    parties: Sequence[Party], places: Sequence[Place], here: Place | None, text: str
) -> tuple[Clue | None, ...]:
    """A clue for each party that is a person of whom the text tells something; `here` is the place of the matter."""
    rooms = _Rooms([place for place in places if place.address is not None and place.address.room])
    made = (
        _clue(party, rooms, here, text) if party.kind == "person" and party.role != "agency" else Clue()
        for party in parties
    )
    return tuple(clue if clue.telling else None for clue in made)


class _Rooms:
    """The places with a room, by where they stand."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self._ranges = Ranges((place.start, place.end) for place in places)
        self._by_range = {(place.start, place.end): place for place in places}

    def near(self, start: int, end: int) -> Iterator[Place]:
        """Those in a stretch or right before it, with the words of `_RESIDENT` between."""
        return (self._by_range[one] for one in self._ranges.touching(start - _RESIDENT_WORDS - 1, end))


def _clue(party: Party, rooms: _Rooms, here: Place | None, text: str) -> Clue:
    """What all mentions of a person tell together."""
    surfaces = list(dict.fromkeys(text[start:end] for start, end in party.mentions))
    surname, hints = _surname(surfaces, party.name)
    sexes = {hint.sex for hint in hints if hint.sex}
    least = max((hint.least_age for hint in hints if hint.least_age), default=None)
    most = min((hint.most_age for hint in hints if hint.most_age), default=None)
    if least and most and least > most:
        least = most = None
    sex = next(iter(sexes)) if len(sexes) == 1 else None
    if any(_elsewhere().search(_around(text, *mention)) for mention in party.mentions):
        return Clue(party.name, surname, sex, least, most, elsewhere=True)
    return Clue(party.name, surname, sex, least, most, _door(party, rooms, here, text, surfaces))


@lru_cache(maxsize=1)
def _elsewhere() -> re.Pattern[str]:
    words = (FOLDER / "elsewhere_words.txt").read_text(encoding="utf-8").split()
    return re.compile("|".join(map(re.escape, words)))


def _around(text: str, start: int, end: int) -> str:
    """The words for somebody and those beside them in the same clause."""
    before = _CLAUSE.split(text[max(0, start - _NEAR) : start])[-1]
    return before + text[start:end] + _CLAUSE.split(text[end : end + _NEAR])[0]


@lru_cache(maxsize=1)
def title_hints() -> tuple[TitleHint, ...]:
    """Longest first."""
    with (FOLDER / "title_hints.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            TitleHint(
                row["title"],
                row["sex"] or None,
                _number(row["least_age"]),
                _number(row["most_age"]),
                row["noun"] == "1",
            )
            for row in csv.DictReader(file)
        ]
    return tuple(sorted(rows, key=lambda hint: -len(hint.title)))


def _number(text: str) -> int | None:
    return int(text) if text else None


class _Patterns(NamedTuple):
    titled: re.Pattern[str]
    nick: re.Pattern[str]
    surnamed: re.Pattern[str]
    alone: re.Pattern[str]
    hints: dict[str, TitleHint]


_HE_OR_SHE: Final = re.compile(r"(?:(男)|女)性?(?:租客|租户|住户|业主|户主|房东|邻居|老板|主人|司机|青年|老人)$")


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    family = "|".join(surnames())
    hints = {hint.title: hint for hint in title_hints()}
    titles = "|".join(hint.title for hint in hints.values() if not hint.noun)
    titled = re.compile(rf"(?P<surname>{family})(?P<title>{titles})$")
    alone = re.compile(rf"(?:{'|'.join(title for title in hints if len(title) > 1)})$")
    nick = re.compile(rf"(?P<age>[老小])(?P<surname>{family})$")
    surnamed = re.compile(rf"姓(?P<surname>{family})(?!名)")
    return _Patterns(titled, nick, surnamed, alone, hints)


def _surname(surfaces: Iterable[str], name: str | None) -> tuple[str | None, list[TitleHint]]:
    """The one surname of all surfaces, None where they disagree; and what the titles hint at."""
    titled, nick, surnamed, alone, hints = _patterns()
    found: set[str] = set()
    told: list[TitleHint] = []
    for surface in surfaces:
        if match := titled.search(surface):
            found.add(match["surname"])
            told.append(hints[match["title"]])
        elif match := nick.search(surface):
            found.add(match["surname"])
            old = match["age"] == "老"
            told.append(TitleHint(surface, None, _OLD_AGE if old else None, None if old else _YOUNG_AGE))
        else:
            if match := surnamed.search(surface):
                found.add(match["surname"])
            told += _nouns(surface, alone, hints)
    if name and "·" not in name:
        found.add(next((one for one in surnames() if name.startswith(one) and len(name) > len(one)), name[0]))
    return (next(iter(found)) if len(found) == 1 else None), told


def _nouns(surface: str, alone: re.Pattern[str], hints: dict[str, TitleHint]) -> list[TitleHint]:
    """What words without a surname hint at: 301的男人, 隔壁大妈, 女租客."""
    if match := alone.search(surface):
        return [hints[match.group()]]
    if match := _HE_OR_SHE.search(surface):
        return [TitleHint(surface, "1" if match[1] else "2", None, None)]
    return []


def _door(party: Party, rooms: _Rooms, here: Place | None, text: str, surfaces: list[str]) -> StandardAddress | None:
    """The door that the words for the person stand with: 3幢602的住户, 楼上那家 where it was resolved."""
    for start, end in party.mentions:
        for place in rooms.near(start, end):
            if _joined(text, place, start, end):
                return place.address
    if party.role == "complainant" and party.name:
        starts = {start for start, _ in party.mentions}
        own = (place for place in rooms.places if _lives_at(text, place, starts))
        if (home := next(own, None)) is not None:
            return home.address
    room = next((match[1] for surface in surfaces if (match := _ROOM.search(surface))), None) or next(
        (match[1] for start, _ in party.mentions if (match := _ROOM_BEFORE.search(text, max(0, start - 12), start))),
        None,
    )
    if room is None or here is None or here.address is None or not here.address.compound_key:
        return None
    return _at_door(here.address, room)


def _joined(text: str, place: Place, start: int, end: int) -> bool:
    """Whether the place is a part of the words for the person, or stands right before them and is not the caller's."""
    if start <= place.start < end or place.start <= start < place.end:
        return True
    return (
        place.end <= start
        and _RESIDENT.fullmatch(text, place.end, start) is not None
        and not _OWN.search(text, max(0, place.start - _BACK), place.start)
    )


def _lives_at(text: str, place: Place, names: Container[int]) -> bool:
    """Whether a caller who gives his name says that he lives at the place: 我是3幢602的张伟, 我叫张伟，住3幢602."""
    match = _SAYS_OWN.search(text, max(0, place.start - _OWN_WORDS), place.start)
    if match is None:
        return False
    if not match["is_of"]:
        return True
    said = _RESIDENT.match(text, place.end)
    return said is not None and any(start in names for start in (place.end, said.end("of"), said.end()))


def _at_door(here: StandardAddress, room: str) -> StandardAddress | None:
    """Another door of the building that the text speaks of, of the same unit where it names one."""
    parts = [here.compound or f"{here.road}{here.road_no}"]
    parts += [f"{here.building}幢"] if here.building else []
    parts += [f"{here.unit}单元"] if here.unit else []
    above = "".join(filter(None, (here.province, here.city, here.county, here.street, here.community)))
    return StandardAddress.parse(f"{above}{''.join(parts)}{room}室") if here.building else None
