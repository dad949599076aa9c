"""Column names: of one header line or several, and whether they are the ones that a mapping needs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import zip_longest

from core.errors import ColumnMissing
from loaders.feeds.mapping import Fields, Mapping, Source

ROOT = "$."


def folded(name: str) -> str:
    """A column name as it is compared: NFKC, blanks of every kind away."""
    return "".join(unicodedata.normalize("NFKC", name).replace("\ufeff", "").split())


def joined_header(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name per column from one or more header lines, `group/name`; equal or empty parts count once.

    The same name twice gets `.2`, `.3`: a mapping can then name each.
    """
    names: list[str] = []
    seen: dict[str, int] = {}
    for column in zip_longest(*lines, fillvalue=""):
        parts: list[str] = []
        for part in map(folded, column):
            if part and part not in parts:
                parts.append(part)
        name = "/".join(parts)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(names)


def needed_columns(mapping: Mapping) -> dict[str, tuple[str, ...]]:
    """The columns that a mapping reads, by the list that holds them ('' for the row itself)."""
    found: dict[str, dict[str, None]] = {"": {}}

    def add(scope: str, names: Iterable[str]) -> None:
        for name in names:
            if name.startswith(ROOT):
                found[""][name.removeprefix(ROOT)] = None
            else:
                found.setdefault(scope, {})[name] = None

    def add_sources(scope: str, sources: Iterable[Source | None]) -> None:
        for source in sources:
            if source is not None:
                add(scope, (*source.names, *source.when))

    def add_fields(scope: str, fields: Fields) -> None:
        add_sources(scope, fields.values())

    add("", mapping.key)
    add_sources("", [mapping.observed_at])
    for mention in mapping.mentions.values():
        add_fields(mention.each or "", mention.fields)
        add(mention.each or "", mention.when)
    for relation in mapping.relations:
        ends = [mapping.mentions[end] for end in (relation.start, relation.end) if end in mapping.mentions]
        scope = next((end.each for end in ends if end.each), "")
        add_sources(scope, [relation.valid_from, relation.valid_to, *relation.props.values()])
        add(scope, relation.when)
    if mapping.event:
        add_fields("", mapping.event.fields)
        add_fields("", mapping.event.props)
        for step in mapping.event.steps:
            add_sources(step.each or "", [step.department, step.action, step.at, step.start, step.end])
    return {scope: tuple(names) for scope, names in found.items()}


def check_columns(file: str, mapping: Mapping, present: Sequence[str]) -> None:
    """Raises `ColumnMissing`, naming each missing column and the closest one present."""
    have = {folded(name) for name in present}
    optional = {folded(name) for name in mapping.optional_columns}
    missing = [name for name in needed_columns(mapping)[""] if folded(name) not in have | optional]
    if missing:
        raise column_missing(file, missing, list(present))


def column_missing(file: str, missing: Sequence[str], present: Sequence[str]) -> ColumnMissing:
    """The error that names what is missing and what comes closest. Column names are no personal data."""
    told = []
    for name in missing:
        close = get_close_matches(name, present, n=1, cutoff=0.4)
        told.append(f"“{name}”" + (f"（最接近的是“{close[0]}”）" if close else ""))
    return ColumnMissing(f"文件 {file} 缺少列 {'、'.join(told)}")
