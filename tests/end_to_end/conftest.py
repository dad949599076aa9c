"""One small town taken the whole way, once for all workers; each reads its own copy, what changes it has another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from services.app import App, open_app
from services.demo import prepare_town
from services.identity import reader
from services.loading import load_town
from services.pipeline import update
from services.resolving import resolve_all
from tests.end_to_end.residents import OFFICER, load_residents, people
from tests.end_to_end.town import Town, copy_of
from tests.made_once import made_once

PEOPLE, SEED = 600, 11


def _take_the_whole_way(home: Path) -> None:
    settings = Settings(home=home)
    with open_app(settings) as app:
        prepare_town(app, reader(settings), people=PEOPLE, seed=SEED)
        load_town(app, reader(settings), settings.town_dir)
        update(app, reader(settings))


@pytest.fixture(scope="session")
def town_at_rest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a town taken the whole way, its database not running; only to be copied."""
    return made_once(tmp_path_factory, "town", _take_the_whole_way)


@pytest.fixture(scope="session")
def finished(town_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The whole way done; for reading only."""
    home = tmp_path_factory.mktemp("finished") / "home"
    shutil.copytree(town_at_rest, home)
    with open_app(Settings(home=home)) as app:
        yield app


@pytest.fixture
def copied(town_at_rest: Path, tmp_path: Path) -> Iterator[Town]:
    with copy_of(town_at_rest, tmp_path / "home") as town:
        yield town


@pytest.fixture
def delivered(town_at_rest: Path, tmp_path: Path) -> Iterator[Town]:
    """A home that holds the delivered files and nothing else."""
    home = tmp_path / "home"
    shutil.copytree(Settings(home=town_at_rest).town_dir, home / "town")
    town = Town(home)
    try:
        yield town
    finally:
        town.stop_database()


def _settle(folder: Path) -> None:
    with open_app(Settings(home=folder / "home")) as app:
        load_residents(app, folder, people())
        resolve_all(app, OFFICER, kinds=["person"])


@pytest.fixture(scope="session")
def residents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the residents, loaded and resolved."""
    return made_once(tmp_path_factory, "residents", _settle) / "home"


@pytest.fixture
def resolved(residents: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of the residents' home, to change at will."""
    shutil.copytree(residents, tmp_path / "home")
    with open_app(Settings(home=tmp_path / "home")) as app:
        yield app
