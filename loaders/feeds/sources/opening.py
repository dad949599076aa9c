"""One door to all formats."""

from __future__ import annotations

from pathlib import Path

from loaders.feeds.mapping import Mapping
from loaders.feeds.sources.columnar import open_columnar
from loaders.feeds.sources.delimited import open_delimited
from loaders.feeds.sources.inspect import Inspection
from loaders.feeds.sources.lines import open_lines
from loaders.feeds.sources.model import OpenSource
from loaders.feeds.sources.workbook import open_workbook


def open_source(path: Path, mapping: Mapping, seen: Inspection) -> OpenSource:
    """Raises `FileUnreadable`, `FileEmpty`, `FileTooLarge`, `ColumnMissing`."""
    match mapping.format:
        case "csv":
            return open_delimited(path, mapping, seen)
        case "xlsx":
            return open_workbook(path, mapping, seen)
        case "parquet":
            return open_columnar(path, mapping)
        case "jsonl" | "cloudevents":
            return open_lines(path, mapping, seen)
