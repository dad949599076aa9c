"""`category`: what the complaint is about, by weighted words.

The score of a category is the sum of the weights of its words, each word at full weight once and at a third when it
comes again, so that a long text is no surer than a clear one. Below the margin to the runner-up nothing is said: a
person decides.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import ahocorasick
from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import mark
from nlp.tables import category_cues

_REPEAT: Final = 1 / 3
_PRIOR: Final = 2.0
"""Weight that a category must overcome: one hint alone gives a score of 1/3."""


@Language.factory(
    "category",
    assigns=["doc._.category", "doc._.category_score", "doc.spans"],
    requires=["doc._.plain"],
    default_config={"minimum": 0.4, "margin": 0.12},
)
class CategoryReader:
    """Gives the code of the best category, or None where its score is under `minimum` or its lead under `margin`."""

    def __init__(self, nlp: Language, name: str, minimum: float, margin: float) -> None:
        del nlp
        self.name = name
        self.minimum = minimum
        self.margin = margin
        self._automaton = _automaton()

    def __call__(self, doc: Doc) -> Doc:
        ranked, spans = self.rank(doc._.plain)
        if ranked:
            code, score = ranked[0]
            runner_up = ranked[1][1] if len(ranked) > 1 else 0.0
            doc._.category_score = score
            doc._.category = code if score >= self.minimum and score - runner_up >= self.margin else None
        mark(doc, "category", spans)
        return doc

    def rank(self, text: str) -> tuple[list[tuple[str, float]], list[tuple[int, int, str]]]:
        """Categories with their scores (together at most 1), best first; and the (start, end, code) words."""
        points: defaultdict[str, float] = defaultdict(float)
        seen: set[str] = set()
        spans: list[tuple[int, int, str]] = []
        for last, (cue, weights) in self._automaton.iter_long(text):
            again = _REPEAT if cue in seen else 1.0
            seen.add(cue)
            for code, weight in weights:
                points[code] += weight * again
            spans.append((last + 1 - len(cue), last + 1, weights[0][0]))
        total = sum(points.values()) + _PRIOR
        ranked = sorted(
            ((code, round(value / total, 4)) for code, value in points.items()), key=lambda p: (-p[1], p[0])
        )
        return ranked, spans


def _automaton() -> Any:
    weights: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for cue in category_cues():
        weights[cue.text].append((cue.category, cue.weight))
    automaton = ahocorasick.Automaton()
    for text, pairs in weights.items():
        automaton.add_word(text, (text, tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))))
    automaton.make_automaton()
    return automaton
