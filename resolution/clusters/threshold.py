"""The threshold above which a pair is a link, and the band that people look at; both chosen without labels.

Weights become probabilities by a calibration (`calibration.py`); from these follow the precision and recall that each
threshold can be expected to have, and the declared objective picks one. Of F_β the best threshold lies where the
probability is F* / (1 + β²), F* being the best value itself (Lipton, Elkan & Naryanaswamy 2014, "Optimal thresholding
of classifiers to maximize F1 measure"). The band is where the probability is neither clearly low nor clearly high
(the clerical review of Fellegi & Sunter 1969).

The expectations are about links, before they are closed to clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelInvalid
from resolution.clusters.calibration import BIN, GRID, Calibration, anchored, bins, claimed, mixed

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# The probabilities between which a person should look.
BAND: Final = (0.05, 0.95)
# The F* that is taken for the least: below it the rule above would accept links that are mostly wrong.
LEAST_F: Final = 0.5
# One-sided 95 % of the normal distribution.
CONFIDENCE: Final = 1.645
# Decimal places to which bits and expectations are told.
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Objective:
    """Either the best F_β (`beta`), or the best recall at a `precision`."""

    beta: float | None = None
    precision: float | None = None

    def __str__(self) -> str:
        return f"precision {self.precision:g}" if self.beta is None else f"F{self.beta:g}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Pairs about which an independent identifier tells the truth, as arrays of the length of the weights.

    `known`: both sides have a valid identifier; `same`: they are equal; `without`: the pair's weight without the
    identifier's comparison (any number where not known). NaN in `without` keeps a known pair out of the fit: it should
    stand for pairs that met by the identifier only, for such pairs do not occur among the rest.
    """

    known: Mask
    same: Mask
    without: Floats


@dataclass(frozen=True, slots=True)
class Decision:
    """Pairs above `threshold` (bits) are links; those from `lower` to `upper` deserve a look.

    `accepted` and `rejected` (two different identifiers too) are all pairs, `doubtful` those of either that lie in the
    band. `basis` is what the calibration rests on: anchor, mixture or prior. `met` is false where no threshold reaches
    the objective's precision; it is then the one that comes nearest.
    """

    threshold: float
    lower: float
    upper: float
    objective: str
    basis: str
    expected_precision: float
    expected_recall: float
    accepted: int
    rejected: int
    doubtful: int
    met: bool


def read_objective(declared: Any) -> Objective:
    """From a declaration: `f1`, `{f: 0.5}` (below 1 favours precision) or `{precision: 0.999}`.

    Raises `ModelInvalid`.
    """
    if declared == "f1":
        return Objective(beta=1.0)
    if isinstance(declared, dict) and len(declared) == 1:
        name, value = next(iter(declared.items()))
        if isinstance(value, int | float) and not isinstance(value, bool):
            if name == "f" and 0 < value < np.inf:
                return Objective(beta=float(value))
            if name == "precision" and 0.5 <= value < 1:
                return Objective(precision=float(value))
    raise ModelInvalid("匹配声明的 objective 应为 f1、{f: 正数} 或 {precision: 0.5 到 1 之间的数}")


def decide(
    weights: Floats,
    objective: Objective,
    *,
    counts: Floats | None = None,
    certain: float = 0.0,
    anchor: Anchor | None = None,
    band: tuple[float, float] = BAND,
) -> Decision:
    """Choose threshold and band for candidate pairs with these match weights (bits, prior included; NaN is rejected).

    `counts[i]` is how many pairs of records the pair stands for (one each without it), `certain` how many pairs of
    records are linked already, before any comparison: both weigh in the expected precision and recall only.

    A precision is met by all links together, with 95 % confidence, where an anchor backs the calibration; where none
    does, each single link has to reach it, by the more cautious of calibration and claim.
    """
    valid = ~np.isnan(weights)
    calibration = _calibration(weights, valid, anchor)
    if objective.precision is not None and calibration.basis != "anchor":
        cautious = np.minimum(calibration.probability, claimed().probability)
        calibration = Calibration(cautious, calibration.basis)
    pairs, matches = _by_bin(weights, valid, calibration, counts, anchor)
    accepted = certain + np.append(np.cumsum(pairs[::-1])[::-1], 0.0)
    right = certain + np.append(np.cumsum(matches[::-1])[::-1], 0.0)
    precision = np.divide(right, accepted, out=np.ones_like(right), where=accepted > 0)
    recall = np.divide(right, right[0], out=np.ones_like(right), where=right[0] > 0)
    place, ideal, met = _choose(objective, calibration, accepted, precision, recall)
    # Sums over the pairs depend on their order in the last digits; what is decided must not.
    threshold = _between(weights[valid], place, round(ideal, _DIGITS))
    low, high = (round(calibration.weight_at(probability), _DIGITS) for probability in band)
    lower, upper = min(low, threshold), max(high, threshold)
    refused = 0 if anchor is None else int(((weights > threshold) & anchor.known & ~anchor.same).sum())
    links = int((weights > threshold).sum()) - refused
    return Decision(
        threshold=threshold,
        lower=lower,
        upper=upper,
        objective=str(objective),
        basis=calibration.basis,
        expected_precision=round(float(precision[place]), _DIGITS),
        expected_recall=round(float(recall[place]), _DIGITS),
        accepted=links,
        rejected=len(weights) - links,
        doubtful=int(((weights >= lower) & (weights <= upper)).sum()),
        met=met,
    )


