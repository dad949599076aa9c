"""`sentiment`: the tone towards the matter. Thanks and praise are positive, mere questions and suggestions neutral.

A complaint is the usual thing, so a text that has a matter and no tone of its own is negative. A 谢谢 at the end is
manners, no thanks: it is no cue.
"""

from __future__ import annotations

from typing import Any, Final

import ahocorasick
from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import Sentiment
from nlp.tables import sentiment_cues

TONES: Final = ("positive", "negative", "neutral")
_THANKS: Final = 2.0
_ASKS: Final = 2.0
"""Least points of asking: 吗 and 多少 are in any complaint."""
_HEAD: Final = 40
"""Within so many characters a word of asking says what somebody comes for, and counts twice."""
_WORN: Final = 1 / 2
"""What a cue counts the second time, and half of that the third."""


@Language.factory("sentiment", assigns=["doc._.sentiment"], requires=["doc._.plain", "doc._.category_score"])
class SentimentReader:
    """Weighs the cues of nlp/data/sentiment_cues.csv against each other."""

    def __init__(self, nlp: Language, name: str) -> None:
        del nlp
        self.name = name
        self._automaton = _automaton()

    def __call__(self, doc: Doc) -> Doc:
        doc._.sentiment = self.read(doc._.plain, has_matter=bool(doc._.category_score))
        return doc

    def read(self, text: str, *, has_matter: bool) -> Sentiment:
        points = self.weigh(text)
        if points["positive"] >= _THANKS and points["positive"] >= points["negative"] / 2:
            return "positive"
        if points["neutral"] >= _ASKS and points["negative"] <= points["neutral"]:
            return "neutral"
        return "negative" if has_matter or points["negative"] else "neutral"

    def weigh(self, text: str) -> dict[str, float]:
        points = dict.fromkeys(TONES, 0.0)
        worn: dict[str, float] = {}
        for last, (cue, tone, weight) in self._automaton.iter_long(text):
            opening = 2.0 if tone == "neutral" and last < _HEAD else 1.0
            points[tone] += weight * worn.get(cue, opening)
            worn[cue] = worn.get(cue, 1.0) * _WORN
        return points


def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    for cue in sentiment_cues():
        automaton.add_word(cue.text, (cue.text, cue.tone, cue.weight))
    automaton.make_automaton()
    return automaton
