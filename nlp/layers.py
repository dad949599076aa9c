"""What the components find, and where on a spaCy `Doc` they leave it.

A component reads `Doc._.plain` (same length as the text, so that every offset holds for the original), leaves its
values under `Doc._` and marks what it read as labelled spans in `Doc.spans`, one group a component.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Literal

from spacy.tokens import Doc

from core.values import StandardAddress
from nlp.gazetteer import Entry

Kind = Literal["person", "organization"]
TimeKind = Literal["moment", "day", "span", "deadline", "recurring"]
Role = Literal["complainant", "respondent", "victim", "mediator", "witness"]

BLANK: Final = "\x1a"
"""Stands in `plain` for a character that later components must not read: a tag, a digit of an identifier."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that somebody or something is known by; `text` is normalised, `flags` are those of its value type."""

    label: str
    start: int
    end: int
    text: str
    flags: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not self.flags


@dataclass(frozen=True, slots=True)
class Match:
    """A gazetteer surface in the text, with every entry that it may mean."""

    start: int
    end: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the text: its address as completed, the gazetteer keys that it rests on, and words like 楼上."""

    start: int
    end: int
    address: StandardAddress
    keys: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a part in the matter.

    `name` is a person's full name or an organization's name, None where the text has less (张某, 楼上住户); `org` is
    the gazetteer key of an organization when exactly one fits. `certainty` is between 0 and 1. `mentions` are the
    (start, end) offsets of every place where the text speaks of this party; the first is where `surface` stands.
    """

    role: Role
    surface: str
    kind: Kind
    name: str | None
    phone: str | None
    org: str | None
    certainty: float
    mentions: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        return self.mentions[0][0]


@dataclass(frozen=True, slots=True)
class When:
    """A time in the text, local and half-open: from `begin` up to, not including, `until`.

    An end that the words leave open, or that needs a moment of the complaint that nobody gave, is None. A recurring
    time has `every` (day, weekday, weekend, week, month, year) and clock times in place of dates; `closes` at 0:00
    means midnight, and before `opens` it means the next morning.
    """

    start: int
    end: int
    kind: TimeKind
    begin: datetime | None = None
    until: datetime | None = None
    every: str | None = None
    opens: time | None = None
    closes: time | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """`value` in `unit`, `about` where it is no exact one. Units stand in nlp/data/units.csv; a rate is CNY/month."""

    start: int
    end: int
    value: float
    unit: str
    about: bool


def register() -> None:
    """Declare the extension attributes; harmless when repeated."""
    defaults: dict[str, object] = {
        "plain": "",
        "identifiers": (),
        "matches": (),
        "places": (),
        "relations": (),
        "parties": (),
        "category": None,
        "category_score": 0.0,
        "urgency": "normal",
        "urgency_reasons": (),
        "at": None,
        "times": (),
        "amounts": (),
    }
    for name, default in defaults.items():
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=default)


def mark(doc: Doc, group: str, found: list[tuple[int, int, str]]) -> None:
    """Put labelled (start, end, label) character ranges into a span group of the document."""
    spans = (doc.char_span(start, end, label=label, alignment_mode="expand") for start, end, label in found)
    doc.spans[group] = [span for span in spans if span is not None]


register()
