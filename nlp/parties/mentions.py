"""One mention of somebody in a text, and what its words alone tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nlp.layers import Kind

FIRST: Final = frozenset({"self", "i", "we"})
"""Sorts that mean the caller, outside of what others are quoted to say."""
PRONOUNS: Final = frozenset({"i", "we", "he", "she", "one", "they", "it", "other"})
NAMED: Final = frozenset({"full", "masked", "titled", "surname", "nick"})
"""Forms of nlp.names that name a person, if only by surname."""
NAMES: Final = NAMED | {"door", "org"}
KIN: Final = frozenset({"kin", "spouse", "ex", "child", "elder"})


@dataclass(slots=True)
class Mention:
    """Characters `start` to `end`, of which the name or the noun begins at `head`: [社区的][刘主任].

    `sort` is a form of nlp.names (full, titled …), `org`, or a sort of party_terms.csv. `same` tells what mentions may
    be one party by their words alone. `owner` is whose kin it is: i, he, she or nothing. `hint` is the role that the
    words suggest, `office` marks an official by his title.
    """

    start: int
    end: int
    head: int
    kind: Kind
    sort: str
    same: str
    hint: str = ""
    name: str | None = None
    surname: str = ""
    org: str | None = None
    certainty: float = 0.6
    owner: str = ""
    office: bool = False
    lead: str = ""
    """The sort of a term that stands before a name and describes it: 房东|刘姐."""
    lead_same: str = ""
