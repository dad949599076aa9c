"""`identifiers`: numbers that a person, an organization or a matter is known by.

A loose pattern finds candidates, the words in front and the value type decide and flag. What was found is blanked in
`doc._.plain`, so that no later component takes a digit of a phone for a door.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from core.values import InvalidValue, Parsed, value_type
from nlp.layers import BLANK, Identifier, mark
from nlp.numberforms import CANDIDATE, CUE

_REACH: Final = 14
"""Characters in front of a number in which the word that says what it is may stand."""
_STOP: Final = re.compile(r"[。;；!！?？\n\x1a]|\d{2}")
_SUM: Final = re.compile(r" ?(?:元|块|万|平米|平方)")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_LISTED: Final = re.compile(r" ?(?:[、,，和及与/]|以及) ?(?P<number>\d{5,20})(?![0-9A-Za-z])")
_CARD_BEHIND: Final = re.compile(r"[)）]?的?[一-龥]{0,6}?(?:卡(?![车片口])|账[户号])")
_CODE_PREFIX: Final = re.compile(r"[159ANY][1-39]\d{6}(?=.*[A-Z])")


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
    for match in CANDIDATE.finditer(text):
        form = match.lastgroup or ""
        start, end = match.span(form)
        if found and start < found[-1].end:
            continue
        raw = text[start:end]
        cue = _cue(text, match.start() if form != "tail" else match.start("tail_of"))
        for label in (*_BY_CUE.get((form, cue), ()), *_BY_FORM[form]):
            if (read := _READERS[label](raw, label == cue)) is None:
                continue
            if label == "phone" and cue != "phone" and _SUM.match(text, end):
                break
            found.append(Identifier("phone" if label == "mobile" else label, start, end, read.text, read.flags))
            if label == "order_number":
                found += _more(text, found[-1])
            break
        else:
            if form == "tail" and (cue in _TAILED or _CARD_BEHIND.match(text, end)):
                label = cue if cue in _TAILED else "bank_card"
                found.append(Identifier(label, start, end, raw.upper(), ("tail",)))
    return tuple(found)


def _more(text: str, first: Identifier) -> Iterator[Identifier]:
    """Numbers of the same length that go on behind a sign of listing: 收据号0027713、0027891."""
    end, length = first.end, first.end - first.start
    while (match := _LISTED.match(text, end)) is not None and len(match["number"]) == length:
        end = match.end()
        yield Identifier(first.label, match.start("number"), end, match["number"], ())


def _cue(text: str, start: int) -> str:
    """What the words in front of a number say that it is, in the same clause."""
    window = text[max(0, start - _REACH) : start]
    stops = list(_STOP.finditer(window))
    told = list(CUE.finditer(window, stops[-1].end() if stops else 0))
    return (told[-1].lastgroup or "") if told else ""


def _parse(label: str, raw: str) -> Parsed | None:
    try:
        return value_type(label).parse(raw)
    except InvalidValue:
        return None


def _citizen_id(raw: str, told: bool) -> Parsed | None:
    """Fifteen or eighteen digits with a day of birth, whatever their check; without one where the words say so."""
    read = _parse("citizen_id", raw)
    return None if read is None or ("bad_date" in read.flags and not told) else read


def _uscc(raw: str, told: bool) -> Parsed | None:
    """Eighteen digits may be an id too: digits alone need both checks, a code with letters its first characters."""
    read = _parse("uscc", raw.replace("-", ""))
    if read is None or not read.flags or told:
        return read
    return read if "masked" not in read.flags and _CODE_PREFIX.match(read.text) else None


def _bank_card(raw: str, told: bool) -> Parsed | None:
    read = _parse("bank_card", raw)
    return None if read is None or (read.flags and not told) else read


def _phone(raw: str, told: bool) -> Parsed | None:
    del told
    return _parse("phone", raw.replace("（", "(").replace("）", ")").replace("--", "-"))


def _plate(raw: str, told: bool) -> Parsed | None:
    del told
    return _parse("plate", raw.replace("•", "·"))


def _email(raw: str, told: bool) -> Parsed | None:
    del told
    return _parse("email", raw)


def _order(raw: str, told: bool) -> Parsed | None:
    del told
    return Parsed(raw.upper(), ())


_READERS: Final[dict[str, Callable[[str, bool], Parsed | None]]] = {
    "citizen_id": _citizen_id,
    "uscc": _uscc,
    "bank_card": _bank_card,
    "phone": _phone,
    "landline": _phone,
    "mobile": lambda raw, told: _phone(raw, told) if _MOBILE.fullmatch(raw) else None,
    "plate": _plate,
    "email": _email,
    "order_number": _order,
}
_TAILED: Final = ("bank_card", "citizen_id", "order_number")
# The kinds that a form may be, the likelier first; a candidate that a reader refuses is tried as the next.
_BY_FORM: Final[dict[str, tuple[str, ...]]] = {
    "email": ("email",),
    "order_number": ("citizen_id", "uscc", "order_number"),
    "serial": ("order_number",),
    "court": ("order_number",),
    "bare": ("order_number",),
    "long": ("citizen_id", "uscc", "bank_card"),
    "code": ("uscc",),
    "phone": ("phone",),
    "landline": ("landline",),
    "plate": ("plate",),
    "local": ("landline",),
    "tail": (),
}
_BY_CUE: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("long", "bank_card"): ("bank_card",),
    ("long", "uscc"): ("uscc",),
    ("long", "order_number"): ("order_number",),
    ("phone", "order_number"): ("order_number",),
    ("order_number", "bank_card"): ("bank_card",),
    ("order_number", "phone"): ("mobile",),
}
