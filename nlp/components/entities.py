"""`entities`: the names in the text: people, organizations, places of the map.

People and organizations are read here once; their mentions stay on the Doc as `person_mentions` and
`organization_mentions` for the components behind. A place is a name without its door: 柳湾镇稻香社区, 前街, 锦绣华庭.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import Entity, mark
from nlp.names import person_mentions
from nlp.organizations import organization_mentions, public_bodies
from nlp.placechains import ACTING, ASKED, Piece

_NAMED: Final = frozenset({"full", "masked", "titled", "nick", "alias"})
"""Forms that name somebody; 姓刘的租户 and 601的住户 describe."""
_ON_MAP: Final = re.compile(r"(?:公园|桥|广场|码头|站|步行街|体育场)$")
_BEHIND: Final = re.compile(r"小区|[东南西北]?站(?!着|起|在|住|出|不|了|满)")
_OFFICE: Final = re.compile(
    r"[一-龥]{0,6}?(?:办事处|街道办|政府|居委会|村委会|委员会|(?<![结布格时])局(?![面部势])|法院|检察院|派出所|司法所|卫生院|卫生服务中心|服务中心"
    r"|小学|中学|幼儿园|医院|大队|支队|消防救援站)"
)
"""Behind a division: the name goes on, and is that of an office or a school."""


@Language.component(
    "entities",
    assigns=["doc._.entities", "doc._.person_mentions", "doc._.organization_mentions", "doc.spans"],
    requires=["doc._.matches", "doc._.pieces"],
)
def entities(doc: Doc) -> Doc:
    text: str = doc._.plain
    found: tuple[Piece, ...] = doc._.pieces
    taken = [(match.start, match.end) for match in doc._.matches] + [(piece.start, piece.end) for piece in found]
    people = tuple(person_mentions(text, taken))
    organizations = tuple(organization_mentions(text, doc._.matches))
    doc._.person_mentions = tuple(person for person in people if person.form != "alias")
    doc._.organization_mentions = organizations
    doc.user_data["layers"] = ("person_mentions", "organization_mentions")
    estates = {(piece.start, piece.name_end + 2) for piece in found}
    named = [
        Entity(o.start, o.end, "organization", o.key, o.certainty)
        for o in organizations
        if (o.start, o.end) not in estates or not text.startswith("物业", o.end - 2)
    ]
    named += [Entity(p.start, p.end, "person", None, p.certainty) for p in people if p.form in _NAMED]
    named += [Entity(start, end, "organization", None, 0.7) for start, end in public_bodies(text)]
    named += _places(text, found)
    doc._.entities = _apart(named)
    mark(doc, "entities", [(entity.start, entity.end, entity.kind) for entity in doc._.entities])
    return doc


def _places(text: str, found: Iterable[Piece]) -> Iterator[Entity]:
    for names in _groups(found):
        spot = names[-1].kind == "spot" and not _ON_MAP.search(names[-1].name)
        group = names[:-1] if spot else names
        if not group:
            continue
        last = group[-1]
        behind = _BEHIND.match(text, last.name_end)
        end = behind.end() if behind else last.name_end
        keys = {entry.key for entry in last.entries}
        office = _OFFICE.match(text, end) if group[-1].kind in ("division", "community") else None
        if office is not None:
            yield Entity(group[0].start, office.end(), "organization", None, 0.7)
            continue
        asked = last.kind == "community" and (
            ASKED.search(text, max(0, group[0].start - 6), group[0].start) or ACTING.match(text, end)
        )
        yield Entity(
            group[0].start,
            end,
            "organization" if asked else "place",
            keys.pop() if len(keys) == 1 else None,
            0.95 if last.known else 0.7,
        )


def _groups(found: Iterable[Piece]) -> list[list[Piece]]:
    """Divisions that stand together are one name, with a park or a station right behind; others stand alone."""
    groups: list[list[Piece]] = []
    for piece in found:
        last = groups[-1][-1] if groups else None
        beside = last is not None and last.end == piece.start and not last.door
        division = last is not None and last.kind in ("division", "community")
        inner = piece.kind in ("division", "community") and division
        if beside and (inner or (piece.kind == "spot" and _ON_MAP.search(piece.name) and last is not None)):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _apart(named: Iterable[Entity]) -> tuple[Entity, ...]:
    """Without names inside others: 梧桐街道办事处 is one organization, no place; the longer wins, then the surer."""
    kept: list[Entity] = []
    taken: set[int] = set()
    for entity in sorted(named, key=lambda one: (one.start - one.end, -one.certainty, one.start)):
        positions = range(entity.start, entity.end)
        if taken.isdisjoint(positions):
            taken.update(positions)
            kept.append(entity)
    return tuple(sorted(kept, key=lambda one: one.start))
