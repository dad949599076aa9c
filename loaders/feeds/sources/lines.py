"""JSON Lines, and CloudEvents one a line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from core.errors import FileUnreadable
from loaders.feeds.mapping import Mapping
from loaders.feeds.sources.header import column_missing, needed_columns
from loaders.feeds.sources.inspect import Inspection, encoding_of, refuse_foreign
from loaders.feeds.sources.model import Broken, OpenSource, Row
from loaders.feeds.sources.text import text_lines

_SAMPLE = 2_000


def open_lines(path: Path, mapping: Mapping, seen: Inspection) -> OpenSource:
    """Raises `FileUnreadable` where no line is a JSON object, and `ColumnMissing`."""
    refuse_foreign(path, seen, "JSON Lines")
    encoding = encoding_of(path, seen, mapping.encoding)
    sample = [parsed for _, row in islice(_rows(path, encoding), _SAMPLE) if (parsed := _object(row)) is not None]
    if not sample:
        remedy = "每行应是一个完整的 JSON 对象（JSON Lines）。"
        raise FileUnreadable(f"文件 {path.name} 的各行不是 JSON 对象", remedy=remedy)
    _check_paths(path.name, mapping, sample)
    return OpenSource(None, _rows(path, encoding), encoding)


def _rows(path: Path, encoding: str) -> Iterator[tuple[int, Row]]:
    for number, text in text_lines(path, encoding):
        if isinstance(text, Broken):
            yield number, text
        elif text.strip():
            yield number, text.encode()


def _object(row: Row) -> dict[str, Any] | None:
    if not isinstance(row, bytes):
        return None
    try:
        parsed = orjson.loads(row)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _check_paths(file: str, mapping: Mapping, sample: list[dict[str, Any]]) -> None:
    """A key counts as missing when the object that should hold it was seen and never held it."""
    missing: list[str] = []
    present: dict[str, None] = {}
    for scope, names in needed_columns(mapping).items():
        holders = [item for row in sample for item in _items(row, scope)] if scope else list(sample)
        for name in [*names, *((scope,) if scope else ())]:
            label = f"{scope}.{name}" if scope and name != scope else name
            if label in mapping.optional_columns or name in mapping.optional_columns:
                continue
            missing_at = _missing(sample if name == scope else holders, name.split("."))
            if missing_at is not None:
                missing.append(label)
                present |= dict.fromkeys(missing_at)
    if missing:
        raise column_missing(file, list(dict.fromkeys(missing)), list(present))


def _items(row: dict[str, Any], scope: str) -> list[dict[str, Any]]:
    value: Any = row
    for key in scope.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _missing(holders: list[dict[str, Any]], path: list[str]) -> list[str] | None:
    """The keys that are there instead, None when nothing is missing (or nothing can be said)."""
    for depth, key in enumerate(path):
        if not holders:
            return None
        if not any(key in holder for holder in holders):
            prefix = ".".join(path[:depth])
            keys = dict.fromkeys(k for holder in holders for k in holder)
            return [f"{prefix}.{k}" if prefix else k for k in keys]
        holders = [child for holder in holders if isinstance(child := holder.get(key), dict)]
    return None
