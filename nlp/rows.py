"""Readings as they are kept: rows of the lake's `readings` table, and mentions that become records.

A row holds no identifier in clear and no piece of text but names, places and descriptions of parties, redacted; spans
are offsets. A mention's values are in clear: its receiver seals them as it does those of any record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.values import redact, value_type
from nlp.layers import Kind, Party, Role
from nlp.reading import READER_VERSION, Reading


@dataclass(frozen=True, slots=True)
class TextMention:
    """A person or an organization that a text names well enough to look for.

    `index` is the party's position in the reading (record key `<key>#text.<index>`). `values` are catalogue fields:
    `name` and `phone` of a person, `name` of an organization. `org` is the gazetteer key that it was found by.
    """

    event_id: str
    index: int
    kind: Kind
    role: Role
    values: dict[str, str]
    org: str | None
    certainty: float


def reading_row(reading: Reading, token: Callable[..., str]) -> dict[str, object]:
    """The row of the `readings` table, without `seq`; `token` keys the text hash: short texts could be guessed."""
    return {
        "event_id": reading.event_id,
        "reader": READER_VERSION,
        "text_hash": token(reading.text_hash),
        "category": reading.category,
        "category_score": reading.category_score,
        "place_text": redact(reading.place_text) if reading.place_text else None,
        "place_level": reading.place.level if reading.place else None,
        "parties": json.dumps([_party(party) for party in reading.parties], ensure_ascii=False),
        "spans": json.dumps(reading.spans),
    }


def _party(party: Party) -> dict[str, object]:
    return {
        "role": party.role,
        "kind": party.kind,
        "surface": redact(party.surface),
        "name": redact(party.name) if party.name else None,
        "phone": value_type("phone").mask(party.phone) if party.phone else None,
        "org": party.org,
        "certainty": party.certainty,
        "start": party.start,
    }


def text_mentions(reading: Reading) -> Iterator[TextMention]:
    """Parties with a full name, a phone or a known organization; 张某 and 楼上住户 stay in the reading alone."""
    for index, party in enumerate(reading.parties):
        values = {field: text for field, text in (("name", party.name), ("phone", party.phone)) if text}
        if values or party.org:
            yield TextMention(reading.event_id, index, party.kind, party.role, values, party.org, party.certainty)