def _calibration(weights: Floats, valid: Mask, anchor: Anchor | None) -> Calibration:
    found = None
    if anchor is not None:
        fit = anchor.known & ~np.isnan(anchor.without)
        found = anchored(anchor.without[fit], anchor.same[fit])
    return found or mixed(weights[valid]) or claimed()


def _by_bin(
    weights: Floats, valid: Mask, calibration: Calibration, counts: Floats | None, anchor: Anchor | None
) -> tuple[Floats, Floats]:
    """Pairs and expected matches in each bin, where the identifier is known by what it tells.

    Two different identifiers are never linked, whatever the weight: such pairs take no part.
    """
    if anchor is not None:
        valid = valid & ~(anchor.known & ~anchor.same)
    count = np.ones(int(valid.sum())) if counts is None else counts[valid]
    probability = calibration.of(weights[valid])
    if anchor is not None:
        probability = np.where(anchor.same[valid], 1.0, probability)
    place = bins(weights[valid])
    pairs = np.bincount(place, weights=count, minlength=GRID.size)
    matches = np.bincount(place, weights=count * probability, minlength=GRID.size)
    return pairs.astype(np.float64), matches.astype(np.float64)


def _choose(
    objective: Objective, calibration: Calibration, accepted: Floats, precision: Floats, recall: Floats
) -> tuple[int, float, bool]:
    """The first accepted bin, the weight where the threshold lies if no pair is near, and whether the aim is met."""
    if objective.beta is not None:
        square = objective.beta**2
        score = (1 + square) * precision * recall / np.maximum(square * precision + recall, 1e-300)
        # Where nothing can be told apart F is best with everything accepted; links that doubtful are no links.
        sound = np.append(calibration.probability >= LEAST_F / (1 + square), True)
        score = np.where(sound, score, -1.0)
        ideal = calibration.weight_at(max(float(score.max()), LEAST_F) / (1 + square))
        best = np.flatnonzero(score >= score.max() * (1 - 1e-12))
        near = int(bins(np.array([ideal]))[0])
        return int(best[np.argmin(np.abs(best - near))]), ideal, True
    target = objective.precision or 0.0
    bound, single = precision[:-1], target
    if calibration.errors is not None:
        # A rate of errors that rests on n errors seen has a relative standard error of 1/√n; and one error may always
        # have gone unseen.
        wrong = (1 - bound) * accepted[:-1] * (1 + CONFIDENCE / np.sqrt(calibration.errors + 1)) + 1
        bound, single = 1 - wrong / (accepted[:-1] + 2), 0.5
    allowed = (calibration.probability >= single) & (recall[:-1] > 0)
    if not allowed.any():
        return GRID.size, calibration.weight_at(single), False
    bound = np.where(allowed, bound, -np.inf)
    met = bool(bound.max() >= target)
    place = int(np.argmax(bound >= target) if met else np.argmax(bound))
    return place, float(GRID[place] - BIN / 2), met


def _between(weights: Floats, place: int, ideal: float) -> float:
    """The weight nearest to `ideal` that parts the pairs below bin `place` from those in it and above."""
    above = bins(weights) >= place
    low = weights[~above].max(initial=-np.inf)
    high = weights[above].min(initial=np.inf)
    return float(np.clip(ideal, low, np.nextafter(high, -np.inf)))
