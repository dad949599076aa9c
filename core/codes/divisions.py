"""Administrative divisions with validity: which code and name meant what, and when.

A row is never overwritten. A renamed or abolished division keeps its row with the last day it was valid, and names the
code that continues it in `successor`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from core.clock import local_today
from core.errors import InvalidSetting

_FOLDER: Final = Path(__file__).parent
_COLUMNS: Final = ("code", "name", "parent", "level", "valid_from", "valid_to")

LEVELS: Final = ("province", "prefecture", "county", "street", "community")


class Division(NamedTuple):
    """One row: `valid_from` and `valid_to` are inclusive, None is open; `successor` is the code that continues it."""

    code: str
    name: str
    parent: str
    level: str
    valid_from: date | None
    valid_to: date | None
    successor: str

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class DivisionTable:
    """All divisions by code and by parent."""

    def __init__(self, rows: Iterable[Division]) -> None:
        self._versions: defaultdict[str, list[Division]] = defaultdict(list)
        for row in rows:
            self._versions[row.code].append(row)

    def __iter__(self) -> Iterator[Division]:
        return (row for versions in self._versions.values() for row in versions)

    def __len__(self) -> int:
        return sum(map(len, self._versions.values()))

    def get(self, code: str, on: date | None = None) -> Division | None:
        """The division that `code` meant on a day (default today), else its last known meaning, else None."""
        versions = self._versions.get(code)
        if not versions:
            return None
        day = on or local_today()
        return next((row for row in versions if row.valid_on(day)), versions[-1])

    def current(self, code: str, on: date | None = None) -> Division | None:
        """The division that continues `code` on a day (default today), following successors; None if there is none."""
        day = on or local_today()
        division, seen = self.get(code, day), {code}
        while division and not division.valid_on(day) and division.successor and division.successor not in seen:
            seen.add(division.successor)
            division = self.get(division.successor, day)
        return division if division and division.valid_on(day) else None

    def children(self, code: str, on: date | None = None) -> list[Division]:
        """The divisions directly below `code` that are valid on a day (default today), by code."""
        day = on or local_today()
        return sorted(row for row in self if row.parent == code and row.valid_on(day))

    def path(self, code: str) -> tuple[Division, ...]:
        """The division and all above it, province first; empty if the code is unknown."""
        found: list[Division] = []
        division = self.get(code)
        while division and division not in found:
            found.append(division)
            division = self.get(division.parent)
        return tuple(reversed(found))


@lru_cache(maxsize=1)
def divisions() -> DivisionTable:
    """The built-in tables and the file that `WEINAO_DIVISIONS_FILE` names.

    Raises `InvalidSetting` when that file cannot be read or lacks a column.
    """
    from core.settings import load_settings

    rows = [row for path in sorted(_FOLDER.glob("divisions*.csv")) for row in read_divisions(path)]
    extra = load_settings().divisions_file
    if extra:
        try:
            rows.extend(read_divisions(extra))
        except (OSError, ValueError) as error:
            message = f"区划文件不能用（WEINAO_DIVISIONS_FILE）：{type(error).__name__}，需要列 {'、'.join(_COLUMNS)}"
            raise InvalidSetting(message) from None
    return DivisionTable(rows)


def read_divisions(path: Path) -> Iterator[Division]:
    """The rows of one CSV file; raises `ValueError` for a missing column, an unknown level or a bad date."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := set(_COLUMNS) - set(reader.fieldnames or ()):
            raise ValueError(f"missing columns: {sorted(missing)}")
        for row in reader:
            if row["level"] not in LEVELS:
                raise ValueError(f"unknown level in line {reader.line_num}")
            yield Division(
                row["code"],
                row["name"],
                row["parent"],
                row["level"],
                _day(row["valid_from"]),
                _day(row["valid_to"]),
                row.get("successor") or "",
            )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
