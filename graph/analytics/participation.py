"""Who took part in which dispute: the one input of the dispute analytics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

# People who only helped, saw or reported are not parties of a dispute: they would join strangers.
BYSTANDERS = frozenset({"mediator", "witness", "handler", "reporter"})
ACCUSING = frozenset({"complainant", "caller", "victim", "applicant"})
ACCUSED = frozenset({"respondent", "suspect"})


@dataclass(frozen=True, slots=True)
class Participation:
    """One party (a person, an organization, or a household) in one event."""

    event_id: str
    party_id: str
    role: str
    occurred_on: date | None = None
    party_label: str = "Person"


@dataclass(frozen=True, slots=True)
class Dispute:
    """One event with its sides; `others` took part without a known side."""

    event_id: str
    occurred_on: date | None
    accusing: frozenset[str]
    accused: frozenset[str]
    others: frozenset[str]

    @property
    def parties(self) -> frozenset[str]:
        return self.accusing | self.accused | self.others

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Opposed pairs, each once and in order. Members of one side are not opposed to each other."""
        seen: set[tuple[str, str]] = set()
        crossings = [(self.accusing, self.accused), (self.accusing, self.others), (self.accused, self.others)]
        for left, right in crossings:
            for a in left:
                seen.update((min(a, b), max(a, b)) for b in right if a != b)
        seen.update(combinations(sorted(self.others), 2))
        yield from sorted(seen)


def disputes(participations: Iterable[Participation]) -> list[Dispute]:
    """Events with two parties at least, bystanders left out, in the order of their ids."""
    sides: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"accusing": set(), "accused": set(), "others": set()})
    days: dict[str, date | None] = {}
    for item in participations:
        if item.role in BYSTANDERS:
            continue
        side = "accusing" if item.role in ACCUSING else "accused" if item.role in ACCUSED else "others"
        sides[item.event_id][side].add(item.party_id)
        days[item.event_id] = item.occurred_on
    found = [
        Dispute(
            event_id=event_id,
            occurred_on=days[event_id],
            # Who stands on both sides by two sources is taken as accused: that is the rarer statement.
            accusing=frozenset(side["accusing"] - side["accused"]),
            accused=frozenset(side["accused"]),
            others=frozenset(side["others"] - side["accusing"] - side["accused"]),
        )
        for event_id, side in sorted(sides.items())
    ]
    return [dispute for dispute in found if len(dispute.parties) >= 2]
