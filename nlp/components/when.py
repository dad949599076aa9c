"""`when`: at what time, counted from the moment of the complaint (`doc._.at`, a local datetime)."""

from __future__ import annotations

from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import mark
from nlp.ranges import Ranges
from nlp.times import find_times

GROUP: Final = "times"


@Language.component("when", assigns=["doc._.times", "doc.spans"], requires=["doc._.plain", "doc._.matches"])
def when(doc: Doc) -> Doc:
    """Leaves out what stands inside a name that the gazetteer knows: 五一路 is no holiday.

    It goes before `address`, which lets no name of a place reach into a time (昨天晚上|桂花苑).
    """
    places = Ranges((match.start, match.end) for match in doc._.matches)
    at = doc._.at.replace(tzinfo=None) if doc._.at else None
    found = tuple(item for item in find_times(doc._.plain, at) if not places.touch(item.start, item.end))
    doc._.times = found
    mark(doc, GROUP, [(item.start, item.end, item.kind) for item in found])
    return doc
