# Fields small enough (4 steps, 3 tags or those of two labels) that every path can be written out and compared with.

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from nlp.models.tags import TagScheme
from nlp.models.viterbi import FORBIDDEN, best_tags
from nlp.training.crf import crf_gradient

TAGS, STEPS = 3, 4


@pytest.fixture
def field() -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(4)
    emissions = random.normal(size=(2, STEPS, TAGS)).astype(np.float32)
    transitions = random.normal(size=(TAGS, TAGS)).astype(np.float32)
    transitions[0, 2] = -1e4
    starts, ends = random.normal(size=(2, TAGS)).astype(np.float32)
    return emissions, transitions, starts, ends


def _score(
    path: tuple[int, ...], emissions: np.ndarray, transitions: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> float:
    inside = sum(emissions[step, tag] for step, tag in enumerate(path))
    return float(inside + sum(transitions[a, b] for a, b in pairwise(path)) + starts[path[0]] + ends[path[-1]])


def test_loss_is_minus_the_log_probability_of_the_gold_path(field: tuple[np.ndarray, ...]) -> None:
    emissions, transitions, starts, ends = field
    lengths, gold = (4, 2), np.array([[0, 1, 2, 2], [1, 0, 0, 0]])
    mask = np.arange(STEPS)[None] < np.array(lengths)[:, None]

    found = crf_gradient(emissions, mask, gold, transitions, starts, ends)

    expected = 0.0
    for text, length in enumerate(lengths):
        rest = (transitions, starts, ends)
        scores = [_score(path, emissions[text], *rest) for path in product(range(TAGS), repeat=length)]
        expected += np.log(np.exp(scores).sum()) - _score(tuple(gold[text, :length]), emissions[text], *rest)
    assert found.loss == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("part", ["emissions", "transitions", "starts", "ends"])
def test_gradients_are_those_of_small_steps(field: tuple[np.ndarray, ...], part: str) -> None:
    values = dict(zip(("emissions", "transitions", "starts", "ends"), field, strict=True))
    mask, gold = np.array([[1, 1, 1, 1], [1, 1, 1, 0]], dtype=bool), np.array([[0, 1, 2, 2], [1, 0, 0, 0]])

    def run() -> object:
        return crf_gradient(values["emissions"], mask, gold, values["transitions"], values["starts"], values["ends"])

    found = getattr(run(), part)
    for place in np.ndindex(values[part].shape):
        if abs(values[part][place]) > 100:
            continue
        step = np.float32(1e-2)
        values[part][place] += step
        above = run().loss  # type: ignore[attr-defined]
        values[part][place] -= 2 * step
        below = run().loss  # type: ignore[attr-defined]
        values[part][place] += step
        assert found[place] == pytest.approx((above - below) / 0.02, abs=5e-3)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_path_is_the_best_of_all_paths(seed: int) -> None:
    random, scheme = np.random.default_rng(seed), TagScheme(("one", "two"))
    tags, lengths = len(scheme.tags), np.array([2, 4, 1])
    emissions = random.normal(size=(7, tags)).astype(np.float32) * 3
    moves = random.normal(size=(tags, tags)) if seed % 2 else np.full((tags, tags), 0.25)
    transitions = np.where(scheme.follows, moves, FORBIDDEN).astype(np.float32)
    starts = np.where(scheme.starts, random.normal(size=tags), FORBIDDEN).astype(np.float32)
    ends = np.where(scheme.ends, random.normal(size=tags), FORBIDDEN).astype(np.float32)
    given = emissions.copy()

    found = best_tags(emissions, lengths, transitions, starts, ends)

    for start, length in ((0, 2), (2, 4), (6, 1)):
        own = emissions[start : start + length]
        paths = product(range(tags), repeat=length)
        best = max(paths, key=lambda path: _score(path, own, transitions, starts, ends))
        assert tuple(found[start : start + length]) == best
    assert (emissions == given).all()
