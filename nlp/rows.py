"""Readings as they are kept: rows of the lake's `readings` table, and mentions that become records.

A row holds no identifier in clear and no piece of text but names, places and descriptions of parties, redacted; spans
are offsets. A mention's values are in clear: its receiver seals them as it does those of any record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from core.values import redact, value_type
from nlp.clues import Clue
from nlp.layers import Kind, Party
from nlp.reading import READER_VERSION, Reading

_GRAPH_ROLES: Final[Mapping[str, str]] = {
    "complainant": "complainant",
    "respondent": "respondent",
    "victim": "victim",
    "mediator": "mediator",
    "bystander": "witness",
}


def graph_role(role: str) -> str | None:
    """What the role of a reading is as one of PARTY_TO; None for one that is none there."""
    return _GRAPH_ROLES.get(role)


@dataclass(frozen=True, slots=True)
class TextMention:
    """A person or an organization that a text names well enough to look for.

    `role` is that of the graph's PARTY_TO (a bystander is a witness there); an agency is no party. `index` is the
    party's position in the reading (record key `<key>#text.<index>`). `values` are catalogue fields: `name` and
    `phone` of a person, `name` of an organization. `org` is the gazetteer key that it was found by.
    """

    event_id: str
    index: int
    kind: Kind
    role: str
    values: dict[str, str]
    org: str | None
    certainty: float


def reading_row(
    reading: Reading, token: Callable[..., str], blind: Callable[[str], str | None], reader: str = READER_VERSION
) -> dict[str, object]:
    """The row of the `readings` table, without `seq`; `token` keys the text hash: short texts could be guessed.

    `blind` is the blind index of a phone.

    `reader` is the `reader_version` of the models that it was read with.
    """
    return {
        "event_id": reading.event_id,
        "reader": reader,
        "text_hash": token(reading.text_hash),
        "category": reading.category,
        "category_score": reading.category_score,
        "categories": json.dumps([[guess.code, guess.probability] for guess in reading.categories]),
        "urgency": reading.urgency,
        "urgency_reasons": list(reading.urgency_reasons),
        "sentiment": reading.sentiment,
        "relation": reading.relation,
        "demands": sorted({demand.kind for demand in reading.demands}),
        "place_text": redact(reading.place_text) if reading.place_text else None,
        "place_level": reading.place.level if reading.place else None,
        "parties": json.dumps(
            [_party(*pair, blind) for pair in zip(reading.parties, reading.clues, strict=True)], ensure_ascii=False
        ),
        "spans": json.dumps(reading.spans),
    }


def _party(party: Party, clue: Clue | None, blind: Callable[[str], str | None]) -> dict[str, object]:
    return {
        "role": party.role,
        "kind": party.kind,
        "surface": redact(party.surface),
        "name": redact(party.name) if party.name else None,
        "phone": value_type("phone").mask(party.phone) if party.phone else None,
        "org": party.org,
        "certainty": party.certainty,
        "start": party.start,
        "phone_index": blind(party.phone) if party.phone else None,
        "clue": _clue(clue) if clue else None,
    }


def _clue(clue: Clue) -> dict[str, object]:
    told = asdict(clue) | {"door": clue.door.text if clue.door else None}
    return {name: value for name, value in told.items() if value is not None}


def text_mentions(reading: Reading) -> Iterator[TextMention]:
    """Parties with a full name, a phone or a known organization; 张某 and 楼上住户 stay in the reading alone.

    So does a complainant without a name, phone or not: the event has its caller already.
    """
    for index, party in enumerate(reading.parties):
        if party.role == "complainant" and not (party.name or party.org):
            continue
        values = {field: text for field, text in (("name", party.name), ("phone", party.phone)) if text}
        role = graph_role(party.role)
        if role and party.kind != "group" and (values or party.org):
            yield TextMention(reading.event_id, index, party.kind, role, values, party.org, party.certainty)
