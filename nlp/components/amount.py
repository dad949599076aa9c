"""`amount`: how much: money, areas, lengths, shares and other measured quantities."""

from __future__ import annotations

from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from nlp.amounts import find_amounts
from nlp.layers import mark
from nlp.ranges import Ranges

GROUP: Final = "amounts"


@Language.component("amount", assigns=["doc._.amounts", "doc.spans"], requires=["doc._.plain", "doc._.places"])
def amount(doc: Doc) -> Doc:
    """Leaves out what stands inside a place: 3幢501 is no sum."""
    places = Ranges((place.start, place.end) for place in doc._.places)
    found = tuple(item for item in find_amounts(doc._.plain) if not places.touch(item.start, item.end))
    doc._.amounts = found
    mark(doc, GROUP, [(item.start, item.end, item.unit) for item in found])
    return doc
