"""A linear classifier over short strings: how much each speaks for each category.

A term counts once, a further time it counts `AGAIN`, and within the first `HEAD` characters twice as much: there people
say what it is about. Counts are weighted with the term's rarity and the vector is brought to length 1, so that a long
text is no surer than a clear one; what is shorter than eight characters stays shorter. The file holds arrays alone (npz
without pickled objects); weights are bytes with one scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import ahocorasick
import numpy as np
from numpy.typing import NDArray

from nlp.tables import FOLDER

Floats = NDArray[np.float32]
Hits = list[tuple[int, int]]

SHIPPED: Final = FOLDER / "category_weights.npz"
AGAIN: Final = 0.3
HEAD: Final = 60
_STEPS: Final = 127
_LEAST: Final = 50.0
"""Length that a vector is divided by at least, about that of eight characters: three words are no sure thing."""


@dataclass(frozen=True)
class TermWeights:
    """`weights` is (terms, codes); probabilities are the softmax of the scores divided by `temperature`."""

    codes: tuple[str, ...]
    terms: tuple[str, ...]
    rarity: Floats
    weights: Floats
    bias: Floats
    temperature: float

    @cached_property
    def _automaton(self) -> Any:
        automaton = ahocorasick.Automaton()
        for row, term in enumerate(self.terms):
            automaton.add_word(term, row)
        automaton.make_automaton()
        return automaton

    def hits(self, text: str) -> Hits:
        """Every term in the text as (offset of its last character, its row)."""
        return list(self._automaton.iter(text))

    def row(self, hits: Hits) -> tuple[NDArray[np.int64], Floats]:
        """The rows of the terms in a text, and the vector that they make, of length 1 at most."""
        counts: dict[int, float] = {}
        for last, term in hits:
            weight = 2.0 if last < HEAD else 1.0
            counts[term] = counts[term] + weight * AGAIN if term in counts else weight
        rows = np.fromiter(counts, dtype=np.int64, count=len(counts))
        values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts)) * self.rarity[rows]
        return rows, values / np.float32(max(float(np.sqrt(values @ values)), _LEAST))

    def scores(self, hits: Hits) -> Floats:
        rows, values = self.row(hits)
        scores: Floats = self.bias + values @ self.weights[rows]
        return scores

    def probabilities(self, hits: Hits) -> Floats:
        """By code, together 1."""
        scores = self.scores(hits) / np.float32(self.temperature)
        exponents = np.exp(scores - scores.max())
        result: Floats = exponents / exponents.sum()
        return result

    @cached_property
    def _speaks_for(self) -> list[int]:
        """By term, the code that it speaks for most clearly, -1 for a single character: it tells people nothing."""
        best = np.where(self.weights.max(1) > 0, self.weights.argmax(1), -1).tolist()
        return [code if len(term) > 1 else -1 for term, code in zip(self.terms, best, strict=True)]

    def evidence(self, hits: Hits, code: str) -> list[tuple[int, int]]:
        """Offsets of the stretches of terms that speak for a category before all others, for people to see why."""
        wanted, speaks_for = self.codes.index(code), self._speaks_for
        found: list[tuple[int, int]] = []
        for last, term in hits:
            if speaks_for[term] == wanted:
                start, end = last + 1 - len(self.terms[term]), last + 1
                while found and start <= found[-1][1]:
                    start = min(start, found.pop()[0])
                found.append((start, end))
        return found

    def save(self, path: Path) -> None:
        scale = float(np.abs(self.weights).max()) / _STEPS
        np.savez_compressed(
            path,
            allow_pickle=False,
            codes=np.array(self.codes),
            terms=np.array(self.terms),
            rarity=self.rarity.astype(np.float16),
            weights=np.round(self.weights / scale).astype(np.int8),
            bias=self.bias.astype(np.float32),
            scale=np.float32(scale),
            temperature=np.float32(self.temperature),
        )


@lru_cache(maxsize=4)
def load_weights(path: Path = SHIPPED) -> TermWeights:
    """Raises OSError, ValueError or KeyError where the file is none of ours."""
    with np.load(path, allow_pickle=False) as arrays:
        return TermWeights(
            codes=tuple(str(code) for code in arrays["codes"]),
            terms=tuple(str(term) for term in arrays["terms"]),
            rarity=arrays["rarity"].astype(np.float32),
            weights=arrays["weights"].astype(np.float32) * arrays["scale"],
            bias=arrays["bias"],
            temperature=float(arrays["temperature"]),
        )
