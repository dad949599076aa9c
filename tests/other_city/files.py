"""The file forms in which the departments of the other city deliver."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

Row = dict[str, Any]
Write = Callable[[Path, Sequence[Row]], None]


def _columns(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_file(encoding: str, delimiter: str) -> Write:
    def write(path: Path, rows: Sequence[Row]) -> None:
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, _columns(rows), delimiter=delimiter, restval="")
            writer.writeheader()
            writer.writerows(rows)

    return write


def xlsx_file(title: str) -> Write:
    """A workbook with a title line above the header, as lists that are printed have it."""

    def write(path: Path, rows: Sequence[Row]) -> None:
        columns = _columns(rows)
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet("名册")
            sheet.merge_range(0, 0, 0, len(columns) - 1, title)
            sheet.write_row(1, 0, columns)
            for place, row in enumerate(rows, 2):
                sheet.write_row(place, 0, [row.get(name, "") for name in columns])

    return write


def jsonl_file(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
