"""A load that is killed with SIGKILL at random points, and run again: as if nothing had happened."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import psutil
import pytest

from core.catalogue import EVENT, KINDS
from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from loaders.feeds.catalogue import load_mapping
from loaders.feeds.loading import load_file
from loaders.lake.schema import TABLES, records_table
from loaders.lake.store import Lake

from .conftest import PEOPLE, csv_text, row

pytestmark = pytest.mark.long

_ROOT = Path(__file__).resolve().parents[3]
_SCRIPT = Path(__file__).with_name("load_in_process.py")
_LOADED = ("relations", "quarantine", *(records_table(kind) for kind in KINDS if kind != EVENT.name))
# A sealed value has a nonce of its own each time, and a quarantine entry tells when it was made.
_VARYING = {"quarantine": ("observed_at",)}


def _delivery(rows: int) -> str:
    made = [row(f"P{number}", 住址=f"青枫区梧桐街道桂花苑{number % 40}幢501室") for number in range(rows)]
    for number in range(0, rows, 17):
        made[number] = row(f"P{number}", 出生日期="1999-02-31")
    # Two versions of some keys, batches apart: a repeat must not bring the older one back.
    made += [row(f"P{number}", 姓名="李秀英") for number in range(1, rows, 50)]
    return csv_text(made)


def _start(lake: Path, mapping: Path, file: Path, batch_rows: int, workers: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(_SCRIPT), str(lake), str(mapping), str(file), str(batch_rows), str(workers)],
        cwd=_ROOT,
        env={"PYTHONPATH": str(_ROOT), "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _content(lake: Lake, table: str) -> pl.DataFrame:
    left_out = [name for name in TABLES[table].columns if name.endswith("_sealed")]
    return lake.read(table).drop(left_out, *_VARYING.get(table, ()))


@pytest.mark.parametrize(("workers", "rows", "batch_rows"), [(1, 1_200, 100), (2, 12_000, 2_000)])
def test_killed_at_random_points_it_finishes_with_nothing_lost_and_nothing_twice(
    tmp_path: Path, workers: int, rows: int, batch_rows: int
) -> None:
    mapping, file = tmp_path / "people.yaml", tmp_path / "people.csv"
    mapping.write_text(PEOPLE, encoding="utf-8")
    file.write_text(_delivery(rows), encoding="utf-8")
    chance = random.Random(rows)
    kills = 0
    for longest in (0.6, 1.2, 2.4, None):
        process = _start(tmp_path / "killed", mapping, file, batch_rows, workers)
        children = psutil.Process(process.pid).children(recursive=True)
        if longest is not None:
            time.sleep(chance.uniform(0.05, longest))
            children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else children
            process.kill()
        kills += process.wait(timeout=300) == -9
        assert process.stdout is not None
        process.stdout.close()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive, "workers outlive a killed load"
    assert kills

    vault = SealingVault(MasterKey(CryptoSuite.SM, bytes(range(32))), CryptoSuite.SM)
    undisturbed = Lake(tmp_path / "undisturbed")
    report = load_file(file, load_mapping(mapping), lake=undisturbed, vault=vault, batch_rows=batch_rows, workers=1)

    killed = Lake(tmp_path / "killed")
    for table in _LOADED:
        assert _content(killed, table).equals(_content(undisturbed, table)), table
    entry = killed.current("loads").row(-1, named=True)
    assert (entry["status"], entry["rows"]) == ("loaded", report.counts.rows)
    assert (entry["accepted"], entry["quarantined"]) == (report.counts.accepted, report.counts.quarantined)
