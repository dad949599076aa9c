"""Files of texts to be read: one a line, a CSV with a column of texts, or JSON Lines with a field of texts.

Nothing of them is kept. A row without a readable text is given with the reason, so that every row of the file is
accounted for.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import orjson

from core.errors import ColumnMissing
from core.values import InvalidValue
from core.values.dates import parse_datetime
from loaders.feeds.mapping import Mapping as Feed
from loaders.feeds.sources.delimited import DELIMITERS, cells_of, open_delimited
from loaders.feeds.sources.header import folded, joined_header
from loaders.feeds.sources.inspect import Inspection, encoding_of, inspect, refuse_foreign
from loaders.feeds.sources.model import Broken
from loaders.feeds.sources.text import text_lines

TEXT_COLUMNS: Final = (
    "text", "content", "诉求内容", "留言详情", "工单内容", "投诉内容", "反映内容", "内容", "正文", "文本", "诉求",
)  # fmt: skip
TIME_COLUMNS: Final = (
    "at", "time", "callTime", "reported_at", "留言时间", "来电时间", "受理时间", "诉求时间", "登记时间", "时间",
)  # fmt: skip
_JSON: Final = frozenset({".jsonl", ".ndjson", ".json"})
_TABLES: Final = frozenset({".csv", ".tsv"})


_HERE: Final = "标准输入"


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns (fields of JSON Lines); the text's and the time's are found by usual names where not given."""

    text: str | None = None
    time: str | None = None
    phone: str | None = None
    name: str | None = None
    key: str | None = None


USUAL: Final = Columns()


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text of a file. `line` counts from 1; `fault` says in Chinese why there is no text.

    `untimed`: the row of a table that has no readable time of the call. `phone` and `name` are the caller's, `key` is
    the row's own in its source.
    """

    line: int
    text: str
    at: datetime | None = None
    fault: str | None = None
    untimed: bool = False
    phone: str | None = None
    name: str | None = None
    key: str | None = None


def read_texts(path: Path, columns: Columns = USUAL) -> Iterator[TextRow]:
    """The texts of a file, told apart by its ending.

    Raises `FileUnreadable`, `FileEmpty`, and `ColumnMissing` where a CSV or JSON Lines has no such column.
    """
    seen = inspect(path)
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        return _table(path, seen, columns)
    refuse_foreign(path, seen, "文本")
    lines = text_lines(path, encoding_of(path, seen, None))
    return _objects(path.name, lines, columns) if suffix in _JSON else _plain(lines)


def read_lines(lines: Iterable[bytes], columns: Columns = USUAL) -> Iterator[TextRow]:
    """The texts of a stream, each as soon as it came.

    JSON Lines where the first line begins with a brace, a table where it has the text's column, else one a line. UTF-8
    and GB 18030 are told apart. Raises `ColumnMissing` where a column is named and the stream is no table.
    """
    numbered = enumerate(_decoded(lines), 1)
    first = next(((number, line) for number, line in numbered if line.strip()), None)
    if first is None:
        return
    whole = _chained(first, numbered)
    if first[1].lstrip().startswith("{"):
        yield from _objects(_HERE, whole, columns)
    elif (delimiter := _parting(first[1], columns)) is not None:
        yield from _piped(whole, delimiter, columns)
    elif named := next((name for name in astuple(columns) if name), None):
        raise ColumnMissing(
            f"标准输入的第一行没有列“{named}”", remedy="请核对列名；每行一条、没有表头的纯文本不需要写明列。"
        )
    else:
        yield from _plain(whole)


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    """Lines without their ends; from the first that is no UTF-8 on, those of GB 18030."""
    encoding = "utf-8"
    for number, line in enumerate(lines):
        raw = line.removeprefix(BOM_UTF8) if number == 0 else line
        try:
            words = raw.decode(encoding)
        except UnicodeDecodeError:
            encoding = "gb18030"
            words = raw.decode(encoding, errors="replace")
        yield words.rstrip("\r\n")


def _parting(header: str, columns: Columns) -> str | None:
    """The sign between the columns of a header that shows the text's; one column is a header only by its name."""
    wanted = {folded(name) for name in ((columns.text,) if columns.text else TEXT_COLUMNS)}
    for delimiter in DELIMITERS:
        cells = [folded(cell) for cell in cells_of(header, delimiter) or [header]]
        if not wanted.isdisjoint(cells) and (len(cells) > 1 or columns.text):
            return delimiter
    return None


def _piped(lines: Iterable[tuple[int, str | Broken]], delimiter: str, columns: Columns) -> Iterator[TextRow]:
    reader = csv.reader((f"{line}\n" for _, line in lines if isinstance(line, str)), delimiter=delimiter)
    header = joined_header([next(reader)])
    found = _columns(_HERE, list(header), columns)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield TextRow(begins, "", fault="该行不是有效的 CSV")
            continue
        if cells is None:
            return
        if len(cells) == len(header):
            yield _row(begins, dict(zip(header, cells, strict=True)), found)
        elif cells:
            yield TextRow(begins, "", fault=f"该行有 {len(cells)} 列，表头有 {len(header)} 列")


