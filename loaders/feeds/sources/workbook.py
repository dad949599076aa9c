"""Excel workbooks (xlsx), checked for zip bombs before anything unpacks them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, ZipError

from core.errors import FileEmpty, FileTooLarge, FileUnreadable
from loaders.feeds.mapping import Mapping
from loaders.feeds.sources.header import check_columns, joined_header
from loaders.feeds.sources.inspect import Inspection
from loaders.feeds.sources.model import OpenSource, Row

MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
_RATIO_FROM = 32 << 20  # smaller contents are harmless at any ratio
_BLOCK = 1 << 20


def open_workbook(path: Path, mapping: Mapping, seen: Inspection) -> OpenSource:
    """Raises `FileUnreadable`, `FileTooLarge`, `FileEmpty`, `ColumnMissing`."""
    if not seen.head.startswith(b"PK"):
        what = "旧版或加密的 Excel" if seen.head.startswith(b"\xd0\xcf\x11\xe0") else "其他格式的文件"
        raise FileUnreadable(f"文件 {path.name} 不是 xlsx，而是{what}", remedy="请另存为不加密的 .xlsx 后重新提供。")
    check_archive(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        name = _sheet_name(path, book, mapping)
        sheet = book.get_sheet_by_name(name)
    except (CalamineError, PasswordError, ZipError, OSError) as error:
        raise _unreadable(path) from error
    rows = _cells(sheet)
    for _ in range(mapping.skip_rows):
        next(rows, None)
    header = [[str(cell).strip() for cell in row] for (_, row) in _take(rows, mapping.header_rows)]
    if not header:
        raise FileEmpty(f"文件 {path.name} 的工作表 {name} 没有内容")
    columns = joined_header(header)
    check_columns(path.name, mapping, columns)
    width = len(columns)
    return OpenSource(columns, _rows(rows, width))


def _unreadable(path: Path) -> FileUnreadable:
    return FileUnreadable(f"文件 {path.name} 不完整或已损坏，无法按 Excel 读取")


def _sheet_name(path: Path, book: CalamineWorkbook, mapping: Mapping) -> str:
    if not book.sheet_names:
        raise FileEmpty(f"文件 {path.name} 没有工作表")
    if mapping.sheet is None:
        return book.sheet_names[0]
    if mapping.sheet not in book.sheet_names:
        raise FileUnreadable(
            f"文件 {path.name} 没有名为“{mapping.sheet}”的工作表（现有：{'、'.join(book.sheet_names[:10])}）",
            remedy="请核对工作表名，或修改映射的 sheet。",
        )
    return mapping.sheet


def check_archive(path: Path) -> None:
    """Unpack to nowhere, counting: neither the declared nor the true size may be absurd.

    The directory of an archive can lie about sizes, so the streams themselves are inflated. Raises `FileTooLarge`
    and `FileUnreadable`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _unreadable(path) from error
    declared = sum(entry.file_size for entry in entries)
    _refuse(path, declared, sum(entry.compress_size for entry in entries))
    total = 0
    with path.open("rb") as file:
        for entry in entries:
            total += _inflated(path, file, entry, MAX_UNPACKED - total)


def _inflated(path: Path, file: Any, entry: zipfile.ZipInfo, budget: int) -> int:
    file.seek(entry.header_offset + 26)
    lengths = file.read(4)
    file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        return entry.compress_size
    inflater, unpacked, left = zlib.decompressobj(-15), 0, entry.compress_size
    while left > 0 and not inflater.eof:
        block = file.read(min(_BLOCK, left))
        if not block:
            raise _unreadable(path)
        left -= len(block)
        try:
            unpacked += len(inflater.decompress(block, _BLOCK))
            while inflater.unconsumed_tail and unpacked <= budget:
                unpacked += len(inflater.decompress(inflater.unconsumed_tail, _BLOCK))
        except zlib.error as error:
            raise _unreadable(path) from error
        _refuse(path, unpacked, entry.compress_size - left, budget)
    return unpacked


def _refuse(path: Path, unpacked: int, packed: int, budget: int = MAX_UNPACKED) -> None:
    if unpacked > budget or (unpacked > _RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1)):
        raise FileTooLarge(f"文件 {path.name} 解压后过大（上限 {MAX_UNPACKED >> 20} MiB、压缩比 {MAX_RATIO}），已拒绝")


def _take(rows: Iterator[tuple[int, list[Any]]], count: int) -> list[tuple[int, list[Any]]]:
    return [row for _, row in zip(range(count), rows, strict=False)]


def _cells(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """(sheet row, cells), a merged range showing its value in every cell."""
    covered = {
        (row, column): first
        for first, last in sheet.merged_cell_ranges or []
        for row in range(first[0], last[0] + 1)
        for column in range(first[1], last[1] + 1)
        if (row, column) != first
    }
    held: dict[tuple[int, int], Any] = {}
    wanted = set(covered.values())
    left = sheet.start[1] if sheet.start else 0
    top = sheet.start[0] if sheet.start else 0
    for row, values in enumerate(sheet.iter_rows(), top):
        cells = [""] * left + list(values)
        for column in range(len(cells)):
            if (row, column) in wanted:
                held[row, column] = cells[column]
            elif (row, column) in covered:
                cells[column] = held.get(covered[row, column], "")
        yield row + 1, cells


def _rows(rows: Iterator[tuple[int, list[Any]]], width: int) -> Iterator[tuple[int, Row]]:
    for number, cells in rows:
        if any(cell not in ("", None) for cell in cells):
            yield number, (cells + [""] * (width - len(cells)))[:width]
