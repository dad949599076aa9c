"""What every benchmark uses: a clock, a home, a way to print."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson

from core.settings import Settings
from services.app import App, open_app

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Wall seconds and the result."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


@contextmanager
def scratch_app() -> Iterator[App]:
    """An application in a home of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="weinao-bench-") as folder, open_app(Settings(home=Path(folder))) as app:
        yield app


def figures(name: str, items: int, unit: str, seconds: float, baseline: str, baseline_seconds: float) -> dict[str, Any]:
    """One row: our rate, the baseline's, and ours in parts of it; peak memory of this process so far in MB."""
    return {
        "benchmark": name,
        "items": items,
        "unit": unit,
        "seconds": round(seconds, 2),
        "per_second": round(items / seconds, 1),
        "baseline": baseline,
        "baseline_per_second": round(items / baseline_seconds, 1),
        "ratio": round(baseline_seconds / seconds, 4),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(orjson.dumps({"figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for row in rows:
        sys.stdout.write(
            f"{row['benchmark']:<10} {row['items']:>9,} {row['unit']:<8} {row['seconds']:>8.2f} s "
            f"{row['per_second']:>11,.0f}/s   {row['ratio']:.3f} of {row['baseline']} "
            f"({row['baseline_per_second']:,.0f}/s)   peak {row['peak_mb']} MB\n"
        )
