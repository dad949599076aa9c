"""Households, events, dwellings, places and organizations by a number that may stand in clear."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from graph.search.asked import Asked
from graph.search.lookups import Match, beginning
from graph.search.reasons import Reason
from graph.search.terms import SOURCES, number

_MOST: Final = 50
_SHORTEST, _SHORTEST_PART = 3, 5
_FIELDS: Final = frozenset({"household_no", "property_no", "uscc", "code", "record_key"})
_NUMBERED: Final = tuple(source for source in SOURCES if source[1] in _FIELDS)


def find_numbers(file: sqlite3.Connection, asked: Asked) -> Iterator[Match]:
    """By a whole number in any spelling, or by how it begins; an event's number also with its feed before it."""
    feed, slash, key = asked.text.partition("/")
    wanted = number(key) if slash else asked.number
    if len(wanted) < _SHORTEST or not any(map(str.isdecimal, wanted)):
        return
    for label, field in _NUMBERED:
        if slash and field != "record_key":
            continue
        most = _MOST if len(wanted) >= _SHORTEST_PART else 1
        for row in beginning(file, label, field, wanted, most):
            text, _, of_feed = row.text.partition("/")
            if slash and of_feed != feed.strip().lower():
                continue
            if text == wanted:
                reason = Reason.USCC if field == "uscc" else Reason.NUMBER
            elif len(wanted) >= _SHORTEST_PART and not slash:
                reason = Reason.NUMBER_PART
            else:
                continue
            yield Match(row, reason, reason.score)
