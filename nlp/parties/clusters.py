"""A party while its mentions are being gathered."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import Final

from nlp.layers import Kind, Role
from nlp.parties.mentions import PRONOUNS, Mention

_MALE: Final = re.compile(r"先生|大爷|大叔|大哥|老汉|爷爷|叔叔|伯伯|哥|爸|父亲|老公|丈夫|前夫|儿子|弟|男|老头|小伙")
_FEMALE: Final = re.compile(
    r"女士|小姐|大妈|大娘|大姐|阿姨|奶奶|婆婆|嫂|婶|姐|妹|妈|母亲|老婆|妻|媳妇|女|姑娘|老太|婆娘"
)
DIGITS: Final = re.compile(r"\d{3,4}")


def sexes_in(words: str) -> set[str]:
    """`he`, `she`, both or neither."""
    return {sex for sex, told in (("he", _MALE), ("she", _FEMALE)) if told.search(words)}


def _end(mention: Mention) -> int:
    return mention.end


@dataclass(slots=True, eq=False)
class Cluster:
    """A party while its mentions are being gathered; `role` is None until something tells it."""

    kind: Kind
    mentions: list[Mention] = field(default_factory=list)
    nouns: list[Mention] = field(default_factory=list)
    """Those of the mentions that are no pronouns, in their order."""
    role: Role | None = None
    name: str | None = None
    surname: str = ""
    org: str | None = None
    phone: str | None = None
    certainty: float = 0.0
    sorts: set[str] = field(default_factory=set)
    same: set[str] = field(default_factory=set)
    doors: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    words: str = ""
    """Its forms, each behind a bar."""
    sexes: set[str] = field(default_factory=set)
    """`he`, `she` or both, as the words tell."""
    accused: bool = False
    told: bool = False
    """Whether words around a mention gave the role."""

    def add(self, mention: Mention, words: str) -> None:
        self.mentions.append(mention)
        if mention.sort not in PRONOUNS:
            self.nouns.append(mention)
            self.owners.add(mention.owner)
            self.accused = self.accused or mention.hint == "respondent"
        elif self.words:
            return
        self._say({words})
        self.sorts |= {mention.sort, mention.lead} - {""}
        self.same |= {mention.same, mention.lead_same} - {""}
        self.doors.update(DIGITS.findall(words))
        self.name = self.name or mention.name
        self.surname = self.surname or mention.surname
        self.org = self.org or mention.org
        self.certainty = max(self.certainty, mention.certainty)

    def take(self, other: Cluster) -> None:
        """Everything that another cluster has."""
        self.mentions += other.mentions
        for noun in other.nouns:
            insort(self.nouns, noun, key=_end)
        self._say(other.forms)
        self.owners |= other.owners
        self.accused = self.accused or other.accused
        self.sorts |= other.sorts
        self.same |= other.same
        self.doors |= other.doors
        self.name, self.org = self.name or other.name, self.org or other.org
        self.surname = self.surname or other.surname
        self.certainty = max(self.certainty, other.certainty)

    def _say(self, forms: set[str]) -> None:
        for words in sorted(forms - self.forms):
            self.words += f"|{words}"
            self.sexes |= sexes_in(words)
        self.forms |= forms

    def last_before(self, position: int) -> Mention | None:
        """The mention nearest before a position; pronouns are added last, each behind those before it."""
        nouns = bisect_right(self.nouns, position, key=_end)
        near = [self.nouns[nouns - 1]] if nouns else []
        near += [one for one in self.mentions[-1:] if one.sort in PRONOUNS and one.end <= position]
        return max(near, key=_end, default=None)

    @property
    def caller(self) -> bool:
        return self.role == "complainant"

    @property
    def gender(self) -> str:
        """`he` or `she` where the words tell and agree."""
        return next(iter(self.sexes)) if len(self.sexes) == 1 else ""
