"""What every reader of files gives: rows with their place, and rows that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_LINE_BYTES = 16 * 2**20  # a longer line is refused unread, so that memory stays bounded


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be taken apart. `raw` is its text, kept sealed; None where it is too long to keep."""

    reason: str
    message: str
    remedy: str
    raw: str | None


# The cells of a table row in the order of the columns, or the text of one JSON object.
Row = list[Any] | bytes | Broken


@dataclass(slots=True)
class OpenSource:
    """An open file. `rows` yields (line, row), lines counted from 1 as the file's own program shows them.

    `columns` is None where each row names its own (JSON).
    """

    columns: tuple[str, ...] | None
    rows: Iterator[tuple[int, Row]]
    encoding: str | None = None
    delimiter: str | None = None
