"""`parties`: who has a part in it, and which.

Mentions of people and organizations are gathered, mentions of the same party joined (张建国 … 张先生; 邻居张建国 …
那个邻居), and each party given a role by the words around its mentions. Pronouns are nobody: whoever says 我 is the
caller, and the event knows the caller already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import Identifier, Kind, Party, Role, mark
from nlp.names import person_mentions
from nlp.organizations import AGENCY, organization_mentions
from nlp.tables import party_terms

_SELF_RIGHT: Final = re.compile(r"(?:先生|女士)?(?:来电|致电|[,，]?反映(?:[^一-龥]|$)|投诉称|来访)")
_SELF_LEFT: Final = re.compile(r"(?:我是|我们是|本人是|本人系|我系|我叫|本人)[^,，。;；!！?？…:： ]{0,26}$")
_FAMILY: Final = re.compile(
    r"(?:我|我们|本人|我家)的?(?:丈夫|老公|妻子|老婆|爱人|父亲|母亲|爸爸?|妈妈?|儿子|女儿|孩子|奶奶|爷爷|外婆|外公|哥哥?|弟弟?|姐姐?|妹妹?)(?:叫|是)?$"
)
_VICTIM_RIGHT: Final = re.compile(r"被[^,，。]{0,8}(?:打|骂|撞|咬|砸|推|骗|伤)|受伤|摔伤")
_VICTIM_LEFT: Final = re.compile(r"(?:打伤|打了|殴打|咬伤|撞伤|骗了|受害人|伤者)(?:了|是)?$")
_WITNESS: Final = re.compile(r"(?:也|都)?(?:可以|能)作证|看[到见]了?|目睹")
_WITNESS_LEFT: Final = re.compile(r"(?:证人|目击者)(?:是|叫)?[:：]?$")
_MEDIATOR_RIGHT: Final = re.compile(r"(?:来|上门|出面|前来|去)(?:调解|劝过|协调过)")
_BLAMED: Final = re.compile(r"(?:投诉|举报|状告|被|控告)[^,，。]{0,4}$")
_TERMS: Final = {term.text: term for term in party_terms()}
_TERM: Final = re.compile("|".join(sorted(map(re.escape, _TERMS), key=len, reverse=True)))
# 物业费, 老板电器, 租户们 …: the word is part of another, or speaks of everybody.
_TERM_LEFT: Final = re.compile(
    r"(?:[我们人民其]是|本人|作为|身为|我作为|各位|全体|广大|所有|其他|其它|每个|多名)[^,，。;；、]{0,14}$|(?:[几多各两\d]户|成立|[换请让]|希望|建议|更换|前|整层|左右)$"
)
_TERM_RIGHT: Final = re.compile(
    r"费|管理(?!处|公司)|服务(?!中心|公司)|用房|条例|收费|关系|纠纷|们|电器|矛盾|和谐|之间|大会|登记|证|合同|押金|都"
)
_NEXT_TO: Final = re.compile(r"[ ,，(（叫是、]?(?:名叫|叫做)?$")
_OWN_PHONE: Final = re.compile(r"(?:我|本人)的?(?:联系)?(?:电话|手机|号码|联系方式)[号码是:： ]*$")
_ANY_PHONE: Final = re.compile(r"(?:电话|手机|号码|联系方式)[号码是:： ]*$")
_SAME_TRADE: Final = {
    "物业": ("物业",),
    "物管": ("物业",),
    "开发商": ("置业", "地产", "开发"),
    "中介": ("中介", "房产"),
}


@dataclass(slots=True)
class _Draft:
    """A party while its mentions are being gathered."""

    kind: Kind
    surface: str
    certainty: float
    mentions: list[tuple[int, int]]
    role: Role | None = None
    name: str | None = None
    surname: str = ""
    form: str = ""
    org: str | None = None
    phone: str | None = None
    terms: set[str] = field(default_factory=set)


@Language.component("parties", assigns=["doc._.parties", "doc.spans"], requires=["doc._.matches", "doc._.identifiers"])
def parties(doc: Doc) -> Doc:
    plain: str = doc._.plain
    drafts = _people(plain, doc) + _organizations(plain, doc)
    drafts = _join_terms(plain, drafts)
    for draft in drafts:
        draft.mentions.sort()
    drafts.sort(key=lambda draft: draft.mentions[0])
    _give_phones(drafts, doc._.identifiers, plain)
    found = tuple(_party(draft, doc.text) for draft in drafts)
    doc._.parties = found
    spans = [(*mention, f"{party.kind}.{party.role}") for party in found for mention in party.mentions]
    mark(doc, "parties", sorted(spans))
    return doc


def _people(plain: str, doc: Doc) -> list[_Draft]:
    drafts: dict[str, _Draft] = {}
    taken = [(match.start, match.end) for match in doc._.matches] + [(place.start, place.end) for place in doc._.places]
    for mention in person_mentions(plain, taken):
        start, end = mention.start, mention.end
        role = _role(plain, start, end, mention.hint)
        if mention.hint == "official" and role is None:
            continue
        key = mention.name or plain[start:end]
        draft = drafts.setdefault(
            key,
            _Draft(
                "person",
                plain[start:end],
                mention.certainty,
                [],
                name=mention.name,
                surname=mention.surname,
                form=mention.form,
            ),
        )
        draft.mentions.append((start, end))
        draft.role = draft.role or role
        draft.certainty = max(draft.certainty, mention.certainty)
    _repeat_full_names(plain, drafts)
    return _join_same_surname(list(drafts.values()))


def _repeat_full_names(plain: str, drafts: dict[str, _Draft]) -> None:
    """A name once established is the same person wherever it stands."""
    for name, draft in drafts.items():
        if draft.name is None:
            continue
        known = set(draft.mentions)
        position = plain.find(name)
        while position >= 0:
            if not any(start <= position < end for start, end in known):
                draft.mentions.append((position, position + len(name)))
            position = plain.find(name, position + len(name))


def _join_same_surname(drafts: list[_Draft]) -> list[_Draft]:
    """张先生, 张某 and 老张 are 张建国 where he is the only full name with that surname."""
    kept: list[_Draft] = []
    for draft in drafts:
        namesakes = [d for d in drafts if d.name and d.surname == draft.surname and d.role != "complainant"]
        if draft.name is None and len(namesakes) == 1 and draft.role in (None, namesakes[0].role):
            namesakes[0].mentions += draft.mentions
        else:
            kept.append(draft)
    return kept


def _organizations(plain: str, doc: Doc) -> list[_Draft]:
    drafts: dict[str, _Draft] = {}
    for mention in organization_mentions(plain, doc._.matches):
        surface = plain[mention.start : mention.end]
        role = _role(plain, mention.start, mention.end, "")
        role = None if role in ("victim", "complainant") else role
        if AGENCY.search(mention.name or surface) and not _BLAMED.search(
            plain, max(0, mention.start - 10), mention.start
        ):
            continue
        key = mention.key or surface
        draft = drafts.setdefault(
            key, _Draft("organization", surface, mention.certainty, [], name=mention.name, org=mention.key)
        )
        draft.mentions.append((mention.start, mention.end))
        draft.role = draft.role or role
    return list(drafts.values())


def _join_terms(plain: str, drafts: list[_Draft]) -> list[_Draft]:
    """Add 楼上住户, 房东, 物业 …: to the named party that it stands beside or can only mean, else as a party itself."""
    taken = [mention for draft in drafts for mention in draft.mentions]
    by_term: dict[str, _Draft] = {}
    later: list[tuple[int, int, str]] = []
    for match in _TERM.finditer(plain):
        start, end, term = match.start(), match.end(), match.group()
        if any(s < end and start < e for s, e in taken) or _TERM_RIGHT.match(plain, end):
            continue
        if _TERM_LEFT.search(plain, max(0, start - 20), start):
            continue
        beside = _beside(plain, start, end, drafts)
        if beside is not None:
            by_term.setdefault(term, beside)
        else:
            later.append((start, end, term))
    for start, end, term in later:
        known = by_term.get(term) or _same_trade(term, drafts) or _longer_term(term, by_term)
        if known is None:
            kind: Kind = "organization" if _TERMS[term].kind == "organization" else "person"
            known = _Draft(kind, term, 0.6, [], form="term")
            drafts.append(known)
        by_term[term] = known
        known.mentions.append((start, end))
        if known.form == "term":
            known.role = known.role or _role(plain, start, end, "") or "respondent"
    return drafts


def _beside(plain: str, start: int, end: int, drafts: list[_Draft]) -> _Draft | None:
    """The named person whom the term describes: 邻居张建国, 张建国（房东）."""
    if _TERMS[plain[start:end]].kind == "organization":
        return None
    for draft in drafts:
        for begin, finish in draft.mentions if draft.kind == "person" else ():
            if (0 <= begin - end <= 3 and _NEXT_TO.fullmatch(plain, end, begin)) or (
                0 <= start - finish <= 1 and plain[finish:start] in ("", "(", "（")
            ):
                return draft
    return None


def _same_trade(term: str, drafts: list[_Draft]) -> _Draft | None:
    """The one organization in the text that 物业 or 开发商 must mean."""
    signs = next((signs for word, signs in _SAME_TRADE.items() if term.startswith(word)), ())
    fitting = [d for d in drafts if d.kind == "organization" and any(s in (d.name or d.surface) for s in signs)]
    return fitting[0] if len(fitting) == 1 else None


def _longer_term(term: str, by_term: dict[str, _Draft]) -> _Draft | None:
    """邻居 after 楼上邻居, 物业 after 物业公司: the same party."""
    return next((draft for known, draft in by_term.items() if known.endswith(term) or known.startswith(term)), None)


def _role(plain: str, start: int, end: int, hint: str) -> Role | None:
    """The role that the words around one mention give it; None where they say nothing."""
    left = plain[max(0, start - 10) : start]
    if hint == "mediator" or _MEDIATOR_RIGHT.match(plain, end):
        return "mediator"
    if hint == "victim" or _VICTIM_LEFT.search(left) or _VICTIM_RIGHT.match(plain, end):
        return "victim"
    if hint == "complainant" or _SELF_RIGHT.match(plain, end) or _SELF_LEFT.search(plain, max(0, start - 30), start):
        return "complainant"
    if _WITNESS_LEFT.search(left) or _WITNESS.match(plain, end):
        return "witness"
    if _FAMILY.search(left):
        return "victim"
    if hint == "respondent" or _BLAMED.search(left):
        return "respondent"
    return None


def _give_phones(drafts: list[_Draft], identifiers: tuple[Identifier, ...], plain: str) -> None:
    """Each phone to the party named last before it in the same sentence; the caller's own to the complainant."""
    for item in identifiers:
        if item.label != "phone":
            continue
        sentence = max(plain.rfind(stop, 0, item.start) for stop in "。;；!！?？\n")
        before = plain[max(sentence + 1, item.start - 30) : item.start]
        base = item.start - len(before)
        near = [
            (end, draft) for draft in drafts for start, end in draft.mentions if base <= start and end <= item.start
        ]
        owner = max(near, key=lambda pair: pair[0])[1] if near else None
        if _OWN_PHONE.search(before) or (owner is None and _ANY_PHONE.search(before)):
            owner = next((draft for draft in drafts if draft.role == "complainant"), None)
        if owner is not None and owner.phone is None:
            owner.phone = item.text


def _party(draft: _Draft, text: str) -> Party:
    start, end = draft.mentions[0]
    certainty = draft.certainty if draft.role else round(draft.certainty * 0.8, 3)
    return Party(
        role=draft.role or "respondent",
        surface=text[start:end],
        kind=draft.kind,
        name=draft.name,
        phone=draft.phone,
        org=draft.org,
        certainty=certainty,
        mentions=tuple(draft.mentions),
    )
