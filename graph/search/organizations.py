"""Organizations by their name, a part of it, or an abbreviation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from core.values import InvalidValue
from graph.search.asked import Asked
from graph.search.lookups import Match, Row, beginning, by_term_beginning, by_terms, count_beginning, spelt
from graph.search.reasons import Reason
from graph.search.terms import organization_key, suffix_head

_MOST: Final = 200
_MOST_TRIED: Final = 1_500  # names that an abbreviation is held against
_LONGEST_SHORT: Final = 10


def find_organizations(file: sqlite3.Connection, asked: Asked) -> Iterator[Match]:
    wanted = asked.plain
    if len(wanted) < 2 or asked.plain.isdecimal():
        return
    try:
        keys = [f"ok:{organization_key(wanted)}"]
    except InvalidValue:
        keys = []
    yield from (Match(row, Reason.NAME, Reason.NAME.score) for row in by_terms(file, keys, _MOST))
    found = False
    for row in beginning(file, "Organization", "name", wanted, _MOST):
        found = True
        whole = row.text == wanted
        yield Match(row, *((Reason.NAME, Reason.NAME.score) if whole else _part(row, wanted)))
    for row in by_term_beginning(file, f"os:{suffix_head(wanted)}", _MOST):
        if wanted in row.text:
            found = True
            yield Match(row, *_part(row, wanted))
    if not found and asked.hanzi and len(wanted) <= _LONGEST_SHORT:
        yield from _abbreviated(file, wanted)


def _part(row: Row, wanted: str) -> tuple[Reason, float]:
    return Reason.PART, Reason.PART.score + 0.2 * len(wanted) / len(row.text)


def _abbreviated(file: sqlite3.Connection, wanted: str) -> Iterator[Match]:
    """Names that hold all characters of `wanted` in their order: 清泉公司 is 澜江市清泉物业管理有限公司."""
    for row in _candidates(file, wanted):
        if _in_order(wanted, row.text):
            yield Match(row, Reason.ABBREVIATION, Reason.ABBREVIATION.score + 0.1 * len(wanted) / len(row.text))


def _candidates(file: sqlite3.Connection, wanted: str) -> list[Row]:
    """The names with the pair of neighbours that fewest names have; all with the first character where none has any."""
    pairs = {wanted[place : place + 2] for place in range(len(wanted) - 1)}
    counted = [(many, pair) for pair in pairs if (many := _many(file, pair))]
    return _holding(file, min(counted)[1] if counted else wanted[0])


def _many(file: sqlite3.Connection, word: str) -> int:
    starting = count_beginning(file, "Organization", "name", word, _MOST_TRIED)
    return starting + len(spelt(file, f"os:{word}", _MOST_TRIED))


def _holding(file: sqlite3.Connection, word: str) -> list[Row]:
    return [
        *beginning(file, "Organization", "name", word, _MOST_TRIED),
        *by_term_beginning(file, f"os:{word}", _MOST_TRIED),
    ]


def _in_order(wanted: str, text: str) -> bool:
    rest = iter(text)
    return all(character in rest for character in wanted)
