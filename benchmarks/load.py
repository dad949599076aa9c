"""Loading, against reading the same files without looking at a value and appending them to a Delta table each."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import write_deltalake
from python_calamine import CalamineWorkbook

from benchmarks.measure import figures, timed
from services.app import App
from services.identity import reader
from services.loading import load_town


def run(app: App, folder: Path, scratch: Path) -> dict[str, Any]:
    seconds, reports = timed(lambda: load_town(app, reader(app.settings), folder))
    rows = sum(report["rows"] for report in reports)
    baseline, _ = timed(lambda: _raw(folder, scratch))
    return figures("load", rows, "rows", seconds, "raw parse and append", baseline)


def _raw(folder: Path, scratch: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            write_deltalake(str(scratch / path.stem), _frame(path).to_arrow(), mode="append")


def _frame(path: Path) -> pl.DataFrame:
    match path.suffix:
        case ".parquet":
            return pl.read_parquet(path)
        case ".xlsx":
            rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
            return pl.DataFrame({"row": [json.dumps(row, default=str, ensure_ascii=False) for row in rows]})
        case ".jsonl":
            lines = path.read_text(encoding="utf-8").splitlines()
            return pl.DataFrame({"row": [json.dumps(json.loads(line), ensure_ascii=False) for line in lines]})
        case _:
            encoding = "gb18030" if path.name in {"police_population.csv", "market_businesses.csv"} else "utf-8-sig"
            text = path.read_text(encoding=encoding)
            separator = ";" if text[:200].count(";") > text[:200].count(",") else ","
            return pl.read_csv(io.StringIO(text), separator=separator, infer_schema=False, truncate_ragged_lines=True)
