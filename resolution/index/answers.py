"""What the index answers: where a record belongs, and what a change made of the entities."""

from __future__ import annotations

from dataclasses import dataclass, field

from resolution.index.ids import Change
from resolution.index.members import Assignment, probability


@dataclass(frozen=True, slots=True)
class Match:
    """The record of an entity that is likest to the one in question, and the weight of that pair in bits."""

    record_id: str
    entity_id: str
    weight: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a record belongs.

    `outcome`: new, existing, merging (it would unite `entity_id` with `others`) or splitting (with it, some records of
    `entity_id` would become an entity of their own). `entity_id` is null for a new one. `doubtful`: the strongest pair
    lies in the review band, or speaks for an entity that the record is kept out of. `weight` (bits) is null where
    nothing was comparable. `matches`: the likeliest entities, the best first.
    """

    outcome: str
    doubtful: bool
    entity_id: str | None
    others: tuple[str, ...]
    weight: float | None
    matches: tuple[Match, ...]

    @property
    def probability(self) -> float:
        """That the strongest pair is of one entity; 0.0 where there is none."""
        return 0.0 if self.weight is None else probability(self.weight)


@dataclass(slots=True)
class Delta:
    """What a change made of the entities: the records whose entity is another than before, and the feed of changes."""

    assignments: list[Assignment] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
