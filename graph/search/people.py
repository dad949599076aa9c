"""People by their name: as written, as heard, as read, or a part of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from graph.search.asked import Asked
from graph.search.lookups import Match, Row, beginning, by_term_beginning, by_terms, exact
from graph.search.reasons import Reason
from graph.search.similar import misread, near_sound
from graph.search.terms import suffix_head

_MOST: Final = 200  # names of one way to find them; nobody reads further
_LONGEST_MISREAD: Final = 6
_NAME, _FORMER = "name", "former_name"


def find_people(file: sqlite3.Connection, asked: Asked) -> Iterator[Match]:
    """Names that may be meant; a name may come more than once, each time for another reason."""
    if asked.syllables:
        yield from _by_letters(file, asked)
    if asked.name is not None and not asked.number:
        yield from _by_characters(file, asked)


def _by_characters(file: sqlite3.Connection, asked: Asked) -> Iterator[Match]:
    name = asked.name
    if name is None:
        return
    written = [name.text, name.key]
    yield from _told(exact(file, "Person", _NAME, written, _MOST), Reason.PERSON_NAME)
    yield from _told(exact(file, "Person", _FORMER, written, _MOST), Reason.FORMER_NAME)
    yield from _told(by_terms(file, [f"pk:{name.key}"], _MOST), Reason.PERSON_NAME)
    if asked.hanzi and len(name.key) >= 2:
        heard = by_terms(file, [f"py:{reading}" for reading in name.pinyin], _MOST)
        yield from _told(heard, Reason.SOUND, name.key)
        yield from _told(by_terms(file, [f"pn:{near_sound(name.pinyin_toned)}"], _MOST), Reason.NEAR_SOUND, name.key)
        if len(name.key) <= _LONGEST_MISREAD:
            yield from _told(exact(file, "Person", _NAME, misread(name.key), _MOST), Reason.SHAPE, name.key)
    yield from _parts(beginning(file, "Person", _NAME, name.text, _MOST), name.key, 0.05)
    endings = by_term_beginning(file, f"ps:{suffix_head(name.key)}", _MOST)
    yield from _parts((row for row in endings if name.key in row.text.replace("·", "")), name.key, 0.0)


def _by_letters(file: sqlite3.Connection, asked: Asked) -> Iterator[Match]:
    letters = asked.letters
    yield from _told(by_terms(file, [f"py:{letters}"], _MOST), Reason.PINYIN)
    yield from _told(by_terms(file, [f"pi:{letters}"], _MOST), Reason.INITIALS)
    yield from _told(by_terms(file, [f"pg:{letters}"], _MOST), Reason.PINYIN_PART)
    if len(asked.syllables) > 1:
        yield from _told(by_terms(file, [f"pn:{near_sound(' '.join(asked.syllables))}"], _MOST), Reason.NEAR_SOUND)
    if len(letters) > 1:
        for row in by_term_beginning(file, f"py:{letters}", _MOST):
            yield Match(row, Reason.PINYIN_PART, Reason.PINYIN_PART.score - 0.01 * len(row.text))


def _told(rows: Iterable[Row], reason: Reason, wanted: str = "") -> Iterator[Match]:
    """The fewer characters differ from what is wanted, the better."""
    for row in rows:
        score = reason.score - (0.02 * _differing(row.text, wanted) if wanted else 0.0)
        yield Match(row, reason, score - (0.05 if row.field == _FORMER and reason is not Reason.FORMER_NAME else 0.0))


def _parts(rows: Iterable[Row], wanted: str, more: float) -> Iterator[Match]:
    for row in rows:
        yield Match(row, Reason.PART, Reason.PART.score + more + 0.2 * len(wanted) / max(len(row.text), 1))


def _differing(text: str, wanted: str) -> int:
    pairs = zip(text.replace("·", ""), wanted, strict=False)
    return sum(one != other for one, other in pairs) + abs(len(text) - len(wanted))
