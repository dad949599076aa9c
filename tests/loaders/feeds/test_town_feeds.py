"""The thirteen built-in mappings on a small town: what they read is what the town's truth says is there."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from loaders.feeds.catalogue import builtin_mappings
from loaders.feeds.loading import load_folder
from loaders.feeds.report import LoadReport
from loaders.lake.schema import records_table
from loaders.lake.store import Lake
from loaders.town.generate import generate

_KINDS = ("person", "organization", "dwelling", "household")


@pytest.fixture(scope="module")
def vault() -> SealingVault:
    return SealingVault(MasterKey(CryptoSuite.AES, bytes(range(32))), CryptoSuite.AES)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    generate(folder, people=300, seed=5)
    return folder


@pytest.fixture(scope="module")
def loaded(town: Path, tmp_path_factory: pytest.TempPathFactory, vault: SealingVault) -> tuple[Lake, list[LoadReport]]:
    lake = Lake(tmp_path_factory.mktemp("home") / "lake")
    return lake, load_folder(town, lake=lake, vault=vault, workers=1)


def test_every_file_is_recognised_and_loaded(loaded: tuple[Lake, list[LoadReport]]) -> None:
    _, reports = loaded
    assert {report.feed for report in reports} == set(builtin_mappings())
    assert {report.status for report in reports} == {"loaded"}
    rows = sum(report.counts.rows for report in reports)
    assert sum(report.counts.quarantined for report in reports) < 0.02 * rows


def test_records_are_the_ones_of_the_truth(town: Path, loaded: tuple[Lake, list[LoadReport]]) -> None:
    lake, reports = loaded
    truth = pl.read_parquet(town / "truth" / "records.parquet")
    set_aside = sum(report.counts.quarantined for report in reports)
    for kind in _KINDS:
        found = lake.current(records_table(kind), ["feed", "record_key"])
        expected = truth.filter(pl.col("kind") == kind)
        surplus = found.join(expected, on=["feed", "record_key"], how="anti")
        assert surplus.height == 0, surplus.head().rows()
        missing = expected.join(found, on=["feed", "record_key"], how="anti")
        # A row that was set aside takes all its mentions with it; a nameless caller without a number is nobody.
        assert missing.height <= 3 * set_aside + 5


def test_loading_the_town_again_changes_only_the_load_log(
    town: Path, loaded: tuple[Lake, list[LoadReport]], vault: SealingVault
) -> None:
    lake, _ = loaded
    before = lake.versions()
    load_folder(town, lake=lake, vault=vault, workers=1)
    assert {table: version for table, version in lake.versions().items() if version != before[table]}.keys() == {
        "loads"
    }
