"""An incremental batch: `python -m benchmarks.incremental --records 1000000 --changed 10000 --json`.

From the sealed snapshot of a run to the state with the new records in it, against a whole run over all records.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from benchmarks.measure import figures, show, timed
from benchmarks.people import people
from benchmarks.realtime import resolved, token
from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from resolution.index.snapshot import load, save
from resolution.index.update import update
from resolution.model.model import shipped_model


def main(
    records: Annotated[int, typer.Option(min=2_000, help="Records that are known already.")] = 100_000,
    changed: Annotated[int, typer.Option(min=1, help="Records that are new.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the people.")] = 1,
    suite: Annotated[CryptoSuite, typer.Option(help="What seals the snapshot.")] = CryptoSuite.SM,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    everyone, _ = people(records + changed, seed)
    whole, state = timed(lambda: resolved(everyone.head(records)))
    vault = SealingVault(MasterKey(suite, bytes(32)), suite)
    with tempfile.TemporaryDirectory(prefix="weinao-bench-") as scratch:
        folder = Path(scratch)
        saving, _ = timed(
            partial(save, state, folder, lambda data, name: vault.seal_bytes(data, field="s", owner=name))
        )
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        del state
        # In a process of its own, as a command is.
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            loading, updating, changes = fresh.submit(_catch_up, folder, vault, everyone.tail(changed)).result()
    row: dict[str, Any] = figures("incremental", changed, "records", loading + updating, "a whole run", whole)
    row |= {
        "load_seconds": round(loading, 2),
        "save_seconds": round(saving, 2),
        "snapshot_mb": round(size / 1e6, 1),
        "changes": changes,
    }
    show([row], as_json=as_json)


def _catch_up(folder: Path, vault: SealingVault, changed: pl.DataFrame) -> tuple[float, float, dict[str, int]]:
    """Seconds to load the state and to update it, and how often each change happened."""
    declared = shipped_model("person").declaration
    loading, state = timed(
        lambda: load(folder, lambda data, name: vault.open_bytes(data, field="s", owner=name), declared)
    )
    updating, result = timed(lambda: update(state, changed, token=token))
    return loading, updating, dict(result.changes["change"].value_counts().sort("change").iter_rows())


if __name__ == "__main__":
    typer.run(main)
