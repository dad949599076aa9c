"""`make bench`: all figures on one town. `ARGS='--people 20000 --json'` chooses its size and the form."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import generate, load, project, resolve
from benchmarks.api import figures
from benchmarks.measure import scratch_app, show
from services.identity import reader
from services.pipeline import update


def main(
    people: Annotated[int, typer.Option(min=300, help="Size of the town.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the town.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Generation, loading, resolving, projecting and reading over HTTP, each beside a raw baseline."""
    with scratch_app() as app, tempfile.TemporaryDirectory(prefix="weinao-bench-raw-") as scratch:
        town = app.settings.town_dir
        rows = [generate.run(town, people, seed), load.run(app, town, Path(scratch)), resolve.run(app)]
        update(app, reader(app.settings))
        rows.append(project.run(app))
        served = figures.run(app)
        show(rows + served if as_json else rows, as_json=as_json)
        if not as_json:
            figures.show(served)


if __name__ == "__main__":
    typer.run(main)
