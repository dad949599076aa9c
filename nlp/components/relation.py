"""`relation`: what complainant and respondent were to each other before the matter.

Two kinds of evidence are summed for every kind of relation: weighted words of nlp/data/relation_cues.csv, the second
and third time at half weight and then no more, and what the respondents are (房东, 物业, 楼上那家). Below the minimum
there is no relation that the text would speak of.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any, Final, cast

import ahocorasick
from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import Party, RelationKind
from nlp.parties.terms import term_of
from nlp.tables import relation_cues

_BY_SORT: Final[dict[str, tuple[RelationKind, float]]] = {
    "neighbour": ("neighbours", 6),
    "beside": ("neighbours", 6),
    "dogowner": ("neighbours", 5),
    "reseller": ("neighbours", 3),
    "landlord": ("landlord_tenant", 8),
    "tenant": ("landlord_tenant", 6),
    "agent": ("landlord_tenant", 4),
    "property": ("owner_property", 5),
    "committee": ("owner_property", 5),
    "developer": ("owner_property", 7),
    "upkeep": ("owner_property", 3),
    "builder": ("labour", 2),
    "employer": ("labour", 4),
    "spouse": ("family", 8),
    "ex": ("family", 8),
    "kin": ("family", 8),
    "trader": ("consumer", 3),
    "utility": ("consumer", 4),
    "medic": ("doctor_patient", 5),
    "school": ("other", 2),
}
"""What a respondent of a sort speaks for, and how strongly."""
_DOOR: Final = re.compile(r"\d{3,4}(?:室|的|室?[的那]?[家户])?$")
_OF_DOOR: Final = re.compile(r"(?:\d|[楼层室]|隔壁|对门)的男人$")
"""Nobody's husband: 702的男人 lives behind a door."""
_NO_PERSON: Final = 0.4
"""A shop below the flat is no neighbour, whatever the text says of 楼上 and 楼下."""
_AGAIN: Final = (1.0, 0.5, 0.5)


@Language.factory(
    "relation",
    assigns=["doc._.relation"],
    requires=["doc._.plain", "doc._.parties"],
    default_config={"minimum": 5.0},
)
class RelationReader:
    """Sets the kind of relation with the most evidence, none where that is under `minimum`."""

    def __init__(self, nlp: Language, name: str, minimum: float) -> None:
        del nlp
        self.name = name
        self.minimum = minimum
        self._automaton = _automaton()

    def __call__(self, doc: Doc) -> Doc:
        points = self.evidence(doc._.plain, doc._.parties)
        best = max(points, key=lambda kind: (points[kind], kind), default=None)
        doc._.relation = best if best is not None and points[best] >= self.minimum else "none"
        return doc

    def evidence(self, text: str, parties: tuple[Party, ...]) -> dict[RelationKind, float]:
        """Points of every kind of relation that anything speaks for."""
        points: defaultdict[RelationKind, float] = defaultdict(float)
        seen: Counter[str] = Counter()
        for _, (cue, kind, weight) in self._automaton.iter_long(text):
            points[kind] += weight * _AGAIN[seen[cue]] if seen[cue] < len(_AGAIN) else 0.0
            seen[cue] += 1
        blamed = [party for party in parties if party.role == "respondent"]
        for party in blamed:
            for sort in sorted(_sorts(text, party) & _BY_SORT.keys()):
                kind, weight = _BY_SORT[sort]
                points[kind] += weight
        if blamed and all(party.kind == "organization" for party in blamed):
            points["neighbours"] *= _NO_PERSON
        return points


def _sorts(text: str, party: Party) -> set[str]:
    """What a party is by the nouns of its mentions; a door (楼上604) is a neighbour's."""
    words = [text[start:end] for start, end in party.mentions]
    doors = {"neighbour" for one in words if party.kind == "person" and (_DOOR.search(one) or _OF_DOOR.search(one))}
    return doors | {term.sort for one in words if not _OF_DOOR.search(one) and (term := term_of(one))}


def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    for cue in relation_cues():
        automaton.add_word(cue.text, (cue.text, cast("RelationKind", cue.category), cue.weight))
    automaton.make_automaton()
    return automaton
