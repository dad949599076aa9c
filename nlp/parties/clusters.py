"""A party while its mentions are being gathered."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from nlp.layers import Kind, Role
from nlp.parties.mentions import PRONOUNS, Mention

MALE: Final = re.compile(r"先生|大爷|大叔|大哥|老汉|爷爷|叔叔|伯伯|哥|爸|父亲|老公|丈夫|前夫|儿子|弟|男|老头|小伙")
FEMALE: Final = re.compile(
    r"女士|小姐|大妈|大娘|大姐|阿姨|奶奶|婆婆|嫂|婶|姐|妹|妈|母亲|老婆|妻|媳妇|女|姑娘|老太|婆娘"
)
DIGITS: Final = re.compile(r"\d{3,4}")


def _end(mention: Mention) -> int:
    return mention.end


@dataclass(slots=True)
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
    words: str = ""
    told: bool = False
    """Whether words around a mention gave the role."""

    def add(self, mention: Mention, words: str) -> None:
        self.mentions.append(mention)
        if mention.sort not in PRONOUNS:
            self.nouns.append(mention)
        elif self.words:
            return
        self.words += f"|{words}"
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
        self.nouns = sorted(self.nouns + other.nouns, key=_end)
        self.words += other.words
        self.sorts |= other.sorts
        self.same |= other.same
        self.doors |= other.doors
        self.name, self.org = self.name or other.name, self.org or other.org
        self.surname = self.surname or other.surname
        self.certainty = max(self.certainty, other.certainty)

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
        male, female = MALE.search(self.words), FEMALE.search(self.words)
        return "he" if male and not female else "she" if female and not male else ""
