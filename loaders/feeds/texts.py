"""Files of texts to be read: one a line, a CSV with a column of texts, or JSON Lines with a field of texts.

Nothing of them is kept. A row without a readable text is given with the reason, so that every row of the file is
accounted for.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from stat import S_ISCHR, S_ISFIFO
from typing import Any, Final

import orjson

from core.errors import ColumnMissing, FileUnreadable
from core.values import InvalidValue
from core.values.dates import parse_datetime
from loaders.feeds.sources.decoding import UNKNOWN, decoded_lines, encoding_by_look
from loaders.feeds.sources.delimited import DELIMITERS, Records, cells_of
from loaders.feeds.sources.header import folded, joined_header
from loaders.feeds.sources.inspect import (
    Inspection,
    byte_lines,
    encoding_of,
    inspect,
    other_encoding,
    refuse_foreign,
)
from loaders.feeds.sources.model import Broken
from loaders.feeds.sources.text import text_lines

TEXT_COLUMNS: Final = (
    "text", "content", "诉求内容", "留言详情", "工单内容", "投诉内容", "反映内容", "内容", "正文", "文本", "诉求",
)  # fmt: skip
TIME_COLUMNS: Final = (
    "at", "time", "callTime", "reported_at", "留言时间", "来电时间", "受理时间", "诉求时间", "登记时间", "时间",
)  # fmt: skip
_SHAPES: Final = {
    ".csv": "table", ".tsv": "table", ".jsonl": "objects", ".ndjson": "objects", ".json": "objects",
}  # fmt: skip
_HERE: Final = "标准输入"

_Line = tuple[int, str | Broken]


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
    """One text of a file. `line` counts from 1; `fault` says in Chinese why there is no text, or not all of it.

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
    """The texts of a file, told apart by its ending; of a pipe without one, as `read_lines` does.

    Raises `FileUnreadable`, `FileEmpty`, and `ColumnMissing` where a CSV or JSON Lines has no such column.
    """
    shape = _SHAPES.get(path.suffix.lower())
    if _comes_once(path):
        return _rows(path.name, _piped(path), columns, shape)
    seen = inspect(path)
    refuse_foreign(path, seen, "CSV" if shape == "table" else "文本")
    return _rows(path.name, _lines(path, seen), columns, shape or "plain")


def read_lines(lines: Iterable[bytes], columns: Columns = USUAL) -> Iterator[TextRow]:
    """The texts of a stream, each as soon as it came.

    JSON Lines where the first line begins with a brace, a table where it has the text's column, else one a line.
    Raises `ColumnMissing` where a column is named and the stream is no table, `FileUnreadable` for what is no text.
    """
    return _rows(_HERE, _decoded(_HERE, lines), columns, None)


def _comes_once(path: Path) -> bool:
    """Whether it is a pipe or a terminal: what was read of it is gone."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # `inspect` says what is wrong with it
    return S_ISFIFO(mode) or S_ISCHR(mode)


def _piped(path: Path) -> Iterator[_Line]:
    try:
        with path.open("rb") as file:
            yield from _decoded(path.name, file)
    except OSError as error:
        raise FileUnreadable(f"管道 {path.name} 无法读取：{error.strerror}") from None


def _decoded(name: str, blocks: Iterable[bytes]) -> Iterator[_Line]:
    stream = iter(blocks)
    first = next(stream, b"")
    refuse_foreign(Path(name), Inspection("", len(first), 0, utf8=False, head=first), "文本")
    yield from decoded_lines(chain((first,), stream))


def _lines(path: Path, seen: Inspection) -> Iterator[_Line]:
    """By the look of the file's beginning, which a damaged line does not change; else by a guess at all of it."""
    if encoding_by_look(seen.head) is not None:
        return decoded_lines(line for _, line in byte_lines(path))
    return text_lines(path, encoding_of(path, seen, other_encoding(path)))


def _rows(name: str, lines: Iterator[_Line], columns: Columns, shape: str | None) -> Iterator[TextRow]:
    first = next(((number, line) for number, line in lines if isinstance(line, Broken) or line.strip()), None)
    if first is None:
        return
    header, whole = first[1], chain((first,), lines)
    text = "" if isinstance(header, Broken) else header
    if shape == "objects" or (shape is None and text.lstrip().startswith("{")):
        yield from _objects(name, whole, columns)
    elif shape == "table" or (shape is None and _is_header(text, columns)):
        yield from _table(name, text, lines, columns)
    elif shape is None and (named := next((one for one in astuple(columns) if one), None)):
        raise ColumnMissing(
            f"{name}的第一行没有列“{named}”", remedy="请核对列名；每行一条、没有表头的纯文本不需要写明列。"
        )
    else:
        yield from _plain(whole)


def _is_header(line: str, columns: Columns) -> bool:
    """Whether a line shows the text's column; one column is a header only by its name."""
    return any(
        (len(cells) > 1 or columns.text is not None) and not _wanted(columns).isdisjoint(cells)
        for cells in _split(line).values()
    )


def _wanted(columns: Columns) -> set[str]:
    return {folded(name) for name in ((columns.text,) if columns.text else TEXT_COLUMNS)}


def _split(header: str) -> dict[str, tuple[str, ...]]:
    """The columns under each sign that may part them."""
    return {sign: joined_header([_cells(header, sign)]) for sign in DELIMITERS}


def _cells(header: str, delimiter: str) -> list[str]:
    try:
        return cells_of(header, delimiter) or [header]
    except csv.Error:
        return [header]


def _table(name: str, header: str, lines: Iterator[_Line], columns: Columns) -> Iterator[TextRow]:
    """Parted by the sign under which the header shows a column of texts, then by the one of the most columns."""
    split, wanted = _split(header), _wanted(columns)
    delimiter = max(split, key=lambda sign: (not wanted.isdisjoint(split[sign]), len(split[sign])))
    names = split[delimiter]
    found = _columns(name, list(names), columns)
    for number, row in Records(lines, delimiter, len(names)).rows():
        if isinstance(row, list):
            yield _row(number, dict(zip(names, row, strict=True)), found)
        else:
            yield TextRow(number, "", fault=row.message if isinstance(row, Broken) else "该行无法读取")


def _plain(lines: Iterable[_Line]) -> Iterator[TextRow]:
    for number, line in lines:
        if isinstance(line, Broken):
            yield TextRow(number, "", fault=line.message)
        elif line.strip():
            yield TextRow(number, line.strip(), fault=_damage(line))


def _damage(text: str) -> str | None:
    return "文本中有无法识别的字符，其余已解读" if UNKNOWN in text else None


def _objects(name: str, lines: Iterable[_Line], columns: Columns) -> Iterator[TextRow]:
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
    fault = _damage(text) if isinstance(text, str) else "没有文本" if text is None else "文本那一列不是文字"
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
