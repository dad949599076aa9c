"""`identifiers`: numbers that a person, an organization or a matter is known by.

A loose pattern finds candidates, the value type decides and flags. What was found is blanked in `doc._.plain`, so that
no later component takes a digit of a phone for a door.
"""

from __future__ import annotations

import re
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from core.values import InvalidValue, Parsed, value_type
from nlp.layers import BLANK, Identifier, mark

_GAP: Final = r"[ -]?"
# One alternative a kind, the most specific first; a candidate that its type refuses is tried as the next kind.
_CANDIDATES: Final = re.compile(
    rf"""
    (?<![0-9A-Za-z*])(?:
      (?P<citizen_id>\d{{6}}[ -]?[0-9*]{{8}}[ -]?[0-9*]{{3}}[0-9Xx*]|\d{{2,6}}[0-9*]{{12,15}}[0-9Xx*]|\d{{15}})
    | (?P<uscc>[0-9A-HJ-NP-RTUW-Ya-hj-np-rtuw-y]{{2}}\d{{6}}[0-9A-HJ-NP-RTUW-Ya-hj-np-rtuw-y]{{10}})
    | (?P<phone>(?:\+?0{{0,2}}86{_GAP})?1[3-9]\d{_GAP}[\d*]{{4}}{_GAP}\d{{4}}|0\d{{2,3}}-?[2-8]\d{{6,7}}|400{_GAP}\d{{3,4}}{_GAP}\d{{3,4}})
    )(?![0-9A-Za-z*])
    | (?P<plate>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][ ·.]?[A-HJ-NP-Za-hj-np-z0-9*]{{4,5}}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳])(?![0-9A-Za-z])
    | (?:工单|订单|单据|受理|案件|投诉|信访|编)(?:编)?(?:号|单)?(?:码)?(?:为|是)?[::]?\s?(?P<order>[A-Za-z]{{0,4}}-?\d[\dA-Za-z-]{{5,28}})(?![0-9A-Za-z])
    """,  # noqa: E501 - a pattern reads better on its line
    re.VERBOSE,
)


@Language.component("identifiers", assigns=["doc._.identifiers", "doc.spans"])
def identifiers(doc: Doc) -> Doc:
    text: str = doc._.plain
    found = find_identifiers(text)
    if found:
        pieces, position = [], 0
        for item in found:
            pieces += [text[position : item.start], BLANK * (item.end - item.start)]
            position = item.end
        doc._.plain = "".join((*pieces, text[position:]))
    doc._.identifiers = found
    mark(doc, "identifiers", [(item.start, item.end, item.label) for item in found])
    return doc


def find_identifiers(text: str) -> tuple[Identifier, ...]:
    """Every identifier of a plain text, from left to right, never overlapping."""
    found: list[Identifier] = []
    for match in _CANDIDATES.finditer(text):
        label = match.lastgroup or ""
        start, end = match.span(label)
        for attempt in _ATTEMPTS[label]:
            if (parsed := _parse(attempt, text[start:end])) is not None:
                found.append(Identifier(attempt, start, end, parsed.text, parsed.flags))
                break
    return tuple(found)


def _parse(label: str, raw: str) -> Parsed | None:
    if label == "order":
        return Parsed(raw.upper(), ())
    try:
        parsed = value_type(label).parse(raw)
    except InvalidValue:
        return None
    # Eighteen digits may be an id or a credit code: only one whose check characters all fit is taken for a code.
    return None if label == "uscc" and parsed.flags else parsed


_ATTEMPTS: Final[dict[str, tuple[str, ...]]] = {
    "citizen_id": ("uscc", "citizen_id"),
    "uscc": ("uscc",),
    "phone": ("phone",),
    "plate": ("plate",),
    "order": ("order",),
}
