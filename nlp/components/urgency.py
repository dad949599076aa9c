"""`urgency`: how soon somebody should look, with the words that say so."""

from __future__ import annotations

import re
from typing import Any, Final

import ahocorasick
from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import mark
from nlp.tables import urgency_cues

LEVELS: Final = ("normal", "urgent", "emergency")
# "没有起火", "防止坍塌", "会不会爆炸": spoken of, not happening. One step lower rather than nothing.
_UNREAL: Final = re.compile(
    r"(?:没有?|未|并无|不会|不是|防止|防范|预防|避免|以免|担心|害怕|会不会|如果|万一|万一发生)[一-龥]{0,3}$"
)


@Language.factory("urgency", assigns=["doc._.urgency", "doc._.urgency_reasons", "doc.spans"], requires=["doc._.plain"])
class UrgencyReader:
    """Sets the highest level that any word asks for, and the distinct reasons in order of their level and place."""

    def __init__(self, nlp: Language, name: str) -> None:
        del nlp
        self.name = name
        self._automaton = _automaton()

    def __call__(self, doc: Doc) -> Doc:
        text: str = doc._.plain
        found: list[tuple[int, int, str]] = []
        reasons: dict[str, int] = {}
        for last, (length, level, reason) in self._automaton.iter_long(text):
            start = last + 1 - length
            rank = LEVELS.index(level) - bool(_UNREAL.search(text, max(0, start - 8), start))
            if rank:
                found.append((start, last + 1, LEVELS[rank]))
                reasons[reason] = max(rank, reasons.get(reason, 0))
        if reasons:
            doc._.urgency = LEVELS[max(reasons.values())]
            doc._.urgency_reasons = tuple(sorted(reasons, key=lambda reason: -reasons[reason]))
        mark(doc, "urgency", found)
        return doc


def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    for cue in urgency_cues():
        automaton.add_word(cue.text, (len(cue.text), cue.level, cue.reason))
    automaton.make_automaton()
    return automaton
