"""Every mention of somebody in a text, in order and apart from each other: names, organizations, nouns, pronouns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final

from spacy.tokens import Doc

from nlp.names import PersonMention
from nlp.organizations import AGENCY, OrganizationMention
from nlp.parties.mentions import KIN, PRONOUNS, Mention
from nlp.parties.terms import before, door_mentions, house_mentions, term_mentions
from nlp.ranges import Ranges

_APPOSED: Final = re.compile(r"(?:[(（ ]|的)?")
_OF_HOUSE: Final = frozenset({"property", "agency", "developer", "employer", "builder", "medic", "school", "utility"})
_PLACE: Final = 12
"""The longest place in characters that is drawn into a phrase."""
_WITHIN: Final = PRONOUNS | {"self", "door"}
"""What a longer phrase swallows: 我 in 我婆婆, 601的 in 601的老人."""
_I: Final = "本人"
_OF_SOMEBODY: Final = frozenset({"老板", "负责人", "经理", "店长"})
_THING: Final = re.compile(
    r"(?:卫生间|厨房|阳台|客厅|卧室|阀|门|窗|水|墙|地|房|管|空调|电[费表梯]|楼|天花|钥匙|防水|声|噪|垃圾|租金|押金|事|问题|情况|位置|漏|渗|[(（,，。;；、!！?？\n]|$)"
)
_ENDS: Final = re.compile(r"[(（,，。;；、!！?？\n]|$|(?:卫生间|厨房|阳台|客厅|卧室|门口|阀门)")
_LIVES: Final = re.compile(r"(?:住|住在|位于|我家|我是|在|地址|租了?|买了?)$")


def gather(doc: Doc) -> list[Mention]:
    text: str = doc._.plain
    places = Ranges((place.start, place.end) for place in doc._.places)
    people: tuple[PersonMention, ...] = doc._.person_mentions
    organizations: tuple[OrganizationMention, ...] = doc._.organization_mentions
    names = [_of_person(text, one) for one in people]
    names += [_of_organization(text, one) for one in organizations if one.key or one.name or not _within(one, places)]
    names += _again(text, names)
    nouns = [*term_mentions(text, places), *door_mentions(text), *house_mentions(text)]
    for noun in nouns:
        _of_place(text, noun, places)
    return _apart(text, _without_owners(text, names, nouns), nouns)


def _again(text: str, names: Sequence[Mention]) -> list[Mention]:
    """A full name once established is the same person wherever it stands."""
    known = {start for name in names for start in range(name.head, name.end)}
    found: list[Mention] = []
    for name in {name.name: name for name in names if name.name and name.kind == "person"}.values():
        words = name.name or ""
        start = text.find(words)
        while start >= 0:
            if start not in known:
                end = start + len(words)
                found.append(replace(name, start=before(text, start), head=start, end=end, hint="", sort="full"))
            start = text.find(words, start + len(words))
    return found


def _within(found: OrganizationMention, places: Ranges) -> bool:
    """机床厂 in 机床厂城3幢 is a place."""
    return any(start <= found.start and found.end < end for start, end in places.touching(found.start, found.end))


def _of_place(text: str, noun: Mention, places: Ranges) -> None:
    """[永安街5号楼的]居民: a place that describes a party belongs to the phrase."""
    if noun.sort in PRONOUNS | {"self"}:
        return
    for start, end in places.touching(noun.start - 2, noun.end):
        beside = end in (noun.start, noun.start - 1) and text[end : noun.start] in ("", "的")
        if (beside or start < noun.start < end <= noun.head) and noun.start - start <= _PLACE:
            noun.start = start


def _without_owners(text: str, names: Sequence[Mention], nouns: Sequence[Mention]) -> list[Mention]:
    """[李某的]父母 and [某纸厂]负责人 are somebody of their own, where 李某 and 某纸厂 are named elsewhere too."""
    counts = Counter(name.same for name in names)
    ends = {name.end: name for name in names if counts[name.same] > 1}
    dropped: set[int] = set()
    for noun in nouns:
        owner = (
            ends.get(noun.head - (text[noun.head - 1 : noun.head] == "的"))
            if noun.sort in KIN or noun.same in _OF_SOMEBODY
            else None
        )
        if owner is not None:
            noun.start, noun.owner = owner.start, "he"
            dropped.add(id(owner))
    return [name for name in names if id(name) not in dropped]


def _of_person(text: str, found: PersonMention) -> Mention:
    start, office = found.start, found.hint == "official"
    if found.form == "door":
        return Mention(start, found.end, start, "person", "door", text[start : found.end], certainty=found.certainty)
    return Mention(
        before(text, start), found.end, start, "person", found.form, found.name or text[start : found.end],
        "" if office else found.hint, found.name, found.surname, certainty=found.certainty, office=office,
    )  # fmt: skip


def _of_organization(text: str, found: OrganizationMention) -> Mention:
    words = text[found.start : found.end]
    office = AGENCY.search(found.name or words) is not None
    return Mention(
        found.start, found.end, found.start, "organization", "org", found.key or words, "agency" if office else "",
        found.name, org=found.key, certainty=found.certainty, office=office,
    )  # fmt: skip


def _apart(text: str, names: Sequence[Mention], nouns: Sequence[Mention]) -> list[Mention]:
    """No two mentions overlap: a name wins over a noun and takes the noun right before it as its lead."""
    kept: list[Mention] = []
    heads = sorted(names, key=lambda m: (m.head, -m.end))
    for mention in heads:
        if not kept or mention.head >= kept[-1].end:
            kept.append(mention)
    taken = {position for mention in kept for position in range(mention.head, mention.end)}
    by_start = {mention.head: mention for mention in kept}
    free: list[Mention] = []
    for noun in nouns:
        if taken.isdisjoint(range(noun.head, noun.end)):
            name = _described(text, noun, by_start)
            if name is None:
                free.append(noun)
            else:
                _lead(name, noun)
    found = sorted((*kept, *free), key=lambda m: (m.end, m.start))
    found = [one for one, after in zip_longest(found, found[1:]) if one.sort != "door" or _lives(text, one, after)]
    apart: list[Mention] = []
    for mention in found:
        while apart and apart[-1].end > mention.start and apart[-1].head >= mention.start and apart[-1].sort in _WITHIN:
            apart.pop()
        if apart:
            mention.start = max(mention.start, apart[-1].end)
        while mention.start < mention.head and text[mention.start].isspace():
            mention.start += 1
        if mention.start <= mention.head < mention.end:
            apart.append(mention)
    return apart


def _lives(text: str, door: Mention, after: Mention | None) -> bool:
    """Whether a bare door stands for its people: 402的|住户 is the next mention, 402的卫生间 a thing."""
    if after is not None and after.start <= door.end:
        return False
    last = text[door.end - 1]
    if last == "的":
        return _THING.match(text, door.end) is None
    if not last.isdigit() and last != "室":
        return True
    if text.endswith("是", 0, door.start) and not text.endswith("我是", 0, door.start):
        return True
    return _LIVES.search(text, max(0, door.start - 3), door.start) is None and _ENDS.match(text, door.end) is None


def _described(text: str, noun: Mention, names: dict[int, Mention]) -> Mention | None:
    """The person whom the noun right before describes: 房东|刘姐, 社区的|刘主任, 我前夫|江波."""
    if noun.sort in PRONOUNS or text.startswith(_I, noun.start):
        return None
    for gap in (0, 1):
        name = names.get(noun.end + gap)
        if name is None or name.kind != "person" or name.sort == "door" or name.head != noun.end + gap:
            continue
        if not _APPOSED.fullmatch(text, noun.end, name.head):
            continue
        if noun.kind != "organization" and text[noun.end : name.head] != "的":
            return name
        if noun.kind == "organization" and noun.sort in _OF_HOUSE and gap:
            return name
    return None


def _lead(name: Mention, noun: Mention) -> None:
    name.start = min(name.start, noun.start)
    name.lead, name.lead_same, name.owner = noun.sort, noun.same, noun.owner
    if not name.hint or noun.hint == "complainant":
        name.hint = {"property": "bystander", "guard": "bystander"}.get(noun.sort, noun.hint)
        name.office = name.office and noun.sort == "agency"
