"""`address`: where it is.

Names from the gazetteer, or recognised by their ending where it does not know them, are chained with the door behind
them (青枫区 + 桂花苑 + 3幢 + 501) into one place span, which becomes a `StandardAddress` completed by what the
gazetteer knows of that name. Words of relation (我家楼上, 小区东门) are kept as they stand: whose they are is decided
where the caller is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from spacy.language import Language
from spacy.tokens import Doc

from core.values import InvalidValue, StandardAddress
from nlp.doors import RELATION, ROAD_NUMBER, STANDALONE, TAIL
from nlp.gazetteer import Entry
from nlp.layers import Match, Place, mark
from nlp.placenames import unknown_places

_RANK: Final = {"division": 0, "community": 1, "road": 2, "compound": 3, "building": 4}
_LINK: Final = re.compile(r"[ ,，的]?\(?")
_CUE: Final = re.compile(r"(?:地址|地点|位于|座落|坐落|家住|我住|住在|住|在|我是|本人|发生)[:：是在于 ]?$")
_PART: Final = re.compile(r"(?:小区)?(?:\d+期|[A-Z东南西北]区|[东南西北]苑|\d+[组队])")
_ESTATE: Final = "小区"
_TELLING: Final = 3
_LEVELS: Final = ("province", "city", "county", "street", "community")


@dataclass(frozen=True, slots=True)
class _Piece:
    """One name and the number or door behind it, which ends at `end`."""

    start: int
    end: int
    kind: str
    name: str
    entries: tuple[Entry, ...]
    door: str = ""

    @property
    def known(self) -> bool:
        return bool(self.entries)


@Language.component("address", assigns=["doc._.places", "doc._.relations", "doc.spans"], requires=["doc._.matches"])
def address(doc: Doc) -> Doc:
    text: str = doc._.plain
    chains = _lone_door(text, _chains(_pieces(text, doc._.matches), text))
    places = tuple(place for chain in chains if (place := _place(text, chain)) is not None)
    relations = tuple(match.span() for match in RELATION.finditer(text))
    doc._.places = places
    doc._.relations = relations
    mark(doc, "places", [(place.start, place.end, place.address.level or "place") for place in places])
    mark(doc, "relations", [(start, end, "relation") for start, end in relations])
    return doc


def best_place(places: Iterable[Place]) -> Place | None:
    """The place that the matter is about: the one said most exactly, the first of equals."""
    return max(places, key=lambda place: (place.score, -place.start), default=None)


def _pieces(text: str, matches: Iterable[Match]) -> list[_Piece]:
    """Names with their doors, from left to right; a name that begins inside the door before it is dropped."""
    taken = [(match.start, match.end) for match in matches]
    named = [(m.start, m.end, m.entries[0].kind, m.entries[0].name, m.entries) for m in matches]
    named += [(start, end, kind, text[start:end], ()) for start, end, kind in unknown_places(text, taken)]
    pieces: list[_Piece] = []
    for start, end, kind, name, entries in sorted(named, key=lambda item: item[0]):
        if kind not in _RANK or (pieces and start < pieces[-1].end):
            continue
        door_end = _door_end(text, end, kind)
        if kind == "compound" and entries:
            estate = text.startswith(_ESTATE, end)
            if end - start < _TELLING and not estate and door_end == end:
                continue  # 幸福, 建设: a word rather than 幸福小区
            door_end = max(door_end, end + len(_ESTATE) * estate)
        pieces.append(_Piece(start, door_end, kind, name, entries, text[end:door_end]))
    return pieces


def _door_end(text: str, end: int, kind: str) -> int:
    if kind == "road":
        number = ROAD_NUMBER.match(text, end)
        end = number.end() if number else end
    elif kind not in ("compound", "building"):
        return end
    tail = TAIL.match(text, end)
    if tail is None or not any(tail.group("group", "short", "building", "unit", "room")):
        return end
    return tail.end()


def _chains(pieces: list[_Piece], text: str) -> list[list[_Piece]]:
    """Runs of names that stand together and descend: county, street, compound."""
    chains: list[list[_Piece]] = []
    for piece in pieces:
        if chains and _continues(chains[-1][-1], piece, text):
            chains[-1].append(piece)
        else:
            chains.append([piece])
    return chains


def _continues(last: _Piece, piece: _Piece, text: str) -> bool:
    rank, last_rank = _RANK[piece.kind], _RANK[last.kind]
    descends = rank > last_rank or (rank == last_rank == 0)
    link = _LINK.match(text, last.end)
    near = piece.start == last.end or (link is not None and piece.start == link.end())
    return descends and near and (not last.door or last.kind == "road")


def _lone_door(text: str, chains: list[list[_Piece]]) -> list[list[_Piece]]:
    """Where the text names one compound without a door and a door without a compound, they belong together.

    The span stays with the name; only the value gains the door.
    """
    compounds = {chain[-1].name for chain in chains if chain[-1].kind == "compound"}
    if len(compounds) != 1 or any(chain[-1].door for chain in chains if chain[-1].kind == "compound"):
        return chains
    door = STANDALONE.search(text)
    if door is None:
        return chains
    return [
        [*chain[:-1], replace(chain[-1], door=door.group())] if chain[-1].kind == "compound" else chain
        for chain in chains
    ]


def _place(text: str, chain: list[_Piece]) -> Place | None:
    last = chain[-1]
    entry = last.entries[0] if len(last.entries) == 1 else None
    divisions = "".join(piece.name for piece in chain[:-1] if piece.kind in ("division", "community"))
    roads = "".join(piece.name + piece.door for piece in chain[:-1] if piece.kind == "road")
    value = _read_address(divisions, roads, (last.kind, last.name, last.door), entry.levels if entry else ())
    if value is None:
        return None
    keys = tuple(entry.key for piece in chain for entry in piece.entries)
    cued = bool(_CUE.search(text, max(0, chain[0].start - 6), chain[0].start))
    score = _depth(value, last) + 1.0 * cued + 0.5 * last.known
    return Place(chain[0].start, last.end, value, keys, score)


def _depth(value: StandardAddress, last: _Piece) -> float:
    if value.room:
        return 6.0
    if value.building:
        return 5.0
    if last.kind in ("compound", "building"):
        return 4.0
    return 3.0 if last.kind == "road" and last.door else 1.0 + _RANK[last.kind] / 2


@lru_cache(maxsize=20_000)
def _read_address(
    divisions: str, roads: str, piece: tuple[str, str, str], levels: tuple[tuple[str, str], ...]
) -> StandardAddress | None:
    """The address of road, name and door; the levels above from the gazetteer where it has them, else as written."""
    kind, name, door = piece
    known = dict(levels)
    above = "".join(known.get(level, "") for level in _LEVELS) or divisions
    try:
        value = StandardAddress.parse(f"{above}{roads}{name}{door.strip(' ,，的')}")
    except InvalidValue:
        return None
    if kind == "compound" and not _PART.fullmatch(value.compound or "", len(name)):
        value = replace(
            value, compound=name
        )  # 桂花苑小区 is 桂花苑, but 桂花苑2期 and 前进村3组 are parts of their own
    return value
