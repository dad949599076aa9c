"""`category`: what the complaint is about, by the codes of a taxonomy, each with a calibrated probability.

As shipped, the weights of nlp/data/category_weights.npz score short strings of the text (nlp/termweights.py;
`python -m nlp.training.shipped` makes them). Of the answers given with .8, four in five are right. The first is said
only where it is probable and leads; else a person decides between the three, which any text with a Chinese character
has.

A site with a taxonomy of its own names its files in the configuration:

    [components.category]
    factory = "category"
    taxonomy = "/etc/weinao/categories.csv"     columns of nlp/data/categories.csv; departments come from here
    cues = "/etc/weinao/category_cues.csv"      columns of nlp/data/category_cues.csv
    weights = "/etc/weinao/category_weights.npz"    made of the site's own phrases; may be left out

Without weights for its codes the cues decide: a category's share of the points of all cues in the text, each at full
weight once and at a third when it comes again. Such a share is no calibrated probability.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import ahocorasick
from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import Guess, mark
from nlp.tables import Cue, read_cues, read_taxonomy
from nlp.termweights import SHIPPED, TermWeights, load_weights

_TOP: Final = 3
_FLAT: Final = 0.15
"""A best guess below this is no guess, nor is one that single characters alone speak for: three to choose from remain,
with a score of 0 and nothing marked."""
_HANZI: Final = re.compile(r"[一-龥]")
_REPEAT: Final = 1 / 3
_PRIOR: Final = 2.0
"""Points that a category must overcome: one hint alone gives a share of 1/3."""

Ranked = list[tuple[str, float]]
Spans = list[tuple[int, int, str]]


@Language.factory(
    "category",
    assigns=["doc._.categories", "doc._.category", "doc._.category_score", "doc.spans"],
    requires=["doc._.plain"],
    default_config={"minimum": 0.4, "margin": 0.15, "taxonomy": None, "cues": None, "weights": None},
)
class CategoryReader:
    """Sets the three best categories, and the first as the category where its probability and lead are enough.

    A `category_score` of 0 says that the text tells of no matter, whatever the three are.
    """

    def __init__(
        self,
        nlp: Language,
        name: str,
        minimum: float,
        margin: float,
        taxonomy: str | None,
        cues: str | None,
        weights: str | None,
    ) -> None:
        del nlp
        self.name = name
        self.minimum = minimum
        self.margin = margin
        self.taxonomy = read_taxonomy(_path(taxonomy))
        own = taxonomy is not None or cues is not None
        self._weights = None if own and weights is None else load_weights(_path(weights) or SHIPPED)
        self._cues = _automaton(read_cues(_path(cues))) if self._weights is None else None
        unknown = set(self._weights.codes if self._weights else ()) - self.taxonomy.keys()
        if unknown:
            raise ValueError(f"category weights for codes that the taxonomy does not have: {sorted(unknown)}")

    def __call__(self, doc: Doc) -> Doc:
        ranked, spans = self.rank(doc._.plain)
        if not ranked or not _HANZI.search(doc._.plain):
            return doc
        doc._.categories = tuple(Guess(*guess) for guess in ranked)
        code, first = ranked[0]
        if spans and first >= _FLAT:
            second = ranked[1][1] if len(ranked) > 1 else 0.0
            doc._.category_score = first
            doc._.category = code if first >= self.minimum and first - second >= self.margin else None
            mark(doc, "category", spans)
        return doc

    def rank(self, text: str) -> tuple[Ranked, Spans]:
        """The best categories with their probabilities, best first; and the (start, end, code) words for the first."""
        return _by_weights(self._weights, text) if self._weights else _by_cues(self._cues, text)


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None


def _by_weights(weights: TermWeights, text: str) -> tuple[Ranked, Spans]:
    hits = weights.hits(text)
    shares = weights.probabilities(hits)
    best = (-shares).argsort(kind="stable")[:_TOP]
    ranked = [(weights.codes[row], round(float(shares[row]), 4)) for row in best]
    code = ranked[0][0]
    return ranked, [(start, end, code) for start, end in weights.evidence(hits, code)]


def _by_cues(automaton: Any, text: str) -> tuple[Ranked, Spans]:
    points: defaultdict[str, float] = defaultdict(float)
    seen: set[str] = set()
    spans: Spans = []
    for last, (cue, weights) in automaton.iter_long(text) if len(automaton) else ():
        again = _REPEAT if cue in seen else 1.0
        seen.add(cue)
        for code, weight in weights:
            points[code] += weight * again
        spans.append((last + 1 - len(cue), last + 1, weights[0][0]))
    total = sum(points.values()) + _PRIOR
    ranked = sorted(((code, round(value / total, 4)) for code, value in points.items()), key=lambda p: (-p[1], p[0]))
    return ranked[:_TOP], spans


def _automaton(cues: Iterable[Cue]) -> Any:
    weights: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for cue in cues:
        weights[cue.text].append((cue.category, cue.weight))
    automaton = ahocorasick.Automaton()
    for text, pairs in weights.items():
        automaton.add_word(text, (text, tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))))
    automaton.make_automaton()
    return automaton
