"""Whom a mention in a text means: a posterior over the people who may be meant, and over somebody else.

    P(c | words) ∝ mass(tier of c) / size(tier) · P(words | c)

Who has a part in a matter mostly lives where the matter is: `mass` says how often the meant person lives at the named
door, in the same unit, building or compound, elsewhere in the town, or is known to nobody. `size` is the number of
people in a tier, so a surname in a building of sixty says more than in a compound of two thousand. What is left for
people who were not listed, or whom no register knows, is the mass of their tiers times how common the words are. The
masses stand in `models/mentions.json` with where they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import orjson

Tier = Literal["door", "unit", "building", "compound", "town"]
TIERS: Final[tuple[Tier, ...]] = ("door", "unit", "building", "compound", "town")
OUTSIDE: Final = "outside"
_FILE: Final = Path(__file__).parent / "models" / "mentions.json"


@dataclass(frozen=True, slots=True)
class Words:
    """What a text says of somebody. `sex` as in GB/T 2261.1; ages in years."""

    name: str | None = None
    surname: str | None = None
    sex: str | None = None
    least_age: int | None = None
    most_age: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who may be meant; `sounds_alike`: the name is another one that is said the same."""

    entity_id: str
    tier: Tier
    sex: str | None = None
    birth_year: int | None = None
    sounds_alike: bool = False
    left: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Around what the candidates were listed.

    `nearest` is the smallest tier that the text fixes. `sizes`: people in each tier. `listed`: tiers all of whose
    people that fit the words are among the candidates. `commonness`: the share of people at large whom the words fit.
    """

    nearest: Tier
    sizes: Mapping[Tier, float]
    listed: frozenset[Tier]
    commonness: float
    year: int


@dataclass(frozen=True, slots=True)
class Model:
    """`masses`: nearest tier → tier (or outside) → share.

    `misspelt`, `wrong_sex` and `wrong_age` are probabilities of a slip of the teller, `left` the weight of somebody who
    has moved away, `compound_size` the people of a compound, `linked` the probability from which a link needs nobody.
    """

    masses: Mapping[str, Mapping[str, float]]
    misspelt: float
    wrong_sex: float
    wrong_age: float
    left: float
    compound_size: float
    linked: float
    version: str


@lru_cache(maxsize=1)
def shipped() -> Model:
    return Model(**orjson.loads(_FILE.read_bytes())["model"])


def posterior(words: Words, people: Sequence[Known], scope: Scope, model: Model) -> dict[str, float]:
    """Entity id → probability that it is meant; what is missing from 1 belongs to somebody else."""
    masses = model.masses[scope.nearest]
    weights: dict[str, float] = {}
    for one in people:
        size = max(scope.sizes.get(one.tier, 0.0), 1.0)
        weight = masses.get(one.tier, 0.0) / size * _fit(words, one, scope.year, model)
        weights[one.entity_id] = max(weights.get(one.entity_id, 0.0), weight)
    unlisted = sum(share for tier, share in masses.items() if tier == OUTSIDE or tier not in scope.listed)
    total = sum(weights.values()) + unlisted * scope.commonness
    if total <= 0.0:
        return {}
    return {entity_id: weight / total for entity_id, weight in weights.items()}


def _fit(words: Words, one: Known, year: int, model: Model) -> float:
    """P(these words | this person), as far as it differs from person to person."""
    fit = 1.0
    if words.name is not None:
        fit = model.misspelt if one.sounds_alike else 1.0 - model.misspelt
    if words.sex and one.sex in ("1", "2") and one.sex != words.sex:
        fit *= model.wrong_sex
    if one.birth_year is not None:
        age = year - one.birth_year
        if (words.least_age and age < words.least_age - 2) or (words.most_age and age > words.most_age + 2):
            fit *= model.wrong_age
    return fit * (model.left if one.left else 1.0)
