"""A category model: weights of character n-grams, and a confidence that means what it says.

A text is seen in views: all of it, and its beginning, where people put the matter in a few words. A view counts the
n-grams of its lengths, takes 1 + log(count) × inverse document frequency, and brings the whole to length 1. The scores
of all views add up; their softmax, after division by the trained temperature, is the confidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from nlp.models.features import Hashes, KnownHashes
from nlp.models.forms import Form, filled
from nlp.models.store import MANIFEST, Arrays, StoredModel, read_model

KIND: Final = "category"

Floats = NDArray[np.float32]

_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(31)
_LONGEST_TEXT: Final = 20_000

_Size = Annotated[int, Field(ge=1, le=20)]


@dataclass(frozen=True, slots=True)
class View:
    """N-grams of `shortest` to `longest` characters of the first `head` characters (0: of all)."""

    name: str
    shortest: int
    longest: int
    head: int = 0

    def grams(self, text: str) -> tuple[Hashes, Floats]:
        """The distinct hashes, ascending, and 1 + log(count) of each."""
        plain = "".join(text[:_LONGEST_TEXT].split()).lower()
        codes = np.fromiter(map(ord, plain[: self.head] if self.head else plain), dtype=np.uint64)
        parts: list[Hashes] = []
        state = np.zeros(len(codes), dtype=np.uint64)
        for size in range(1, self.longest + 1):
            if len(codes) < size:
                break
            state = (state[: len(codes) - size + 1] ^ (codes[size - 1 :] + np.uint64(size << 24))) * _PRIME
            state ^= state >> _SHIFT
            if size >= self.shortest:
                parts.append(state)
        if not parts:
            return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.float32)
        distinct, counts = np.unique(np.concatenate(parts), return_counts=True)
        return distinct, (1 + np.log(counts)).astype(np.float32)


@dataclass(frozen=True)
class ViewWeights:
    """What a view's n-grams weigh: `known` (grams) sorted, `rarity` (grams), `weights` (grams, categories)."""

    view: View
    known: Hashes
    rarity: Floats
    weights: Floats

    @cached_property
    def _places(self) -> KnownHashes:
        return KnownHashes(self.known)

    def scores(self, text: str) -> Floats:
        rows, values = self.row(text)
        scores: Floats = values @ self.weights[rows]
        return scores

    def row(self, text: str) -> tuple[NDArray[np.int64], Floats]:
        """Columns of the known n-grams and their values, a vector of length 1 (or empty)."""
        grams, counts = self.view.grams(text)
        if not len(self.known):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        rows = self._places.rows(grams)
        found = rows < len(self.known)
        rows = rows[found]
        values = counts[found] * self.rarity[rows]
        norm = float(np.sqrt((values * values).sum()))
        return rows, values / np.float32(norm or 1.0)


@dataclass(frozen=True)
class CategoryModel:
    """A loaded model; `names` are the categories as they stood in the training file, `codes` ours for some of them."""

    names: tuple[str, ...]
    views: tuple[ViewWeights, ...]
    bias: Floats
    temperature: float
    version: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(texts, categories); each row sums to 1."""
        scores = np.array([self.scores(text) for text in texts], dtype=np.float64).reshape(len(texts), len(self.names))
        scores /= self.temperature
        exponents = np.exp(scores - scores.max(1, keepdims=True, initial=-np.inf))
        result: NDArray[np.float64] = exponents / exponents.sum(1, keepdims=True)
        return result

    def scores(self, text: str) -> Floats:
        total: Floats = self.bias + sum(view.scores(text) for view in self.views)
        return total

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Categories with their confidence, best first."""
        row = self.probabilities([text])[0]
        return [(self.names[index], round(float(row[index]), 4)) for index in np.argsort(-row, kind="stable")]

    def arrays(self) -> Arrays:
        """What is stored; weights at half precision."""
        found: Arrays = {"bias": self.bias}
        for number, view in enumerate(self.views):
            found |= {
                f"{number}.known": view.known,
                f"{number}.rarity": view.rarity.astype(np.float16),
                f"{number}.weights": view.weights.astype(np.float16),
            }
        return found

    def settings(self) -> dict[str, Any]:
        views = [[part.view.name, part.view.shortest, part.view.longest, part.view.head] for part in self.views]
        return {"names": list(self.names), "temperature": self.temperature, "views": views}


def load_category_model(folder: Path) -> CategoryModel:
    """Raises ReadingModelInvalid where the directory is no such model, or was changed."""
    return category_model(read_model(folder, KIND))


class _Settings(Form):
    """Of weights at half precision and such a temperature every probability is finite."""

    names: Annotated[list[str], Field(min_length=1)]
    temperature: Annotated[float, Field(gt=1e-6)]
    views: Annotated[list[tuple[str, _Size, _Size, Annotated[int, Field(ge=0)]]], Field(min_length=1)]
    codes: dict[str, str] | None = None


def category_model(stored: StoredModel) -> CategoryModel:
    settings = filled(_Settings, stored.settings, f"模型 {stored.name} 的 {MANIFEST} 的 settings")
    count = len(settings.names)
    views = []
    for number, view in enumerate(settings.views):
        known = stored.array(f"{number}.known", np.uint64, -1)
        rarity = stored.array(f"{number}.rarity", np.float16, len(known))
        weights = stored.array(f"{number}.weights", np.float16, len(known), count)
        views.append(ViewWeights(View(*view), known, rarity.astype(np.float32), weights.astype(np.float32)))
    return CategoryModel(
        tuple(settings.names),
        tuple(views),
        stored.array("bias", np.float32, count),
        settings.temperature,
        stored.version,
        settings.codes or {},
    )
