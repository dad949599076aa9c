"""What would change a verdict: the smallest sets of level changes that cross the threshold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from resolution.evidence import Change, Reason
from resolution.model.model import Model

_ALTERNATIVES: Final = 3  # ways to change a verdict that are worth reading
_MOST_CHANGES: Final = 3  # a verdict that needs more changes than these is not near


def what_would_change(
    model: Model, reasons: Sequence[Reason], total: float, threshold: float
) -> tuple[tuple[Change, ...], ...]:
    """The smallest sets of level changes, one level per comparison, that move `total` to the other side of `threshold`.

    Of the sets of the smallest size the three that move it least. A level's weight is its log2(m / u) without the
    frequency of a value, which nobody knows beforehand. Empty where three changes are not enough.
    """
    upwards = total <= threshold
    candidates = [_alternatives(model, reason, upwards) for reason in reasons]
    candidates = [levels for levels in candidates if levels]
    for size in range(1, _MOST_CHANGES + 1):
        tried = (_least(chosen, total, threshold, upwards) for chosen in combinations(candidates, size))
        crossing = [found for found in tried if found]
        if crossing:
            crossing.sort(key=lambda changes: (abs(sum(c.difference for c in changes)), changes[0].comparison))
            return tuple(crossing[:_ALTERNATIVES])
    return ()


def _least(chosen: Sequence[list[Change]], total: float, threshold: float, upwards: bool) -> tuple[Change, ...] | None:
    """From each comparison the mildest change with which the set still crosses; the others as strong as they can be."""
    strongest = [levels[-1] for levels in chosen]
    best: tuple[Change, ...] | None = None
    for place, levels in enumerate(chosen):
        for change in levels:
            tried = (*strongest[:place], change, *strongest[place + 1 :])
            reached = total + sum(item.difference for item in tried)
            if (reached > threshold) == upwards:
                if best is None or _moved(tried) < _moved(best):
                    best = tried
                break
    return best


def _moved(changes: Sequence[Change]) -> float:
    return abs(sum(change.difference for change in changes))


def _alternatives(model: Model, reason: Reason, upwards: bool) -> list[Change]:
    """The comparison's other levels that move the total the right way, the mildest first."""
    comparison = model.declaration.comparison(reason.comparison)
    found = []
    for level in comparison.levels:
        if level.missing or level.name == reason.level:
            continue
        difference = model.weight(comparison.name, level.name) - reason.weight
        if (difference > 0) == upwards and difference:
            found.append(Change(comparison.name, comparison.zh, level.name, level.zh, level.en, difference))
    return sorted(found, key=lambda change: abs(change.difference))
