"""CSV and its relatives, read so that one broken row does not take the rest with it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.errors import ColumnMissing, FileEmpty, LoadError
from loaders.feeds.mapping import Mapping
from loaders.feeds.sources.header import check_columns, folded, joined_header, needed_columns
from loaders.feeds.sources.inspect import Inspection, encoding_of, other_encoding, refuse_foreign
from loaders.feeds.sources.model import MAX_LINE_BYTES, Broken, OpenSource, Row
from loaders.feeds.sources.text import text_lines

DELIMITERS = (",", ";", "\t", "|", "，")
_MAX_RECORD_LINES = 2_000
_MAX_RECORD_CHARS = 4 * 2**20

# The csv module refuses fields above 128 KiB by default; how long a value may be is decided where it is read.
csv.field_size_limit(MAX_LINE_BYTES)

_Line = tuple[int, str | Broken]


def open_delimited(path: Path, mapping: Mapping, seen: Inspection) -> OpenSource:
    """Raises `FileUnreadable`, `FileEmpty`, `ColumnMissing`."""
    refuse_foreign(path, seen, "CSV")
    encoding = encoding_of(path, seen, mapping.encoding)
    try:
        return _opened(path, mapping, encoding)
    except ColumnMissing:
        other = None if seen.utf8 else other_encoding(path)
        if other is None or other == encoding:
            raise
        with suppress(LoadError, UnicodeError):  # where the guess is no better, the first error tells more
            return _opened(path, mapping, other)
        raise


def _opened(path: Path, mapping: Mapping, encoding: str) -> OpenSource:
    lines = text_lines(path, encoding)
    for _ in range(mapping.skip_rows):
        next(lines, None)
    header = [text for _, text in _take(lines, mapping.header_rows) if isinstance(text, str)]
    if not any(text.strip() for text in header):
        raise FileEmpty(f"文件 {path.name} 没有表头")
    delimiter = _delimiter(header[-1], mapping)
    columns = joined_header([cells_of(text, delimiter) or [text] for text in header])
    check_columns(path.name, mapping, columns)
    return OpenSource(columns, Records(lines, delimiter, len(columns)).rows(), encoding, delimiter)


def _take(lines: Iterator[_Line], count: int) -> list[_Line]:
    return [line for _, line in zip(range(count), lines, strict=False)]


def _delimiter(header: str, mapping: Mapping) -> str:
    """The sign that splits the header into the most columns that the mapping knows."""
    wanted = {folded(name) for name in needed_columns(mapping)[""]}

    def known(delimiter: str) -> tuple[int, int]:
        cells = cells_of(header, delimiter) or []
        return len(wanted & set(map(folded, cells))), len(cells)

    candidates = (mapping.delimiter, *DELIMITERS) if mapping.delimiter else DELIMITERS
    return max(candidates, key=known)


def cells_of(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record; None while a quote is still open. Raises `csv.Error`."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
        raise


def record_again(text: str, delimiter: str, width: int) -> Row:
    """One record that was refused before, read once more; still `Broken` where nothing has changed."""
    return next((row for _, row in Records(iter([(1, text)]), delimiter, width).rows()), _broken_quote(text))


class Records:
    """Lines to records. A quote that never closes, or a record of many lines that has the wrong number of cells,
    costs its first line alone: the lines after it are read again as records of their own.
    """

    def __init__(self, lines: Iterator[_Line], delimiter: str, width: int) -> None:
        self._lines = lines
        self._again: deque[_Line] = deque()
        self._delimiter = delimiter
        self._width = width

    def rows(self) -> Iterator[tuple[int, Row]]:
        while (line := self._next()) is not None:
            number, text = line
            if isinstance(text, Broken):
                yield number, text
            elif text.strip():
                yield number, self._row(text)

    def _next(self) -> _Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _row(self, text: str) -> Row:
        try:
            cells = cells_of(text, self._delimiter)
        except csv.Error:
            return _broken_quote(text)
        return self._fitted(cells, text) if cells is not None else self._across_lines(text)

    def _across_lines(self, first: str) -> Row:
        parts, taken, chars = [first], list[_Line](), len(first)
        while len(taken) < _MAX_RECORD_LINES and chars < _MAX_RECORD_CHARS:
            line = self._next()
            if line is None:
                break
            taken.append(line)
            if isinstance(line[1], Broken):
                break
            parts.append(line[1])
            chars += len(line[1])
            if '"' not in line[1]:
                continue
            try:
                cells = cells_of("\n".join(parts), self._delimiter)
            except csv.Error:
                break
            if cells is not None:
                row = self._fitted(cells, first)
                if isinstance(row, Broken):
                    break
                return row
        self._again.extendleft(reversed(taken))
        return _broken_quote(first)

    def _fitted(self, cells: list[str], text: str) -> Row:
        while len(cells) > self._width and not cells[-1].strip():
            cells.pop()
        if len(cells) == self._width:
            return cells
        more = len(cells) > self._width
        return Broken(
            "row.too_many_cells" if more else "row.too_few_cells",
            f"该行有 {len(cells)} 个单元格，表头有 {self._width} 列",
            "内容中含分隔符时请用英文双引号括起。" if more else "请核对该行是否被截断。",
            text,
        )


def _broken_quote(text: str) -> Broken:
    remedy = "请把内容中的双引号写成两个双引号，并在末尾补上引号。"
    return Broken("row.quote", "该行的英文双引号没有正确配对", remedy, text)
