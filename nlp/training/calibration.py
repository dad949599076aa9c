"""Confidence that means what it says: of the answers given with .8, four in five are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_BINS: Final = 10
_COOLEST, _HOTTEST = 0.05, 20.0
_STEPS: Final = 60
_GOLDEN: Final = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers with a confidence from `low` to `low + .1`: how many, their mean confidence, the share that is right."""

    low: float
    count: int
    confidence: float
    right: float


def softmax(scores: Matrix) -> Matrix:
    exponents = np.exp(scores - scores.max(1, keepdims=True))
    result: Matrix = exponents / exponents.sum(1, keepdims=True)
    return result


def temperature(scores: Matrix, true: NDArray[np.int64]) -> float:
    """What to divide scores by so that their softmax is likeliest (Guo and others 2017); by golden-section search.

    The scores must be of rows that their model was not trained on.
    """

    def loss(log_heat: float) -> float:
        probabilities = softmax(scores / np.exp(log_heat))
        return -float(np.log(np.maximum(probabilities[np.arange(len(true)), true], 1e-12)).mean())

    low, high = float(np.log(_COOLEST)), float(np.log(_HOTTEST))
    for _ in range(_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def reliability(confidence: Matrix, right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Ten bins of equal width; empty ones are left out."""
    places = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    return tuple(
        Bin(
            round(place / _BINS, 1),
            int((places == place).sum()),
            round(float(confidence[places == place].mean()), 4),
            round(float(right[places == place].mean()), 4),
        )
        for place in range(_BINS)
        if (places == place).any()
    )


def expected_error(bins: tuple[Bin, ...]) -> float:
    """Mean distance between confidence and share of right answers, weighted by the bins' counts (Naeini 2015)."""
    total = sum(part.count for part in bins)
    return round(sum(part.count * abs(part.confidence - part.right) for part in bins) / total, 4) if total else 0.0
