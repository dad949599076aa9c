"""The probability that a pair is a match, from its weight, without labels.

Fellegi-Sunter weights (Fellegi & Sunter 1969) add up as if comparisons were independent, and so overstate certainty
where they are not. A calibration maps weight to probability, never falling, from what can be known without labels:

- `anchored`: pairs whose two sides carry an independent identifier tell the truth about themselves; a logistic curve
  (Platt 1999) is fitted on their weights without the identifier, then corrected by pooling adjacent violators (Zadrozny
  & Elkan 2002) wherever there are enough of them.
- `mixed`: the weights of all candidates are a mixture of matches and of others; two normal components are fitted by EM
  (Belin & Rubin 1995), begun at what the weights themselves claim, and pooled with that claim in equal parts on the
  scale of log odds (Genest & Zidek 1986), for neither is to be trusted alone. The result stays within `LEASH` of the
  claim: others are skewed and of several sorts, and a mixture left free can take the closest sort for matches.
- `claimed`: the weight's own 2^w / (1 + 2^w), where there is too little for anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Weights are counted in bins of this many bits; none lies further out than the widest.
BIN: Final = 0.125
WIDEST: Final = 128.0
GRID: Final[Floats] = np.arange(-WIDEST, WIDEST + BIN, BIN) + BIN / 2
LN2: Final = float(np.log(2.0))
# The fewest pairs of either outcome that are taken for evidence.
ENOUGH: Final = 100
# How many pairs the logistic curve counts for beside those of a bin.
CURVE: Final = 10.0
# At most this share of the matches has a mistaken identifier: beyond it, weight and identifier contradict each other.
MISTAKEN: Final = 0.05
# How far (bits) a mixture may move the odds. Over 25 simulated and real sets of candidates the mean loss of F1 against
# the best threshold was .0091 by the claim alone, .0047 with 3 bits, .0085 with 6, .067 without a bound.
LEASH: Final = 3.0
# Ashman's D (1994) above which two normal components are distinct.
DISTINCT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """`probability[i]` of a match at weight `GRID[i]`, not falling; `basis`: anchor, mixture or prior.

    `errors[i]`: the known others from there upwards, which the probabilities of an anchor rest on.
    """

    probability: Floats
    basis: str
    errors: Floats | None = None

    def of(self, weights: Floats) -> Floats:
        """The probability of a match at each weight (bits)."""
        result: Floats = np.interp(weights, GRID, self.probability)
        return result

    def weight_at(self, probability: float) -> float:
        """The weight (bits) at which the probability is reached."""
        place = int(np.searchsorted(self.probability, probability))
        if place in {0, GRID.size}:
            return float(GRID[min(place, GRID.size - 1)])
        below, above = self.probability[place - 1], self.probability[place]
        return float(GRID[place - 1] + BIN * (probability - below) / (above - below))


def bins(weights: Floats) -> NDArray[np.int64]:
    """The place in `GRID` of each weight (bits)."""
    place = (np.clip(weights, -WIDEST, WIDEST) + WIDEST) / BIN
    return np.minimum(place.astype(np.int64), GRID.size - 1)


def counted(weights: Floats) -> Floats:
    """The number of weights in the bin of each point of `GRID`."""
    return np.bincount(bins(weights), minlength=GRID.size).astype(np.float64)


def claimed() -> Calibration:
    """What the weights say of themselves."""
    return Calibration(_probability(GRID), "prior")


def anchored(weights: Floats, same: NDArray[np.bool_]) -> Calibration | None:
    """From pairs of known truth: their weights (bits, without what told the truth). None where they are too few."""
    matches, others = counted(weights[same]), counted(weights[~same])
    if matches.sum() < ENOUGH or others.sum() < ENOUGH:
        return None
    matches, others, curve = _without_mistakes(matches, others)
    total = matches + others
    rate = (matches + CURVE * curve) / (total + CURVE)
    return Calibration(_never_falling(rate, total + CURVE), "anchor", np.cumsum(others[::-1])[::-1])


def _without_mistakes(matches: Floats, others: Floats) -> tuple[Floats, Floats, Floats]:
    """Matches and others with mistaken identifiers put right, and the curve that fits them.

    Identifiers are mistaken too: a spouse's is copied, a rounded one passes its check. A share of the matches, the same
    at every weight, then stands among the others; how many, an EM tells (a logistic curve with one-sided label noise,
    Bootkrajang & Kabán 2012).
    """
    share, curve = MISTAKEN / 2, _logistic(matches, others)
    right, wrong = matches, others
    for _ in range(100):
        mistaken = others * share * curve / np.maximum(1 - (1 - share) * curve, 1e-12)
        right, wrong = matches + mistaken, others - mistaken
        before, share = share, min(float(mistaken.sum() / right.sum()), MISTAKEN)
        curve = _logistic(right, wrong)
        if abs(share - before) < 1e-6:
            break
    return right, wrong, curve


def mixed(weights: Floats) -> Calibration | None:
    """From the weights (bits) of all candidates. None where they do not fall into two groups."""
    count = counted(weights)
    total = count.sum()
    share = _probability(GRID)
    if min((count * share).sum(), (count * (1 - share)).sum()) < 1 or total < 2 * ENOUGH:
        return None
    density = np.zeros((2, GRID.size))
    for _ in range(500):
        means, spreads = np.zeros(2), np.zeros(2)
        for part, held in enumerate((1 - share, share)):
            mass = count * held
            means[part] = (mass @ GRID) / mass.sum()
            # No narrower than a bit: equal patterns of comparison give equal weights, and a spike is no component.
            spreads[part] = max(1.0, np.sqrt(mass @ (GRID - means[part]) ** 2 / mass.sum()))
            density[part] = np.log(mass.sum()) - np.log(spreads[part]) - ((GRID - means[part]) / spreads[part]) ** 2 / 2
        before, share = share, 1 / (1 + np.exp(np.clip(density[0] - density[1], -700, 700)))
        if min((count * share).sum(), (count * (1 - share)).sum()) < 1:
            return None
        if np.abs(share - before).max() < 1e-6:
            break
    if np.sqrt(2.0) * (means[1] - means[0]) / np.hypot(*spreads) < DISTINCT:
        return None
    odds = density[1] - density[0]
    # Of two spreads the wider wins in both tails; between the means the odds are sound, beyond they go on.
    low, high = np.searchsorted(GRID, means)
    crossing = low + int(np.argmin(np.abs(odds[low : high + 1])))
    odds[crossing:] = np.maximum.accumulate(odds[crossing:])
    odds[: crossing + 1] = np.minimum.accumulate(odds[crossing::-1])[::-1]
    shift = np.clip((odds / LN2 - GRID) / 2, -LEASH, LEASH)
    return Calibration(np.maximum.accumulate(_probability(GRID + shift)), "mixture")


def _probability(bits: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp2(-np.clip(bits, -1000, 1000)))
    return result


def _logistic(matches: Floats, others: Floats) -> Floats:
    """A rising logistic curve in the weight by penalised likelihood.

    The penalty draws the slope towards that of Fellegi and Sunter and keeps separable data finite.
    """
    total = matches + others
    at, slope = 0.0, 1.0
    for _ in range(100):
        p = _probability(at + slope * GRID)
        error, spread = (matches - total * p) * LN2, total * p * (1 - p) * LN2**2
        gradient = np.array([error.sum() - at * 1e-3, error @ GRID - (slope - 1.0)])
        curvature = np.array([[spread.sum() + 1e-3, spread @ GRID], [spread @ GRID, spread @ GRID**2 + 1.0]])
        step = np.linalg.solve(curvature, gradient)
        step *= min(1.0, 2.0 / max(abs(step[0]), 4 * abs(step[1]), 1e-12))
        at, slope = at + step[0], max(slope + step[1], 0.05)
        if np.abs(step).max() < 1e-8:
            break
    return _probability(at + slope * GRID)


def _never_falling(rate: Floats, mass: Floats) -> Floats:
    """Isotonic regression by pooling adjacent violators."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(rate.tolist(), mass.tolist(), strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            other = blocks.pop()
            together = other[1] + block[1]
            block = ((other[0] * other[1] + block[0] * block[1]) / together, together, other[2] + block[2])
        blocks.append(block)
    return np.repeat([value for value, _, _ in blocks], [length for _, _, length in blocks]).astype(np.float64)
