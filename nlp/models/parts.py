"""Parts of an address as a model cuts them, put into a `StandardAddress`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from core.values import StandardAddress
from core.values.numerals import NUMERALS, arabic
from nlp.models.tags import Span
from nlp.tables import address_labels

_NUMBER: Final = re.compile(rf"[A-Z]?[0-9]+(?:-[0-9]+)?[A-Z]?|[A-Z](?![a-z])|[{NUMERALS}]+")
_BARE: Final = frozenset(("building", "unit", "floor", "room"))
_ROAD_NO: Final = re.compile(r"号?院?$")
_ZEROS: Final = re.compile(r"^0+(?=[0-9])")
_ESTATE: Final = re.compile(r"(?<=..)小区$")
_EMPTY: Final = StandardAddress(*(None,) * 13, division_code=None, renamed=False)


def with_parts(
    known: StandardAddress | None, text: str, spans: Iterable[Span], *, sure: bool
) -> StandardAddress | None:
    """`known` with the levels that the model read in `text`; None where neither has any.

    What the gazetteer is `sure` of stays as it is, and so do divisions that were read: the model fills what is open.
    """
    base = known or _EMPTY
    found: dict[str, str] = {}
    for start, end, label in spans:
        level = address_labels().get(label)
        value = _value(level, text[start:end]) if level else None
        if level and value:
            found.setdefault(level, value)
    open_levels = {
        level: value
        for level, value in found.items()
        if getattr(base, level) is None or not (sure or level in ("province", "city", "county", "street", "community"))
    }
    if known is None and not open_levels:
        return None
    made = replace(base, **open_levels)  # type: ignore[arg-type]
    return replace(made, rest=None) if open_levels and not sure else made


def _value(level: str, surface: str) -> str | None:
    """A level as `StandardAddress` writes it: bare numbers of doors, names of roads and compounds."""
    plain = surface.strip().upper()
    if level in _BARE:
        number = _NUMBER.search(plain)
        return _ZEROS.sub("", _arabic(number.group())) if number else None
    if level == "road_no":
        return _ZEROS.sub("", _ROAD_NO.sub("", plain)) or None
    return _ESTATE.sub("", plain) or None if level == "compound" else plain or None


def _arabic(token: str) -> str:
    return str(arabic(token)) if all(character in NUMERALS for character in token) else token
