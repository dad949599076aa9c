"""A home with a town in it, and `weinao` run on it as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.settings import Settings
from graph.embedded import EmbeddedServer
from tests.forks import forks

WEINAO = (sys.executable, "-m", "cli")


class Town:
    """A home with a town in it, and `weinao` run on it as a user would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = Settings(home=home)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "WEINAO_HOME": str(self.home)}

    def run(self, *arguments: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """A command to its end. `stdin`: what is piped into it."""
        done = forks().run(arguments, self.environment(), stdin=stdin)
        if check and done.returncode:
            pytest.fail(f"weinao {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return done

    def json(self, *arguments: str, **options: Any) -> Any:
        return orjson.loads(self.run(*arguments, **options).stdout)

    def stop_database(self) -> None:
        EmbeddedServer(self.settings.db_dir, self.settings.db_memory).stop()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A program as a terminal starts it, to be interrupted or killed."""
        return subprocess.Popen(
            [*WEINAO, *arguments],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


@contextmanager
def copy_of(finished: Path, home: Path, *, graph: bool = True) -> Iterator[Town]:
    """A copy of a home at rest, to change at will, if asked without its graph; its database is stopped at the end."""
    left = ("log", "*.lock") if graph else ("db", "log", "*.lock")
    shutil.copytree(finished, home, ignore=shutil.ignore_patterns(*left))
    town = Town(home)
    try:
        yield town
    finally:
        town.stop_database()
