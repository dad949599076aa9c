"""A million person records, start to end, beside plain Splink's own steps on the same records."""

from __future__ import annotations

import subprocess
import sys
import time
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import polars as pl

from benchmarks.er import plain_town
from benchmarks.er.memory import peak_memory
from benchmarks.er.plain_splink import clusters
from benchmarks.people import people
from resolution.evaluation import evaluate
from resolution.model.model import shipped_model
from resolution.run import resolve

CONTENDERS = ("weinao", "splink")


def run(records: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """A row for each contender, each in a process of its own so that its peak memory is its own."""
    with TemporaryDirectory() as folder:
        made, truth = people(records, seed)
        made.write_parquet(Path(folder) / "records.parquet")
        truth.write_parquet(Path(folder) / "truth.parquet")
        del made, truth
        rows = []
        for contender in CONTENDERS:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.er.scale", contender, folder], capture_output=True, check=True
            )
            rows.append(orjson.loads(done.stdout))
        return rows


def _figures(contender: str, folder: Path) -> dict[str, Any]:
    """Standardise, train (adapt), predict, cluster, ids: wall seconds of all of it, and of each step where known."""
    file = folder / "records.parquet"
    started = time.perf_counter()
    with peak_memory() as peak:
        if contender == "weinao":
            resolved = resolve("person", pl.read_parquet(file), model=shipped_model("person"), token=_token)
            assigned, steps = resolved.assignments, resolved.report.seconds
        else:
            records = pl.read_parquet(file)
            pairs = plain_town.scored_pairs("person", records)
            assigned, steps = clusters(records, pairs, plain_town.THRESHOLD), {}
    seconds = round(time.perf_counter() - started, 1)
    scores = evaluate(pl.read_parquet(file).join(assigned, on="record_id"), pl.read_parquet(folder / "truth.parquet"))
    return {"contender": contender, "seconds": seconds, "peak_mb": peak[0], "steps": steps, **scores.as_dict()}


def _token(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(_figures(sys.argv[1], Path(sys.argv[2]))).decode())
