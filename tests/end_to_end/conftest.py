"""One small town taken the whole way, once for all tests of this folder; what a test changes, it changes in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.settings import Settings
from services.app import App, open_app
from services.demo import prepare_town
from services.loading import load_town
from services.pipeline import update

PEOPLE, SEED = 600, 11
WEINAO = (sys.executable, "-m", "cli")


class Town:
    """A home with a town in it, and `weinao` run on it as a user would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = Settings(home=home)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "WEINAO_HOME": str(self.home)}

    def run(self, *arguments: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*WEINAO, *arguments], env=self.environment(), capture_output=True, text=True, input=stdin, check=False
        )
        if check and done.returncode:
            pytest.fail(f"weinao {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done

    def json(self, *arguments: str, **options: Any) -> Any:
        return orjson.loads(self.run(*arguments, **options).stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*WEINAO, *arguments],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The whole way done; for reading only."""
    app = open_app(Settings(home=tmp_path_factory.mktemp("town") / "home"))
    try:
        prepare_town(app, people=PEOPLE, seed=SEED)
        load_town(app, app.settings.town_dir)
        update(app)
        yield app
    finally:
        app.close()


@pytest.fixture
def copied(finished: App, tmp_path: Path) -> Iterator[Town]:
    """A copy of the finished home without its graph, to change at will; its database is stopped at the end."""
    home = tmp_path / "home"
    shutil.copytree(finished.settings.home, home, ignore=shutil.ignore_patterns("db", "log", "*.lock"))
    town = Town(home)
    try:
        yield town
    finally:
        town.run("db", "stop", check=False)


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
