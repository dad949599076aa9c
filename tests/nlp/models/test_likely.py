# A field of two labels and five characters, small enough that every sequence of tags can be written out.

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from nlp.models.likely import likely_spans
from nlp.models.tags import TagScheme
from nlp.models.viterbi import FORBIDDEN


@pytest.mark.parametrize("seed", range(8))
def test_spans_are_given_that_hold_in_more_than_half_of_all_sequences(seed: int) -> None:
    random, scheme = np.random.default_rng(seed), TagScheme(("one", "two"))
    tags, lengths = len(scheme.tags), np.array([3, 5, 1])
    scores = random.normal(size=(9, tags)).astype(np.float32) * 2
    transitions = np.where(scheme.follows, random.normal(size=(tags, tags)), FORBIDDEN).astype(np.float32)
    starts = np.where(scheme.starts, random.normal(size=tags), FORBIDDEN).astype(np.float32)
    ends = np.where(scheme.ends, random.normal(size=tags), FORBIDDEN).astype(np.float32)

    found = likely_spans(scores, lengths, scheme, transitions, starts, ends)

    for text, (start, length) in enumerate(((0, 3), (3, 5), (8, 1))):
        chances: dict[tuple[int, int, str], float] = {}
        total = 0.0
        for path in product(range(tags), repeat=length):
            if not (
                scheme.starts[path[0]]
                and scheme.ends[path[-1]]
                and all(scheme.follows[a, b] for a, b in pairwise(path))
            ):
                continue
            score = sum(scores[start + step, tag] for step, tag in enumerate(path)) + starts[path[0]] + ends[path[-1]]
            weight = float(np.exp(score + sum(transitions[a, b] for a, b in pairwise(path))))
            total += weight
            for span in scheme.decode(path):
                chances[span] = chances.get(span, 0.0) + weight
        assert found[text] == sorted(span for span, weight in chances.items() if weight / total > 0.5)
