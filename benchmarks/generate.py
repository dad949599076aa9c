"""Generation of a town, against writing its finished rows again."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from benchmarks.measure import figures, timed
from loaders.town.generate import generate


def run(folder: Path, people: int, seed: int) -> dict[str, Any]:
    """Generate into `folder`; the baseline parses and rewrites the delivered text files."""
    seconds, summary = timed(lambda: generate(folder, people=people, seed=seed))
    rows = sum(summary.rows.values())
    baseline, _ = timed(lambda: _rewrite(folder))
    return figures("generate", rows, "rows", seconds, "rewriting the text files", baseline)


def _rewrite(folder: Path) -> int:
    size = 0
    for path in sorted(folder.iterdir()):
        if path.suffix not in {".csv", ".jsonl"}:
            continue
        encoding = "gb18030" if path.name in {"police_population.csv", "market_businesses.csv"} else "utf-8"
        text = path.read_text(encoding=encoding)
        out = io.StringIO()
        if path.suffix == ".csv":
            csv.writer(out).writerows(csv.reader(io.StringIO(text)))
        else:
            out.writelines(line + "\n" for line in text.splitlines())
        size += len(out.getvalue().encode(encoding))
    return size
