"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from core.errors import FileEmpty, FileUnreadable
from loaders.feeds.mapping import Mapping
from loaders.feeds.sources.header import check_columns
from loaders.feeds.sources.model import OpenSource, Row

_BATCH = 50_000


def open_columnar(path: Path, mapping: Mapping) -> OpenSource:
    """Raises `FileUnreadable`, `FileEmpty`, `ColumnMissing`."""
    try:
        lazy = pl.scan_parquet(path, glob=False)
        columns = tuple(lazy.collect_schema().names())
        count = lazy.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FileUnreadable(f"文件 {path.name} 不是完整的 Parquet 文件") from error
    if not count:
        raise FileEmpty(f"文件 {path.name} 没有数据行")
    check_columns(path.name, mapping, columns)
    return OpenSource(columns, _rows(path, lazy, count))


def _rows(path: Path, lazy: pl.LazyFrame, count: int) -> Iterator[tuple[int, Row]]:
    for start in range(0, count, _BATCH):
        try:
            batch = lazy.slice(start, _BATCH).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise FileUnreadable(f"文件 {path.name} 在第 {start} 行之后损坏") from error
        for number, cells in enumerate(batch.iter_rows(), start + 1):
            yield number, list(cells)
