"""Files of labelled text: a CSV of texts with their category, BIO tags by the character, CLUENER's JSON lines.

A row that cannot be used is counted and listed with its line and the reason (in Chinese, without its text); a file of
another format is refused. UTF-8, with or without a mark, and GB 18030 are told apart by themselves.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import orjson

from core.errors import FileUnreadable, TrainingDataInvalid
from nlp.models.tags import Span

T = TypeVar("T")

_TEXT_COLUMNS: Final = ("text", "content", "文本", "内容", "诉求内容", "留言详情", "正文")
_CATEGORY_COLUMNS: Final = ("category", "label", "类别", "分类", "一级分类", "一级标签", "标签")
_LISTED: Final = 1_000
_LONGEST_FIELD: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row left out: its line in the file, counted from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LabelledText:
    text: str
    category: str
    line: int


@dataclass(frozen=True, slots=True)
class TaggedText:
    """A text with its spans, in their order and without overlap."""

    text: str
    spans: tuple[Span, ...]
    line: int


@dataclass(frozen=True)
class Labelled(Generic[T]):
    """A file as read. `bad` lists the first thousand rows left out, `bad_count` counts all of them."""

    path: Path
    sha256: str
    encoding: str
    rows: tuple[T, ...]
    bad: tuple[BadRow, ...]
    bad_count: int


def read_categories(path: Path, *, text: str | None = None, category: str | None = None) -> Labelled[LabelledText]:
    """A CSV file with a header; the columns are those named, else found by their usual names.

    Raises FileUnreadable and TrainingDataInvalid.
    """
    data, content, encoding = _read(path)
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    header = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    text_column = _column(path, header, text, _TEXT_COLUMNS, "文本")
    category_column = _column(path, header, category, _CATEGORY_COLUMNS, "类别")
    rows: list[LabelledText] = []
    bad: list[BadRow] = []
    line = 2
    try:
        for row in reader:
            words, name = (row[text_column] or "").strip(), (row[category_column] or "").strip()
            if None in row:
                bad.append(BadRow(line, "列数多于表头"))
            elif not words or not name:
                bad.append(BadRow(line, "没有类别" if words else "没有文本"))
            else:
                rows.append(LabelledText(words, name, line))
            line = reader.line_num + 1
    except csv.Error as error:
        raise TrainingDataInvalid(
            f"{path.name} 第 {reader.line_num} 行不是有效的 CSV（引号未闭合或字段过长）"
        ) from error
    return _labelled(path, data, encoding, rows, bad)


def read_bio(path: Path) -> Labelled[TaggedText]:
    """Lines of a token, a blank and its tag (B-, I-, O; also S-, E-), a blank line after every text.

    A token may have several characters. Labels are compared in lower case. Raises FileUnreadable and
    TrainingDataInvalid.
    """
    data, content, encoding = _read(path)
    rows: list[TaggedText] = []
    bad: list[BadRow] = []
    for first, lines in _blocks(content):
        outcome = _tagged(first, lines)
        if isinstance(outcome, TaggedText):
            rows.append(outcome)
        else:
            bad.append(outcome)
    if bad and not rows:
        raise TrainingDataInvalid(f"{path.name} 第 {bad[0].line} 行起不是 BIO 标注（{bad[0].reason}）")
    return _labelled(path, data, encoding, rows, bad)


def read_cluener(path: Path) -> Labelled[TaggedText]:
    """One JSON object a line: `{"text": …, "label": {TYPE: {SURFACE: [[first, last], …]}}}`, `last` inclusive.

    Where two spans overlap the longer one counts. Raises FileUnreadable and TrainingDataInvalid.
    """
    data, content, encoding = _read(path)
    rows: list[TaggedText] = []
    bad: list[BadRow] = []
    for line, words in enumerate(content.split("\n"), start=1):
        if not words.strip():
            continue
        try:
            rows.append(_clue(line, orjson.loads(words)))
        except orjson.JSONDecodeError:
            bad.append(BadRow(line, "不是 JSON"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = str(error) if isinstance(error, _Unfit) else "缺少 text 或 label"
            bad.append(BadRow(line, reason))
    if bad and not rows:
        raise TrainingDataInvalid(f"{path.name} 第 {bad[0].line} 行起不是 CLUENER 格式（{bad[0].reason}）")
    return _labelled(path, data, encoding, rows, bad)


class _Unfit(ValueError):
    """A row that is read but makes no sense."""


def _clue(line: int, row: Any) -> TaggedText:
    text = row["text"]
    if not isinstance(text, str) or not text:
        raise _Unfit("没有文本")
    spans: list[Span] = []
    for label, surfaces in row["label"].items():
        for surface, places in surfaces.items():
            for first, last in places:
                if text[first : last + 1] != surface:
                    raise _Unfit("标注的位置与词不符")
                spans.append((first, last + 1, label))
    return TaggedText(text, _without_overlap(spans), line)


def _without_overlap(spans: list[Span]) -> tuple[Span, ...]:
    kept: list[Span] = []
    for start, end, label in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, label))
    return tuple(sorted(kept))


def _blocks(content: str) -> Iterator[tuple[int, list[str]]]:
    block: list[str] = []
    first = 1
    for line, words in enumerate((*content.split("\n"), ""), start=1):
        if words.strip():
            if not block:
                first = line
            block.append(words.rstrip("\r"))
        elif block:
            yield first, block
            block = []


def _tagged(first: int, lines: list[str]) -> TaggedText | BadRow:
    text = ""
    spans: list[Span] = []
    for line, words in enumerate(lines, start=first):
        token, _, tag = words.rpartition(" ") if " " in words else words.rpartition("\t")
        token = token.strip() or " "
        position, dash, label = tag.partition("-")
        if position not in ("B", "I", "E", "S", "O") or bool(dash) == (position == "O") or (dash and not label):
            return BadRow(line, "没有 BIO 标签")
        start = len(text)
        text += token
        label = label.casefold()
        joins = position in "IE" and spans and spans[-1][1] == start and spans[-1][2] == label
        if joins:
            spans[-1] = (spans[-1][0], len(text), label)
        elif dash:
            spans.append((start, len(text), label))
    return TaggedText(text, tuple(spans), first)


def _column(path: Path, header: list[str], named: str | None, usual: tuple[str, ...], what: str) -> str:
    found = next((name for name in ((named,) if named else usual) if name in header), None)
    if found is None:
        raise TrainingDataInvalid(f"{path.name} 第 1 行没有{what}列“{named or '、'.join(usual)}”")
    return found


def _read(path: Path) -> tuple[bytes, str, str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path.name} 无法打开") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return data, content, encoding
    raise FileUnreadable(f"{path.name} 既不是 UTF-8 也不是 GB 18030 编码")


def _labelled(path: Path, data: bytes, encoding: str, rows: list[T], bad: list[BadRow]) -> Labelled[T]:
    if not rows:
        raise TrainingDataInvalid(f"{path.name} 没有可用的行（{len(bad)} 行被略去）")
    digest = hashlib.sha256(data).hexdigest()
    return Labelled(path, digest, encoding, tuple(rows), tuple(bad[:_LISTED]), len(bad))


READERS: Final[dict[str, Callable[[Path], Labelled[TaggedText]]]] = {"address": read_bio, "entities": read_cluener}
"""The reader of each kind of sequence model."""
