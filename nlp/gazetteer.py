"""The names that a place knows: divisions, communities, compounds, roads and organizations.

A `Gazetteer` is a plain value, built from lists and handed to the reader; it knows no database. Its automaton finds all
names in one pass over a text (Aho-Corasick), the longest at each position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Self

import ahocorasick

from core.values import OrganizationName

KINDS: Final = ("division", "community", "compound", "building", "road", "organization")


class Entry(NamedTuple):
    """One name.

    `surface` is how the text may write it, `key` whatever the caller knows it by (a code, a node id), `name` its full
    name. `levels` are address fields that come with it, as (field, text) pairs: a compound brings its community, street
    and county.
    """

    surface: str
    kind: str
    key: str
    name: str
    levels: tuple[tuple[str, str], ...] = ()


class Gazetteer:
    """Names by surface; equal lists make equal gazetteers, whatever their order."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: tuple[Entry, ...] = tuple(sorted(set(entries)))

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str] | tuple[str, str, str, Mapping[str, str | None]]]) -> Self:
        """From (surface, kind, key) or (surface, kind, key, address levels) rows.

        An organization's short forms (trade name with trade: 华辰物业) are added by themselves. Rows whose surface is
        shorter than two characters are left out: they would match everywhere. Raises `ValueError` for an unknown kind.
        """
        entries: list[Entry] = []
        for row in rows:
            surface, kind, key = row[0].strip(), row[1], row[2]
            if kind not in KINDS:
                raise ValueError(f"unknown gazetteer kind: {kind}")
            levels: Mapping[str, str | None] = row[3] if len(row) == 4 else {}
            pairs = tuple(sorted((field, text) for field, text in levels.items() if text))
            forms = short_forms(surface) if kind == "organization" else ()
            entries.extend(Entry(form, kind, key, surface, pairs) for form in (surface, *forms) if len(form) > 1)
        return cls(entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Gazetteer) and self.entries == other.entries)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.entries)

    def __reduce__(self) -> tuple[type[Gazetteer], tuple[tuple[Entry, ...]]]:
        return type(self), (self.entries,)

    @cached_property
    def digest(self) -> str:
        """Changes when any name changes: tells a reader when to reload."""
        state = blake2b(digest_size=16)
        for entry in self.entries:
            state.update(repr(tuple(entry)).encode())
        return state.hexdigest()

    @cached_property
    def _automaton(self) -> Any:
        by_surface: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            by_surface[entry.surface].append(entry)
        automaton = ahocorasick.Automaton()
        for surface, entries in by_surface.items():
            automaton.add_word(surface, (len(surface), tuple(entries)))
        automaton.make_automaton()
        return automaton

    def find(self, text: str) -> Iterator[tuple[int, int, tuple[Entry, ...]]]:
        """(start, end, entries) of every name in the text, leftmost longest, never overlapping."""
        if not self.entries:
            return
        for last, (length, entries) in self._automaton.iter_long(text):
            yield last + 1 - length, last + 1, entries


def short_forms(name: str) -> tuple[str, ...]:
    """How people shorten an organization's registered name, longest first.

    云泽省华辰物业管理有限公司 → 华辰物业管理有限公司, 华辰物业管理, 华辰物业; the trade name alone only where it has
    three characters or more, for two are as often a road or a person.
    """
    parts = OrganizationName.parse(name)
    trade_name, trade = parts.trade_name or "", parts.trade or ""
    if len(trade_name) < 2:
        return ()
    forms = [trade_name + trade + (parts.form or ""), trade_name + trade]
    forms += [trade_name + trade[:2]] if len(trade) > 3 else []
    forms += [trade_name] if len(trade_name) > 2 else []
    return tuple(form for form in dict.fromkeys(forms) if form != name and len(form) > 2)
