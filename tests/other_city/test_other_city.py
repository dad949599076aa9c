"""Registers of a make that the program never saw, loaded with a user's mappings and resolved with what ships.

No labels, no training, no table of the city's divisions: only the files and `mappings/`. The city is made once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from core.settings import Settings
from resolution.evaluation import Scores, evaluate
from services.app import App, open_app
from services.export import assigned_records
from services.identity import reader
from services.loading import load_feed
from services.resolving import resolve_all
from tests.forks import forks
from tests.other_city.generate import generate, mapping_of

PEOPLE, SEED = 500, 5
KINDS = ("person", "organization", "dwelling")
# (precision, recall) that no change may fall below; measured figures lie a little above.
FLOORS = {"person": (0.99, 0.95), "organization": (0.98, 0.98), "dwelling": (0.99, 0.95)}


@dataclass(frozen=True)
class OtherCity:
    app: App
    loads: list[dict[str, Any]]
    truth: pl.DataFrame


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherCity]:
    folder = tmp_path_factory.mktemp("other_city")
    files = generate(folder / "files", people=PEOPLE, seed=SEED)
    app = open_app(Settings(home=folder / "home"))
    who = reader(app.settings)
    try:
        loads = [load_feed(app, who, feed, file, mapping=mapping_of(feed)) for feed, file in files.items()]
        resolve_all(app, who, kinds=KINDS)
        yield OtherCity(app, loads, pl.read_parquet(folder / "files" / "truth" / "records.parquet"))
    finally:
        app.close()


def test_every_row_of_every_register_is_loaded(city: OtherCity) -> None:
    assert len(city.loads) == 9
    for load in city.loads:
        assert (load["status"], load["accepted"], load["quarantined"]) == ("loaded", load["rows"], 0), load["feed"]
        assert load["rows"] > 10


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_is_assigned(city: OtherCity, kind: str) -> None:
    known = city.truth.filter(pl.col("kind") == kind).select("feed", "record_key")
    assigned = assigned_records(city.app, kind).select("feed", "record_key")
    assert known.height > 100
    assert sorted(known.iter_rows()) == sorted(assigned.iter_rows())


@pytest.mark.parametrize("kind", KINDS)
def test_what_ships_resolves_a_city_it_never_saw(city: OtherCity, kind: str) -> None:
    scores = _scores(assigned_records(city.app, kind), city.truth, kind)
    precision, recall = FLOORS[kind]
    assert scores.precision >= precision
    assert scores.recall >= recall


def test_the_export_is_what_anyone_can_score(city: OtherCity, tmp_path: Path) -> None:
    out = tmp_path / "persons.csv"
    command = ("export", "assignments", "--kind", "person", "--out", str(out))
    done = forks().run(command, {**os.environ, "WEINAO_HOME": str(city.app.settings.home)})
    assert done.returncode == 0, done.stderr
    exported = pl.read_csv(out)
    assert {"feed", "record_key", "entity_id"} <= set(exported.columns)
    assert _scores(exported, city.truth, "person") == _scores(
        assigned_records(city.app, "person"), city.truth, "person"
    )


def test_twins_and_neighbours_of_one_name_stay_apart(city: OtherCity) -> None:
    """Two children of a card, two members of a family: a row never speaks of one person twice."""
    assigned = assigned_records(city.app, "person").with_columns(
        pl.col("record_key").str.split("#").list.first().alias("row")
    )
    twice = assigned.group_by("feed", "row", "entity_id").len().filter(pl.col("len") > 1)
    assert twice.height <= assigned["row"].n_unique() // 200


def test_the_same_seed_makes_the_same_city(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, people=60, seed=3)
    for file in ("就业登记.txt", "网格家庭.jsonl", "truth/records.parquet", "truth/errors.parquet"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def _scores(assigned: pl.DataFrame, truth: pl.DataFrame, kind: str) -> Scores:
    return evaluate(assigned, truth.filter(pl.col("kind") == kind))
