"""Names of places with their doors, chained from the highest to the lowest: 青枫区 + 桂花苑 + 3幢 + 501."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from nlp.doors import ROAD_NUMBER, TAIL
from nlp.gazetteer import Entry
from nlp.layers import BLANK, Match
from nlp.placenames import unknown_places
from nlp.stems import name_start

RANK: Final = {"division": 0, "community": 1, "road": 2, "compound": 3, "spot": 3, "building": 4}
_LINK: Final = re.compile(r"[ ,，的]?[(（]?")
_ESTATE: Final = "小区"
_TELLING: Final = 3
_DISTRICT: Final = re.compile(r"[一-龥]{2,4}[区县市](?<![小社园校景库院战市]区)$")
ASKED: Final = re.compile(
    r"(?:向|找|请|给|跟|与|联系|通知|告知|拨打|感谢|建议|希望|要求|问|由|是|表扬|投诉|答复|、)(?:了|过|我们|他们)?$"
)
"""In front of a division: it is somebody to turn to, not a place (向书院社区反映)."""
ACTING: Final = re.compile(
    r"的?(?:居委|工作人员|干部|书记|主任|网格员|警务室|物业办)|(?:反映|投诉|调解|说|答复|回复|上门|组织|牵头|来人|派人|出面|协调|登记|通知|公示|告知|承诺|表示|不管|让我|也不"
    r"|、[一-龥]{0,6}(?:社区|街道|局)|和[一-龥]{0,4}(?:物业|街道|局))"
)
"""Behind a division: those who work there do something."""
_PUBLIC: Final = ("小学", "中学", "幼儿园", "学校", "医院", "卫生院", "市场", "公园", "广场")
_MOST: Final = 8
"""Names in one chain: province, city, county, street, community, road, compound, building."""
_STREETS: Final = ("街道", "镇", "乡", "社区")


@dataclass(frozen=True, slots=True)
class Piece:
    """One name and the number or door behind it, which ends at `end`; the name itself ends at `name_end`."""

    start: int
    name_end: int
    end: int
    kind: str
    name: str
    entries: tuple[Entry, ...]
    door: str = ""
    phase: bool = False

    @property
    def known(self) -> bool:
        return bool(self.entries)


def pieces(
    text: str, numbers: frozenset[int], matches: Sequence[Match], times: Sequence[tuple[int, int]]
) -> list[Piece]:
    """Names with their doors, from left to right; a name that begins inside the door before it is dropped.

    `numbers` are where the identifiers begin: other blanks were tags, and a name goes on behind them.
    """
    known = [match for match in matches if match.entries[0].kind in RANK]
    named = [(m.start, m.end, m.entries[0].kind, m.entries[0].name, m.entries) for m in known]
    named += [(m.start, m.end, "spot", text[m.start : m.end], ()) for m in matches if _is_public(m)]
    taken = [(match.start, match.end) for match in matches]
    above = [match.end for match in known if match.entries[0].kind in ("division", "community")]
    roads = [match.end for match in known if match.entries[0].kind == "road"]
    unknown = unknown_places(text, taken, times, above, roads)
    named += [(start, end, kind, text[start:end], ()) for start, end, kind in unknown]
    found: list[Piece] = []
    for start, end, kind, name, entries in sorted(named, key=lambda item: item[0]):
        if found and start < found[-1].end:
            continue
        if (district := _unknown_district(text, start, kind, name, found)) is not None:
            found.append(district)
        behind, phase = _door_end(text, numbers, end, kind)
        if kind == "compound" and entries:
            estate = text.startswith(_ESTATE, end)
            if end - start < _TELLING and not estate and behind == end:
                continue  # 幸福, 建设: a word rather than 幸福小区
            behind = max(behind, end + len(_ESTATE) * estate)
        found.append(Piece(start, end, behind, kind, name, entries, text[end:behind].replace(BLANK, ""), phase))
    return found


def _is_public(match: Match) -> bool:
    """Schools and hospitals are organizations, and where things happen."""
    return match.entries[0].kind == "organization" and match.entries[0].surface.endswith(_PUBLIC)


def _unknown_district(text: str, start: int, kind: str, name: str, found: list[Piece]) -> Piece | None:
    """A district that no list knows right before a street that one does: 白云区|梧桐街道."""
    if kind not in ("division", "community") or not name.endswith(_STREETS) or (found and found[-1].end == start):
        return None
    match = _DISTRICT.search(text, max(found[-1].end if found else 0, start - 5), start)
    if match is None:
        return None
    begin = name_start(text, start - 1, 3, floor=match.start())
    if start - begin < _TELLING:
        return None
    return Piece(begin, start, start, "division", text[begin:start], ())


def _door_end(text: str, numbers: frozenset[int], end: int, kind: str) -> tuple[int, bool]:
    """Where the door behind a name ends, `end` if there is none; and whether it has no more than a phase (二期)."""
    numbered = False
    if kind == "road":
        number = ROAD_NUMBER.match(text, end)
        numbered = number is not None
        end = number.end() if number else end
    elif kind not in ("compound", "building"):
        return end, False
    begin = _over_tag(text, numbers, end)
    tail = TAIL.match(text, begin)
    if tail is None:
        return end, False
    if any(tail.group("group", "short", "building", "unit", "room")) or (numbered and tail["floor"]):
        return tail.end(), False
    phase = (tail["phase"] or "").removeprefix(_ESTATE)
    if tail["floor"] and kind == "compound":
        return tail.end(), False
    return (tail.end("phase"), True) if phase and kind == "compound" else (end, False)


def _over_tag(text: str, numbers: frozenset[int], end: int) -> int:
    if end in numbers:
        return end
    while text.startswith(BLANK, end):
        end += 1
    return end


def chains(found: Iterable[Piece], text: str, numbers: frozenset[int]) -> list[list[Piece]]:
    """Runs of names that stand together and descend: county, street, compound."""
    runs: list[list[Piece]] = []
    for piece in found:
        if runs and len(runs[-1]) < _MOST and _continues(runs[-1][-1], piece, text, numbers):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _continues(last: Piece, piece: Piece, text: str, numbers: frozenset[int]) -> bool:
    rank, last_rank = RANK[piece.kind], RANK[last.kind]
    descends = rank > last_rank or (rank == last_rank == 0)
    begin = _over_tag(text, numbers, last.end)
    link = _LINK.match(text, begin)
    near = piece.start == begin or (link is not None and piece.start == link.end())
    # 学府路|梧桐街道中心小学: out of order only where nothing stands between.
    beside = piece.start == last.end and last.kind == "road" and piece.kind in ("community", "division")
    return ((descends and near) or beside) and (not last.door or last.kind == "road")


def without_door(run: list[Piece]) -> bool:
    return not any(piece.door for piece in run)


def with_door(run: list[Piece], door: str) -> list[Piece]:
    """The same names, the last of them with a door that stands elsewhere in the text."""
    return [*run[:-1], replace(run[-1], door=door)]