def _chained(first: tuple[int, str], rest: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str | Broken]]:
    yield first
    yield from rest


def _plain(lines: Iterable[tuple[int, str | Broken]]) -> Iterator[TextRow]:
    for number, line in lines:
        if isinstance(line, Broken):
            yield TextRow(number, "", fault=line.message)
        elif line.strip():
            yield TextRow(number, line.strip())


def _objects(name: str, lines: Iterable[tuple[int, str | Broken]], columns: Columns) -> Iterator[TextRow]:
    found: Columns | None = None
    for number, line in lines:
        if isinstance(line, Broken):
            yield TextRow(number, "", fault=line.message)
            continue
        if not line.strip():
            continue
        row = _object(line)
        if row is None:
            yield TextRow(number, "", fault="该行不是 JSON 对象")
            continue
        found = found or _columns(name, list(row), columns)
        yield _row(number, row, found)


def _object(line: str) -> Mapping[str, Any] | None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return row if isinstance(row, dict) else None


def _table(path: Path, seen: Inspection, columns: Columns) -> Iterator[TextRow]:
    header = next((line for _, line in text_lines(path, encoding_of(path, seen, None)) if isinstance(line, str)), "")
    split = [joined_header([cells_of(header, delimiter) or [header]]) for delimiter in DELIMITERS]
    found = _columns(path.name, _widest(split, columns.text), columns)
    feed = Feed.model_validate(
        {
            "feed": "texts",
            "label": path.name,
            "department": "-",
            "format": "csv",
            "key": [found.text],
            "event": {"fields": {"kind": {"constant": "complaint"}, "text": found.text}},
        }
    )
    source = open_delimited(path, feed, seen)
    names = source.columns or ()
    for number, row in source.rows:
        if isinstance(row, list):
            yield _row(number, dict(zip(names, row, strict=False)), found)
        else:
            yield TextRow(number, "", fault=row.message if isinstance(row, Broken) else "该行无法读取")


def _widest(split: Sequence[Sequence[str]], text: str | None) -> list[str]:
    """The columns under the sign that parts them best: that shows a column of texts, then the most columns."""
    wanted = {folded(name) for name in ((text,) if text else TEXT_COLUMNS)}
    best = max(split, key=lambda columns: (not wanted.isdisjoint(columns), len(columns)))
    return list(best)


def _columns(name: str, present: list[str], asked: Columns) -> Columns:
    """The names of the columns as they stand. Raises `ColumnMissing`."""
    known = {folded(one): one for one in present}
    shown = "、".join(present[:20])

    def found(option: str, column: str | None, usual: tuple[str, ...] = ()) -> str | None:
        if column and folded(column) not in known:
            close = get_close_matches(column, present, n=1, cutoff=0.4)
            nearest = f"（最接近的是“{close[0]}”）" if close else ""
            raise ColumnMissing(
                f"{name} 里没有 --{option} 写明的列“{column}”{nearest}",
                remedy=f"请核对 --{option}；现有的列：{shown}。",
            )
        return next((known[folded(one)] for one in ((column,) if column else usual) if folded(one) in known), None)

    text = found("text", asked.text, TEXT_COLUMNS)
    if text is None:
        raise ColumnMissing(f"{name} 里认不出哪一列是诉求文本", remedy=f"请用 --text 写明列名；现有的列：{shown}。")
    return Columns(
        text,
        found("time", asked.time, TIME_COLUMNS),
        found("phone", asked.phone),
        found("name", asked.name),
        found("key", asked.key),
    )


def _row(number: int, row: Mapping[str, Any], columns: Columns) -> TextRow:
    def cell(column: str | None) -> Any:
        return row.get(column) if column else None

    text, at = cell(columns.text), _moment(cell(columns.time))
    fault = None if isinstance(text, str) else "没有文本" if text is None else "文本那一列不是文字"
    return TextRow(
        number,
        text.strip() if isinstance(text, str) else "",
        at,
        fault,
        at is None,
        _told(cell(columns.phone)),
        _told(cell(columns.name)),
        _told(cell(columns.key)),
    )


def _told(value: Any) -> str | None:
    """A cell as words: JSON may hold a number as one."""
    words = str(value).strip() if isinstance(value, str | int) else ""
    return words or None


def _moment(at: Any) -> datetime | None:
    """The local moment of a call; None for what is none: times in the text are then not counted from it."""
    if not isinstance(at, str) or not at.strip():
        return None
    try:
        return datetime.fromisoformat(parse_datetime(at)).replace(tzinfo=None)
    except (InvalidValue, ValueError):
        return None
