"""One small town taken the whole way, once for all tests of this folder; what a test changes, it changes in a copy."""

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
from tests.end_to_end.town import Town, at_rest, copy_of

PEOPLE, SEED = 600, 11


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The whole way done; for reading only."""
    settings = Settings(home=tmp_path_factory.mktemp("town") / "home")
    with open_app(settings) as app:
        prepare_town(app, reader(settings), people=PEOPLE, seed=SEED)
        load_town(app, reader(settings), settings.town_dir)
        update(app, reader(settings))
    shutil.copytree(settings.home, at_rest(settings.home))
    with open_app(settings) as app:
        yield app


@pytest.fixture
def copied(finished: App, tmp_path: Path) -> Iterator[Town]:
    with copy_of(at_rest(finished.settings.home), tmp_path / "home") as town:
        yield town


@pytest.fixture
def delivered(finished: App, tmp_path: Path) -> Iterator[Town]:
    """A home that holds the delivered files and nothing else."""
    home = tmp_path / "home"
    shutil.copytree(finished.settings.town_dir, home / "town")
    town = Town(home)
    try:
        yield town
    finally:
        town.run("db", "stop", check=False)


@pytest.fixture(scope="session")
def residents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the residents, loaded and resolved."""
    folder = tmp_path_factory.mktemp("residents")
    with open_app(Settings(home=folder / "home")) as app:
        load_residents(app, folder, people())
        resolve_all(app, OFFICER, kinds=["person"])
    return folder / "home"


@pytest.fixture
def resolved(residents: Path, tmp_path: Path) -> Iterator[App]:
    """A copy of the residents' home, to change at will."""
    shutil.copytree(residents, tmp_path / "home")
    with open_app(Settings(home=tmp_path / "home")) as app:
        yield app
