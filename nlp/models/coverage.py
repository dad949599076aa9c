"""What a category model knows of the taxonomy, and who speaks for the rest of it.

A model is sure among its own categories alone: one of six calls a smell of gas noise, and is certain of it. So it only
says which of its categories a matter is, if it is one of them; whether it is one says the reader that ships:

    p(c) = (1 - u) m(c)     of a category that the model knows, m(c) its probability
    p(c) = s(c)             of one that it lacks, s(c) the probability of the shipped reader
    u                       what the shipped reader gives to all that the model lacks

The shipped reader tells its three best; what is left of its probability goes in equal parts to all others. A model of
the whole taxonomy has u = 0 and stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nlp.tables import taxonomy

ENOUGH: Final = 2 / 3
"""Share of the taxonomy's categories below which a model is taken into use only on somebody's word."""
ENOUGH_ROWS: Final = 1_000
"""So is one that learnt from fewer rows."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """`known` of the `total` current second-level categories; `rows` is what it learnt from, None where unsaid."""

    known: int
    total: int
    rows: int | None

    @property
    def narrow(self) -> bool:
        return self.known < ENOUGH * self.total or (self.rows is not None and self.rows < ENOUGH_ROWS)


@lru_cache(maxsize=1)
def current_categories() -> frozenset[str]:
    """Codes of the second level that are in force: what a complaint can be about."""
    return frozenset(code for code, row in taxonomy().items() if row.parent and row.valid_to is None)


def covered(code: str, known: Set[str]) -> bool:
    """Whether a model that knows these codes knows this one: itself, or as part of its first-level category."""
    row = taxonomy().get(code)
    return code in known or (row is not None and row.parent in known)


def coverage(known: Set[str], rows: int | None) -> Coverage:
    """Of a model whose categories stand for the codes `known`."""
    current = current_categories()
    return Coverage(sum(covered(code, known) for code in current), len(current), rows)


def combined(told: Mapping[str, float], shipped: Mapping[str, float], known: Set[str]) -> dict[str, float]:
    """Probability by code, by the rule above; `told` are the model's, `shipped` the best of the reader that ships."""
    lacking = {code: chance for code, chance in shipped.items() if not covered(code, known)}
    others = current_categories() - shipped.keys()
    elsewhere = sum(not covered(code, known) for code in others) / len(others) if others else 0.0
    beyond = sum(lacking.values()) + max(0.0, 1 - sum(shipped.values())) * elsewhere
    return {code: (1 - beyond) * chance for code, chance in told.items()} | lacking
