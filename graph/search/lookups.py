"""Reads of the index; each walks one index of the file and stops at a bound."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import orjson

from graph.search.reasons import Reason
from graph.search.terms import SOURCES

_LAST: Final = "\U0010ffff"  # behind every text that begins alike
_NUMBER_OF: Final = {source: number for number, source in enumerate(SOURCES)}

_EXACT: Final = (
    "SELECT entry, source, text FROM entry WHERE source = ? AND text IN (SELECT value FROM json_each(?)) LIMIT ?"
)
_BEGINNING: Final = (
    "SELECT entry, source, text FROM entry WHERE source = ? AND text >= ? AND text < ? ORDER BY text LIMIT ?"
)
_COUNT: Final = "SELECT count(*) FROM (SELECT 1 FROM entry WHERE source = ? AND text >= ? AND text < ? LIMIT ?)"
_TERMS: Final = (
    "SELECT e.entry, e.source, e.text FROM json_each(?) AS j CROSS JOIN term AS t ON t.term = j.value "
    "CROSS JOIN entry AS e ON e.entry = t.entry LIMIT ?"
)
_TERMS_BEGINNING: Final = (
    "SELECT e.entry, e.source, e.text FROM term AS t CROSS JOIN entry AS e ON e.entry = t.entry "
    "WHERE t.term >= ? AND t.term < ? ORDER BY t.term LIMIT ?"
)
_SPELT: Final = "SELECT term, entry FROM term WHERE term >= ? AND term < ? ORDER BY term LIMIT ?"
_ENTRIES: Final = "SELECT entry, source, text FROM entry WHERE entry IN (SELECT value FROM json_each(?))"
_OBJECTS: Final = "SELECT id FROM object WHERE entry = ? ORDER BY id LIMIT ?"


class Row(NamedTuple):
    entry: int
    label: str
    field: str
    text: str


class Match(NamedTuple):
    """A value that what was typed may mean, why, and how likely (0–1)."""

    row: Row
    reason: Reason
    score: float


def exact(file: sqlite3.Connection, label: str, field: str, texts: Iterable[str], limit: int) -> list[Row]:
    return _rows(file.execute(_EXACT, (_NUMBER_OF[label, field], _json(texts), limit)))


def beginning(file: sqlite3.Connection, label: str, field: str, text: str, limit: int) -> list[Row]:
    return _rows(file.execute(_BEGINNING, (_NUMBER_OF[label, field], text, text + _LAST, limit)))


def count_beginning(file: sqlite3.Connection, label: str, field: str, text: str, limit: int) -> int:
    return int(file.execute(_COUNT, (_NUMBER_OF[label, field], text, text + _LAST, limit)).fetchone()[0])


def by_terms(file: sqlite3.Connection, terms: Iterable[str], limit: int) -> list[Row]:
    return _rows(file.execute(_TERMS, (_json(terms), limit)))


def by_term_beginning(file: sqlite3.Connection, term: str, limit: int) -> list[Row]:
    return _rows(file.execute(_TERMS_BEGINNING, (term, term + _LAST, limit)))


def spelt(file: sqlite3.Connection, term: str, limit: int, *, after: str = "") -> list[tuple[str, int]]:
    """(term, entry) of the terms that begin so and stand behind `after`, in their order."""
    found = file.execute(_SPELT, (max(term, after), term + _LAST, limit)).fetchall()
    return [(str(one), int(entry)) for one, entry in found]


def by_entries(file: sqlite3.Connection, entries: Sequence[int]) -> list[Row]:
    return _rows(file.execute(_ENTRIES, (orjson.dumps(entries).decode(),)))


def objects(file: sqlite3.Connection, entry: int, limit: int) -> Iterator[str]:
    for (node_id,) in file.execute(_OBJECTS, (entry, limit)):
        yield node_id


def behind(term: str) -> str:
    """The place behind all terms that begin so, for `spelt`."""
    return term + _LAST


def _rows(found: sqlite3.Cursor) -> list[Row]:
    return [Row(entry, SOURCES[source][0], SOURCES[source][1], text) for entry, source, text in found]


def _json(values: Iterable[str]) -> str:
    return orjson.dumps(list(dict.fromkeys(values))).decode()
