"""Training texts as arrays, and varied: a span's characters replaced by those of another span with its label."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from nlp.models.encoders import Indices
from nlp.models.tags import TagScheme


@dataclass(frozen=True)
class Examples:
    """Training texts as arrays: per text its character rows, lexicon codes (characters, lexicons) and tags, and one
    sparse row of features a character."""

    characters: list[Indices]
    words: list[Indices]
    tags: list[Indices]
    features: sparse.csr_matrix
    scheme: TagScheme

    @property
    def lengths(self) -> Indices:
        return np.array([len(row) for row in self.tags], dtype=np.int64)


def swapped(examples: Examples, share: float, random: np.random.Generator) -> Examples:
    """The same texts, a `share` of their spans exchanged for others of their label.

    The label's place among the others stays true, and the network sees many more combinations of names than anybody
    labelled. Features of the wide half do not move along: only for networks without one.
    """
    bank: defaultdict[str, list[tuple[int, int, int]]] = defaultdict(list)
    spans = [examples.scheme.decode(tags) for tags in examples.tags]
    for text, found in enumerate(spans):
        for start, end, label in found:
            bank[label].append((text, start, end))
    columns = (examples.characters, examples.words, examples.tags)
    made: tuple[list[Indices], ...] = ([], [], [])
    for text, found in enumerate(spans):
        pieces: list[tuple[int, int, int]] = []
        last = 0
        for start, end, label in found:
            pieces.append((text, last, start))
            others = bank[label]
            changed = random.random() < share
            pieces.append(others[int(random.integers(len(others)))] if changed else (text, start, end))
            last = end
        pieces.append((text, last, len(examples.tags[text])))
        for column, rows in zip(columns, made, strict=True):
            rows.append(np.concatenate([column[source][start:end] for source, start, end in pieces]))
    return Examples(made[0], made[1], made[2], examples.features, examples.scheme)
