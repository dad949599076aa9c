"""Code tables of national standards, as dated CSV files beside this module."""

from __future__ import annotations

import csv
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

_FOLDER: Final = Path(__file__).parent


class Code(NamedTuple):
    """One entry; `valid_from` and `valid_to` are inclusive days, None is open. `rank` is that of an ordered table."""

    code: str
    label: str
    valid_from: date | None
    valid_to: date | None
    source: str
    rank: int | None = None


class CodeTable:
    """One table, read by code or by label; retired entries stay readable."""

    def __init__(self, name: str, entries: tuple[Code, ...], synonyms: dict[str, str]) -> None:
        self.name = name
        self.entries = entries
        self._by_code = {entry.code: entry for entry in entries}
        self._by_label = synonyms | {entry.label: entry.code for entry in entries}

    @property
    def ranks(self) -> dict[str, int]:
        """Code → rank, lowest first; empty for a table whose codes have no order but that of the alphabet."""
        return {entry.code: entry.rank for entry in self.entries if entry.rank is not None}

    def label(self, code: str) -> str:
        """The Chinese label. Raises `KeyError` for an unknown code."""
        return self._by_code[code].label

    def code(self, label_or_code: str) -> str:
        """The code for a code (missing leading zeros forgiven), a label or a synonym. Raises `KeyError`."""
        text = label_or_code.strip()
        if text in self._by_code:
            return text
        if text in self._by_label:
            return self._by_label[text]
        width = max(map(len, self._by_code))
        if text.isdecimal() and text.isascii() and (padded := text.zfill(width)) in self._by_code:
            return padded
        raise KeyError(f"{self.name} has no such code or label")

    def __contains__(self, label_or_code: str) -> bool:
        try:
            self.code(label_or_code)
        except KeyError:
            return False
        return True


@lru_cache(maxsize=32)
def table(name: str) -> CodeTable:
    """The table `core/codes/<name>.csv`. Raises `KeyError` when there is none."""
    path = _FOLDER / f"{name}.csv"
    if not name.isidentifier() or name.startswith(("divisions", "synonyms")) or not path.is_file():
        raise KeyError(f"no code table {name}")
    with path.open(encoding="utf-8", newline="") as file:
        entries = tuple(
            Code(
                row["code"],
                row["label"],
                _day(row["valid_from"]),
                _day(row["valid_to"]),
                row["source"],
                int(row["rank"]) if "rank" in row else None,
            )
            for row in csv.DictReader(file)
        )
    return CodeTable(name, entries, _synonyms().get(name, {}))


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    with (_FOLDER / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["table"], {})[row["synonym"]] = row["code"]
    return found


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
