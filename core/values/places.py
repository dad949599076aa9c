"""The division names that an address may begin with, by full name and by the short form people write."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from core.clock import local_today
from core.codes.divisions import Division, DivisionTable, divisions

_SUFFIXES: Final = {
    "province": ("特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市"),
    "prefecture": ("地区", "市", "盟"),
    "county": ("自治县", "区", "县", "市", "旗"),
    "street": ("街道", "镇", "乡"),
    "community": ("社区", "村"),
}
_ALIASES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "street": {"街道": ("街道办事处", "街道办", "街办")},
    "community": {
        "社区": ("社区居委会", "社区居民委员会", "居委会", "居民委员会"),
        "村": ("村委会", "村民委员会", "村村委会", "村村民委员会"),
    },
}

ROAD_ENDS: Final = "(?:大道|大街|公路|路|街|巷|胡同)"
COMPOUND_ENDS: Final = (
    "小区|花园|花苑|家园|嘉园|佳苑|雅苑|名苑|新苑|名邸|华庭|豪庭|名庭|新村|公寓|大厦|大楼|广场|中心|名都|公馆|国际|宿舍|"
    "大院|家属院|商城|市场|[一二三四五六七八九十]村|城|苑|庭|府|湾|里|居|轩|阁|郡|墅|坊|庄|园|院|邸|楼"
)

_ROAD_FOLLOWS: Final = re.compile(rf"[\u4e00-\u9fff]{{1,6}}?{ROAD_ENDS}")
_ENDING_FOLLOWS: Final = re.compile(rf"(?:{COMPOUND_ENDS}|[东西南北中]{{0,2}}{ROAD_ENDS})|[^\u4e00-\u9fff]|$")
_COUNTY_FOLLOWS: Final = re.compile(r"[\u4e00-\u9fff]{1,3}?(?:(?<![小社园校景库片厂院])区|县|市)(?![路街巷]|胡同)")


class Found(NamedTuple):
    """A chain of divisions at the start of a text: names by level, the end position, and what was noticed."""

    names: dict[str, str]
    code: str | None
    end: int
    renamed: bool


_BETWEEN: Final = frozenset("-#第.")
_NOTHING: Final = Found({}, None, 0, False)


class _Entry(NamedTuple):
    division: Division
    path: tuple[Division, ...]
    codes: tuple[str, ...]
    full: bool
    renamed: bool


class PlaceIndex:
    """Finds chains of divisions in front of an address."""

    def __init__(self, table: DivisionTable, day: date) -> None:
        self._names: defaultdict[str, list[_Entry]] = defaultdict(list)
        for division in table:
            self._add(table, division, day)
        self._full = {name for name, entries in self._names.items() if any(entry.full for entry in entries)}
        # The lengths of the names that begin with two characters, the longest first.
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for name in self._names:
            lengths[name[:2]].add(len(name))
        self._lengths = {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()}

    def _add(self, table: DivisionTable, division: Division, day: date) -> None:
        current = division if division.valid_on(day) else table.current(division.code, day)
        if current is None or (division.valid_from is not None and division.valid_from > day):
            return
        path = table.path(current.code)
        renamed = current.code != division.code or current.name != division.name
        for name, full in _written_forms(division):
            self._names[name].append(_Entry(current, path, tuple(row.code for row in path), full, renamed))

    def chain(self, text: str, start: int = 0) -> Found:
        """The divisions that stand at `start`; missing levels above a name that is unique are filled in."""
        found: _Entry | None = None
        end, renamed = start, False
        while True:
            while text[end : end + 1] in _BETWEEN:
                end += 1
            lengths = self._lengths.get(text[end : end + 2])
            if lengths is None:
                break
            step = self._step(text, end, lengths, found)
            if step is None:
                break
            entry, end = step
            renamed = renamed or entry.renamed
            if found is None or len(entry.codes) >= len(found.codes):
                found = entry
        if found is None:
            return _NOTHING
        return Found({row.level: row.name for row in found.path}, found.division.code, end, renamed)

    def first(self, text: str) -> int:
        """Where the first full division name behind the beginning stands in a text; -1 if none does."""
        for start in range(1, len(text) - 2):
            for length in self._lengths.get(text[start : start + 2], ()):
                if text[start : start + length] in self._full:
                    return start
        return -1

    def _step(self, text: str, start: int, lengths: tuple[int, ...], above: _Entry | None) -> tuple[_Entry, int] | None:
        for length in lengths:
            entries = self._names.get(text[start : start + length])
            if entries is None:
                continue
            entry = _pick(entries, above)
            if entry is None:
                continue
            end = start + length
            if entry.full or self._short_allowed(text, end, entry, above):
                return entry, end
        return None

    def _short_allowed(self, text: str, end: int, entry: _Entry, above: _Entry | None) -> bool:
        """A short form counts before a division below it, or under its parent before a road or compound with a name."""
        for length in self._lengths.get(text[end : end + 2], ()):
            follower = self._names.get(text[end : end + length], ())
            if any(_fits(one, entry) and len(one.codes) > len(entry.codes) for one in follower):
                return any(one.full for one in follower) or not _ENDING_FOLLOWS.match(text, end + length)
        level = entry.division.level
        if level in ("province", "prefecture") and _COUNTY_FOLLOWS.match(text, end):
            return True
        if above is None or entry.codes[:-1] != above.codes or _ENDING_FOLLOWS.match(text, end):
            return False
        # Whoever writes the street in short form writes the community so, too.
        return level in ("prefecture", "county") or not above.full or _ROAD_FOLLOWS.match(text, end) is not None


def _pick(entries: list[_Entry], above: _Entry | None) -> _Entry | None:
    """The one division that a name means under what was read so far: of several the highest, if it is alone there."""
    if len(entries) == 1:
        return entries[0] if above is None or _fits(entries[0], above) else None
    fitting = [entry for entry in entries if above is None or _fits(entry, above)]
    if len({entry.division.code for entry in fitting}) > 1:
        highest = min(len(entry.codes) for entry in fitting)
        fitting = [entry for entry in fitting if len(entry.codes) == highest]
        if len({entry.division.code for entry in fitting}) > 1:
            return None
    return fitting[0] if fitting else None


def _fits(entry: _Entry, above: _Entry) -> bool:
    """Whether a name continues the chain: below it, or one of its own levels said again."""
    depth = len(above.codes)
    return entry.codes[:depth] == above.codes[: len(entry.codes)]


def _written_forms(division: Division) -> Iterator[tuple[str, bool]]:
    name = division.name
    yield name, True
    for suffix in _SUFFIXES[division.level]:
        stem = name.removesuffix(suffix)
        if stem == name:
            continue
        for ending in _ALIASES.get(division.level, {}).get(suffix, ()):
            yield stem + ending, True
        if len(stem) >= 2:
            yield stem, False
        return


@lru_cache(maxsize=1)
def place_index() -> PlaceIndex:
    """The index over `core.codes.divisions`, as of the day it is first used."""
    return PlaceIndex(divisions(), local_today())
