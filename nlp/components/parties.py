"""`parties`: who has a part in it, and which.

Mentions are gathered (nlp.parties.gather), those of one party joined (nlp.parties.joining), and each party given its
role (nlp.parties.roles). Whoever says 我 is the complainant, known by name or not.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import Identifier, Party, mark
from nlp.parties.clusters import Cluster
from nlp.parties.deeds import blame
from nlp.parties.gather import gather
from nlp.parties.joining import join
from nlp.parties.mentions import FIRST, NAMED, PRONOUNS, Mention
from nlp.parties.roles import give_roles, mention_role

_OWN_PHONE: Final = re.compile(r"(?:我|本人)的?(?:联系)?(?:电话|手机|号码|联系方式)[号码是:： ]*$")
_ANY_PHONE: Final = re.compile(r"(?:电话|手机|号码|联系方式)[号码是:： ]*$")
_CONTACT: Final = re.compile(r"联系(?:电话|手机|方式)[号码是为:： ]*$")
_LAST: Final = re.compile(r"[\s。.!！,，)）]*$")
_OF_HIM: Final = re.compile(r"[的,，(（、:： ]*(?:联系)?(?:电话|手机|方式)[号码是为:： ]*")
_BEFORE: Final = 30
_STOPS: Final = "。;；!！?？\n"


@Language.component(
    "parties",
    assigns=["doc._.parties", "doc.spans"],
    requires=["doc._.places", "doc._.identifiers", "doc._.person_mentions", "doc._.organization_mentions"],
)
def parties(doc: Doc) -> Doc:
    text: str = doc._.plain
    mentions = gather(doc)
    for mention in mentions:
        mention.hint = _complainant(text, mention)
    clusters = join(text, mentions)
    for cluster in clusters:
        cluster.mentions.sort(key=lambda mention: mention.start)
    clusters.sort(key=lambda cluster: cluster.mentions[0].start)
    clusters = blame(text, clusters)
    give_roles(text, clusters)
    _give_phones(clusters, doc._.identifiers, text)
    found = tuple(_party(cluster, doc) for cluster in clusters)
    doc._.parties = found
    mark(doc, "parties", sorted((*span, f"{party.kind}.{party.role}") for party in found for span in party.mentions))
    return doc


def _complainant(text: str, mention: Mention) -> str:
    """The hint of a mention, `complainant` where the words introduce the caller by name."""
    if mention.sort not in NAMED or mention.hint == "complainant":
        return mention.hint
    return "complainant" if mention_role(text, mention) == "complainant" else mention.hint


def _give_phones(clusters: Sequence[Cluster], identifiers: tuple[Identifier, ...], text: str) -> None:
    """Each phone to the party named last before it in the same sentence; the caller's own to the complainant."""
    others = [(m, cluster) for cluster in clusters for m in cluster.mentions if m.sort not in FIRST]
    others.sort(key=lambda pair: pair[0].end)
    for item in identifiers:
        if item.label != "phone":
            continue
        base = max(0, item.start - _BEFORE)
        base = max(base, *(text.rfind(stop, base, item.start) + 1 for stop in _STOPS))
        before = text[base : item.start]
        place = bisect_right(others, item.start, key=lambda pair: pair[0].end)
        last, owner = others[place - 1] if place else (None, None)
        if last is None or last.start < base:
            owner = None
        end = last.end if last is not None and owner is not None else 0
        if _CONTACT.search(before) and _LAST.match(text, item.end) and not _OF_HIM.fullmatch(text, end, item.start):
            owner = None  # 联系电话 at the end is whom to call back
        if _OWN_PHONE.search(before) or (owner is None and _ANY_PHONE.search(before)):
            owner = next((cluster for cluster in clusters if cluster.role == "complainant"), None)
        if owner is not None and owner.phone is None:
            owner.phone = item.text


def _party(cluster: Cluster, doc: Doc) -> Party:
    """The words that name the party best come first, as its surface; then the other mentions in their order."""
    best = max(cluster.mentions, key=lambda mention: (mention.name is not None, mention.sort not in PRONOUNS))
    others = [mention for mention in cluster.mentions if mention is not best]
    start = best.head if best.sort in NAMED else best.start
    surface = doc.char_span(start, best.end, alignment_mode="expand")
    return Party(
        role=cluster.role or "respondent",
        surface=(surface.text if surface is not None else doc.text[start : best.end]).strip(),
        kind=cluster.kind,
        name=cluster.name,
        phone=cluster.phone,
        org=cluster.org,
        certainty=cluster.certainty if cluster.told else round(cluster.certainty * 0.8, 3),
        mentions=((start, best.end), *((mention.start, mention.end) for mention in others)),
    )
