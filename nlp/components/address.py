"""`address`: where it is.

Names from the gazetteer, or recognised by their ending where it does not know them, are chained with the door behind
them (青枫区 + 桂花苑 + 3幢 + 501) into one place span, which becomes a `StandardAddress` completed and checked by what
the gazetteer knows of its names. Words of direction (3幢后面, 楼上601, 我家楼上) lead from there, from the place spoken
of before, or from the caller's home (`doc._.home`) as far as that is sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from core.values import InvalidValue, StandardAddress
from nlp.directions import extend
from nlp.doors import STANDALONE
from nlp.drafts import Draft, anchor
from nlp.layers import Place, mark
from nlp.lonedoors import directions_apart, doors_alone, typed
from nlp.placechains import ACTING, ASKED, RANK, Piece, chains, pieces, with_door, without_door
from nlp.placecheck import LEVELS, Levels, checked_levels
from nlp.relative import NOWHERE

_OCCURRED: Final = re.compile(r"(?:地址|地点|位置|位于|座落|坐落|发生|问题出)[:：是在于 ]{0,2}$")
_CUE: Final = re.compile(r"(?:地址|地点|位于|座落|坐落|家住|我住|住在|住|在|我是|本人|发生)[:：是在于 ]?$")
_PART: Final = re.compile(r"(?:小区)?(?:\d+期|[A-Z东南西北]区|[东南西北]苑|\d+[组队])")
_JOINT: Final = re.compile(r"[和与跟及同、/到至-]|以及|")
_PEOPLE: Final = re.compile(
    r"的?(?:物业|业委会|居委|社区|街道办|办事处|干部|工作人员|政府|快递|网格员|民警|小[郭王李张刘陈]|书记|主任"
    r"|派出所|保安|打工|上班|出差|上大学|政务|管委会"
    r"|[一-龥]{0,6}(?:局|法院|检察院|司法所|服务中心|大队|支队|委员会)|、[一-龥]{0,6}(?:社区|街道|局))"
)
_CUED: Final = 2.0
"""The least score of a division that words of place stand in front of."""
_EXACT: Final = 3.5
"""The least score of a compound or a numbered house."""
_OF_AREA: Final = re.compile(r"的|辖|片|境内|范围|附近|一带")


@Language.component(
    "address", assigns=["doc._.places", "doc._.pieces", "doc.spans"], requires=["doc._.matches", "doc._.times"]
)
def address(doc: Doc) -> Doc:
    text: str = doc._.plain
    times = [(when.start, when.end) for when in doc._.times]
    numbers = frozenset(item.start for item in doc._.identifiers)
    found = pieces(text, numbers, doc._.matches, times)
    runs = _lone_door(text, chains(found, text, numbers))
    named = _crossings(text, [draft for run in runs if (draft := _named(text, run)) is not None])
    taken = [(draft.start, draft.end) for draft in named]
    doors = doors_alone(text, taken, times)
    taken += [(draft.start, draft.end) for draft in doors]
    drafts = _between(text, sorted([*named, *doors, *directions_apart(text, taken)], key=lambda draft: draft.start))
    anchor(drafts, doc._.home)
    places = tuple(_place(draft) for draft in _told(text, drafts))
    doc._.pieces = tuple(found)
    doc._.places = places
    labels = [(place.start, place.end, place.relative or _label(place)) for place in places]
    mark(doc, "places", labels)
    return doc


def best_place(places: Iterable[Place]) -> Place | None:
    """The place that the matter is about: the one said most exactly, the first of equals.

    Of mere directions (我家楼上) only those that lead somewhere, and only where nothing else was said.
    """
    told = [place for place in places if place.score > 0]
    if not told:
        told = [place for place in places if place.address is not None and place.address.compound_key]
    return max(told, key=lambda place: (place.score, _exactness(place), -place.start), default=None)


def _exactness(place: Place) -> int:
    """How deep the address of a place goes."""
    address = place.address
    return sum(bool(part) for part in (address.building, address.unit, address.room)) if address else 0


def _label(place: Place) -> str:
    return (place.address and place.address.level) or "place"


def _place(draft: Draft) -> Place:
    return Place(
        draft.start, draft.end, draft.address, draft.keys, draft.score, draft.relative, draft.of, draft.problems
    )


def _lone_door(text: str, runs: list[list[Piece]]) -> list[list[Piece]]:
    """Where the text names one compound without a door and a door without a compound, they belong together.

    The span stays with the name; only the value gains the door.
    """
    compounds = {run[-1].name for run in runs if run[-1].kind == "compound"}
    if len(compounds) != 1 or not all(without_door(run) for run in runs if run[-1].kind == "compound"):
        return runs
    for door in STANDALONE.finditer(text):
        if (door["building"] or (door["unit2"] and door["room2"])) and not _inside(door.start(), door.end(), runs):
            return [with_door(run, door.group()) if run[-1].kind == "compound" else run for run in runs]
    return runs


def _inside(start: int, end: int, runs: Iterable[Sequence[Piece]]) -> bool:
    return any(run[0].start < end and start < run[-1].end for run in runs)


def _named(text: str, run: list[Piece]) -> Draft | None:
    """The place of a chain with the words of direction behind it; None where the chain says no place by itself."""
    last = run[-1]
    behind = extend(text, last.end)
    spots = [piece for piece in run if piece.kind == "spot"]
    cued = _cued(text, run[0].start)
    if len(spots) == len(run) and behind.relative is None and cued <= 0:
        return None
    levels, problems = checked_levels(run)
    said = [piece for piece in run if piece.kind != "spot"]
    value = _read_chain(said, levels, behind.floor or "")
    if value is not None and problems and not levels:  # as it was said: where it is nobody can tell
        value = replace(value, province=None, city=None, county=run[0].name, division_code=None)
    if value is None and not spots:
        return None
    if spots:
        value = replace(value or NOWHERE, rest=spots[-1].name)
    keys = tuple(entry.key for piece in run for entry in piece.entries)
    score = (_depth(value, last) if value is not None else 0.5) + cued + 0.5 * last.known
    return Draft(
        run[0].start, behind.end, value, keys, score, behind.relative, "parts" if behind.relative else None, problems,
        run=run,
    )  # fmt: skip


def _cued(text: str, start: int) -> float:
    """How surely the words in front say that the matter is here: 我住, or more so 事情发生在."""
    if _OCCURRED.search(text, max(0, start - 8), start):
        return 3.0
    return 1.0 if _CUE.search(text, max(0, start - 6), start) else 0.0


def _read_chain(run: list[Piece], levels: Levels, floor: str) -> StandardAddress | None:
    if not run:
        return None
    last = run[-1]
    divisions = "".join(piece.name for piece in run if piece.kind in ("division", "community"))
    roads = "".join(piece.name + piece.door for piece in run[:-1] if piece.kind == "road")
    if last.kind == "building" and len(last.entries) == 1:  # 科技大厦 in 永宁坊 goes by its full name
        last = replace(last, kind="compound", name=last.entries[0].key)
    tail = ("", "") if last.kind in ("division", "community") and roads else (last.name, typed(last.door) + floor)
    return _read_address(divisions, roads, (last.kind, *tail), levels)


def _depth(value: StandardAddress, last: Piece) -> float:
    if value.room:
        return 6.0
    if value.building:
        return 5.0
    if last.kind in ("compound", "building"):
        return 4.0
    return 3.0 if last.kind == "road" and last.door else 1.0 + min(RANK[last.kind], 2) / 2


@lru_cache(maxsize=20_000)
def _read_address(
    divisions: str, roads: str, piece: tuple[str, str, str], levels: tuple[tuple[str, str], ...]
) -> StandardAddress | None:
    """The address of road, name and door; the levels above from the gazetteer where it has them, else as written."""
    kind, name, door = piece
    known = dict(levels)
    above = "".join(known.get(level, "") for level in LEVELS) or divisions
    below = "" if kind in ("division", "community") and name in above else name
    try:
        value = StandardAddress.parse(f"{above}{roads}{below}{door}")
    except InvalidValue:
        return None
    if kind == "compound" and not _PART.fullmatch(value.compound or "", len(name)):
        value = replace(
            value, compound=name
        )  # 桂花苑小区 is 桂花苑, but 桂花苑2期 and 前进村3组 are parts of their own
    return value


def _crossings(text: str, drafts: list[Draft]) -> list[Draft]:
    """学府路与友谊巷交叉口 is one place on the first road; 8幢和9幢之间 likewise."""
    joined: list[Draft] = []
    for draft in drafts:
        before = joined[-1] if joined else None
        crossing = draft.relative in ("crossing", "between") and draft.run[-1].kind == "road"
        if before and crossing and before.run[-1].kind == "road" and _JOINT.fullmatch(text, before.end, draft.start):
            before.end, before.relative, before.of = draft.end, draft.relative, "parts"
            before.keys += draft.keys
        else:
            joined.append(draft)
    return joined


def _between(text: str, drafts: list[Draft]) -> list[Draft]:
    """安居华庭8幢和9幢之间 is one place, at the first of both."""
    kept: list[Draft] = []
    for draft in drafts:
        before = kept[-1] if kept else None
        second = before is not None and before.relative in (None, "same") and not draft.named
        if before and second and draft.relative == "between" and _JOINT.fullmatch(text, before.end, draft.start):
            before.end, before.relative, before.of = draft.end, "between", "parts" if before.named else None
        else:
            kept.append(draft)
    return kept


def _told(text: str, drafts: list[Draft]) -> list[Draft]:
    """Without numbers that are no house, and without names that say who rather than where."""
    kept: list[Draft] = []
    numbered = False
    for draft in drafts:
        if not draft.named and "road_no" in draft.said and not numbered:
            continue
        numbered = numbered or bool(draft.address and draft.address.road_no and not draft.address.building)
        kept.append(draft)
    strong = [draft for draft in kept if not _weak(text, draft) and not _vague(text, draft)]
    exact = any(draft.named and draft.address is not None and draft.score >= _EXACT for draft in strong)
    strong = [draft for draft in strong if not (exact and _passing(draft))]
    return strong if any(draft.named for draft in strong) else [one for one in kept if not _vague(text, one)]


def _vague(text: str, draft: Draft) -> bool:
    """A city, a county or a street by itself, which nothing says to be the place."""
    divisions = all(piece.kind == "division" for piece in draft.run)
    bare = draft.named and divisions and draft.relative is None and draft.score < _CUED
    return bare and _OF_AREA.match(text, draft.end) is None


def _passing(draft: Draft) -> bool:
    """A road that is only spoken of, where the text says a place more exactly: 一楼沿翠屏路是门面."""
    bare = draft.named and draft.end == draft.run[-1].end and draft.relative is None
    return bare and all(piece.kind == "road" and not piece.door for piece in draft.run) and draft.score < _EXACT - 0.5


def _weak(text: str, draft: Draft) -> bool:
    """向书院社区反映, 双井新村物业: the name stands for people."""
    if not draft.named or draft.relative or not without_door(draft.run):
        return False
    if _PEOPLE.match(text, draft.end):
        return True
    if draft.run[-1].kind not in ("division", "community"):
        return False
    asked = ASKED.search(text, max(0, draft.start - 6), draft.start) is not None
    return asked or ACTING.match(text, draft.end) is not None
