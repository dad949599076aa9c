"""What would change a verdict: the smallest sets of level changes that cross the threshold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, dropwhile
from typing import Final

from resolution.evidence import Change, Reason
from resolution.model.declaration import Comparison, Level
from resolution.model.model import Model

_ALTERNATIVES: Final = 3  # ways to change a verdict that are worth reading
_MOST_CHANGES: Final = 3  # a verdict that needs more changes than these is not near


def what_would_change(
    model: Model, reasons: Sequence[Reason], total: float, threshold: float
) -> tuple[tuple[Change, ...], ...]:
    """The smallest sets of level changes, one level per comparison, that move `total` to the other side of `threshold`.

    Two records come nearer by agreeing more, and part by agreeing less. Plain changes are preferred, to full agreement
    or to none; the levels between (a typing error, a masked number) are told only where no plain change is enough. Of
    the sets of the smallest size the three that move the total least. A level's weight is its log2(m / u) without the
    frequency of a value, which nobody knows beforehand. Empty where three changes are not enough.
    """
    upwards = total <= threshold
    for plain in (True, False):
        candidates = [found for reason in reasons if (found := _alternatives(model, reason, upwards, plain=plain))]
        for size in range(1, _MOST_CHANGES + 1):
            tried = (_least(chosen, total, threshold, upwards) for chosen in combinations(candidates, size))
            crossing = [found for found in tried if found]
            if crossing:
                crossing.sort(key=lambda changes: (_moved(changes), changes[0].comparison))
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


def _alternatives(model: Model, reason: Reason, upwards: bool, *, plain: bool) -> list[Change]:
    """The levels that agree more (`upwards`) or less than now and move the total that way, the mildest first.

    Levels are declared from the most to the least alike. What another comparison has counted cannot agree more.
    """
    comparison = model.declaration.comparison(reason.comparison)
    levels = [level for level in comparison.levels if not level.missing]
    if not reason.missing:
        place = [level.name for level in levels].index(reason.level)
        levels = levels[:place] if upwards else levels[place + 1 :]
    elif reason.aside and upwards:
        return []
    if plain:
        levels = [level for level in levels if level is (_full(comparison) if upwards else comparison.levels[-1])]
    found = []
    for level in levels:
        difference = model.weight(comparison.name, level.name) - reason.weight
        if (difference > 0) == upwards and difference:
            found.append(Change(comparison.name, comparison.zh, level.name, level.zh, level.en, difference))
    return sorted(found, key=lambda change: abs(change.difference))


def _full(comparison: Comparison) -> Level:
    """Full agreement: the first level once nothing is missing; what is declared before bridges a missing value."""
    known = dropwhile(lambda level: not level.missing, comparison.levels)
    return next((level for level in known if not level.missing), comparison.levels[0])
