"""Worker processes give what one process gives, and fall without dragging the lake along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from core.errors import LoadInterrupted
from governance.sealing import SealingVault
from loaders.feeds import loading
from loaders.feeds.loading import load_file
from loaders.feeds.mapping import Mapping
from loaders.feeds.opening import open_records
from loaders.feeds.parsing import Chunk, FileContext
from loaders.feeds.workers import WorkerPool
from loaders.lake.store import Lake

from .conftest import HEADER, csv_text, row


def test_two_processes_load_what_one_loads(
    tmp_path: Path, people: Mapping, vault: SealingVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_WORTH_WORKERS", 0)
    rows = [row(f"P{number}", 出生日期="1999-02-31" if number % 50 == 0 else "1958-03-12") for number in range(5_000)]
    path = tmp_path / "people.csv"
    path.write_text(csv_text(rows), encoding="utf-8")
    one, two = Lake(tmp_path / "one"), Lake(tmp_path / "two")

    first = load_file(path, people, lake=one, vault=vault, workers=1)
    second = load_file(path, people, lake=two, vault=vault, workers=2)

    assert first.counts == second.counts
    assert open_records(one, "person", vault).equals(open_records(two, "person", vault))
    left = ["row_sealed", "observed_at"]
    assert one.read("quarantine").drop(left).equals(two.read("quarantine").drop(left))


def test_a_worker_that_dies_interrupts_the_load(people: Mapping, vault: SealingVault) -> None:
    context = FileContext(people, HEADER, ",", "people.csv", "loa_x", datetime(2026, 4, 12))  # noqa: DTZ001

    def chunks() -> Iterator[Chunk]:
        for number in range(100):
            yield Chunk(number, [number + 2], [list(row(f"P{number}"))])
            for worker in psutil.Process().children():
                with suppress(psutil.Error):  # it may have died already
                    if "spawn_main" in " ".join(worker.cmdline()):
                        worker.kill()

    with WorkerPool(vault, 1) as pool, pytest.raises(LoadInterrupted):
        list(pool.parse(context, chunks()))
