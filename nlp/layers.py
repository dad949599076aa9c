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

Kind = Literal["person", "organization", "group"]
EntityKind = Literal["person", "organization", "place"]
TimeKind = Literal["moment", "day", "span", "deadline", "recurring"]
Role = Literal["complainant", "respondent", "victim", "mediator", "bystander", "agency"]
"""What somebody has to do with the matter; a bystander knows of it, an agency is to deal with it."""
RelationKind = Literal[
    "neighbours", "landlord_tenant", "owner_property", "labour", "family", "consumer", "doctor_patient", "other", "none"
]
"""What complainant and respondent were to each other before the matter."""
Sentiment = Literal["negative", "neutral", "positive"]
DemandKind = Literal["stop", "repair", "pay", "refund", "investigate", "mediate", "inform", "licence", "other"]
Anchor = Literal["parts", "home", "text"]

BLANK: Final = "\x1a"
"""Stands in `plain` for a character that later components must not read: a tag, a digit of an identifier."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that somebody or something is known by; `text` is normalised, `flags` are those of its value type.

    `tail` flags the last digits of a number that is not written out (卡号尾号 0324).
    """

    label: str
    start: int
    end: int
    text: str
    flags: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not self.flags or self.flags == ("upgraded_15",)


@dataclass(frozen=True, slots=True)
class Match:
    """A gazetteer surface in the text, with every entry that it may mean."""

    start: int
    end: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """A name in the text; `key` is that of the gazetteer where exactly one entry fits."""

    start: int
    end: int
    kind: EntityKind
    key: str | None = None
    certainty: float = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the text: its address as completed and the gazetteer keys that it rests on.

    A relative place (我家楼上, 小区东门) has a direction (`relative`) from an anchor (`of`): the parts themselves, the
    caller's home, or the place spoken of before. Its `address` is that which the direction leads to where the anchor is
    known and only one place can be meant, else as much of it as is sure, None for nothing. `problems` says in Chinese
    what does not fit the divisions and the town.
    """

    start: int
    end: int
    address: StandardAddress | None
    keys: tuple[str, ...]
    score: float
    relative: str | None = None
    of: Anchor | None = None
    problems: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Demand:
    """Words that say what the citizen wants."""

    start: int
    end: int
    kind: DemandKind


@dataclass(frozen=True, slots=True)
class Guess:
    """A category of the taxonomy and how probable it is, 0 to 1, calibrated."""

    code: str
    probability: float


def register() -> None:
    """Declare the extension attributes; harmless when repeated."""
    defaults: dict[str, object] = {
        "plain": "",
        "identifiers": (),
        "matches": (),
        "places": (),
        "pieces": (),
        "entities": (),
        "person_mentions": (),
        "organization_mentions": (),
        "parties": (),
        "relation": "none",
        "categories": (),
        "category": None,
        "category_score": 0.0,
        "urgency": "normal",
        "urgency_reasons": (),
        "sentiment": "neutral",
        "demands": (),
        "at": None,
        "home": None,
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
