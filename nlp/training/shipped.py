"""The weights of the category reader that are shipped, made anew from our own phrases.

    python -m nlp.training.shipped --grammar loaders/town/data/hotline_grammar.yaml [--out FILE]

Linear support vector machines, one a category against the rest, on characters in ones to threes. The temperature is
fitted on texts of the made town's grammar of complaints, which the scoring machine has not seen: a citizen will use
other words than ours. What is shipped has then learnt the happenings of that grammar too.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import sparse

from nlp.components.normalize import plain
from nlp.tables import category_cues, taxonomy
from nlp.termweights import SHIPPED, Floats, TermWeights
from nlp.training.calibration import temperature
from nlp.training.phrases import made_complaints, read_phrases, with_cues, with_grammar

FILES: Final = ("phrases.txt", "told.txt", "fillers.txt")
EACH: Final = 500
_LONGEST: Final = 3
_RAREST: Final = 4
_COST: Final = 0.3
_HELD: Final = 40
_WORDS: Final = re.compile(r"[一-龥A-Za-z]+")

Rows = Sequence[tuple[str, str]]


def train(grammar: Mapping[str, Mapping[str, str]], *, each: int = EACH, seed: int = 1) -> TermWeights:
    """Weights of the phrases, the decisive cues and the happenings of a town's grammar; deterministic for a seed."""
    names = {category.name: code for code, category in taxonomy().items()}
    own = read_phrases(FILES)
    unseen = with_grammar({"any": own["any"]}, grammar, names)
    scorer = _fit(list(made_complaints(own, each, seed)), 1.0)
    rows = [(scorer.scores(scorer.hits(plain(text))), code) for text, code in made_complaints(unseen, _HELD, seed)]
    heat = temperature(
        np.array([scores for scores, _ in rows], dtype=np.float64),
        np.array([scorer.codes.index(code) for _, code in rows], dtype=np.int64),
    )
    everything = with_grammar(with_cues(own, category_cues()), grammar, names)
    return _fit(list(made_complaints(everything, each, seed)), heat)


def _fit(rows: Rows, heat: float) -> TermWeights:
    from sklearn.svm import LinearSVC

    texts = [plain(text) for text, _ in rows]
    codes = tuple(sorted({code for _, code in rows}))
    true = np.array([codes.index(code) for _, code in rows])
    terms, rarity = _terms(texts)
    nothing = np.zeros((len(terms), len(codes)), dtype=np.float32)
    bare = TermWeights(codes, terms, rarity, nothing, np.zeros(len(codes), dtype=np.float32), heat)
    machine = LinearSVC(C=_COST, random_state=1).fit(_matrix(bare, texts), true)
    weights: Floats = np.ascontiguousarray(machine.coef_.T, dtype=np.float32)
    bias: NDArray[np.float32] = machine.intercept_.astype(np.float32)
    return TermWeights(codes, terms, rarity, weights, bias, heat)


def _terms(texts: Sequence[str]) -> tuple[tuple[str, ...], Floats]:
    """The n-grams that are in enough texts, with log((1 + texts) / (1 + texts that have it)) + 1."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(_grams(text)))
    terms = tuple(sorted(term for term, count in counts.items() if count >= _RAREST))
    rarity = [math.log((1 + len(texts)) / (1 + counts[term])) + 1 for term in terms]
    return terms, np.array(rarity, dtype=np.float32).astype(np.float16).astype(np.float32)


def _grams(text: str) -> Iterator[str]:
    for match in _WORDS.finditer(text):
        word = match.group()
        for size in range(1, _LONGEST + 1):
            for start in range(len(word) - size + 1):
                yield word[start : start + size]


def _matrix(model: TermWeights, texts: Sequence[str]) -> sparse.csr_matrix:
    rows = [model.row(model.hits(text)) for text in texts]
    ends = np.cumsum([0, *(len(terms) for terms, _ in rows)])
    terms, values = (np.concatenate(side) for side in zip(*rows, strict=True))
    return sparse.csr_matrix((values, terms, ends), shape=(len(texts), len(model.terms)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grammar", type=Path, required=True, help="the made town's grammar of complaints")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    model = train(yaml.safe_load(arguments.grammar.read_text(encoding="utf-8")))
    model.save(arguments.out)
    print(  # noqa: T201 - a program for the terminal
        f"{len(model.codes)} categories, {len(model.terms)} terms, temperature {model.temperature:.3f}"
    )


if __name__ == "__main__":
    main()
