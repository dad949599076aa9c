"""`make bench`: all figures on one town. `ARGS='--people 20000 --json'` chooses its size and the form."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from benchmarks import generate, load, resolve
from benchmarks.api import figures
from benchmarks.graph import network, projection, residence, search, tags
from benchmarks.measure import scratch_app, show
from graph.filters.columns import MEMORY
from services.identity import reader
from services.pipeline import update

# Asking the graph for every rule takes 0.9 ms a person.
_CYPHER_PEOPLE: Final = 5_000
_SMALLEST_CITY: Final = 3_000


def main(
    people: Annotated[int, typer.Option(min=300, help="Size of the town.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the town.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Generation, loading, resolving, projecting; reading over HTTP; networks, tags, search, residences."""
    with scratch_app() as app, tempfile.TemporaryDirectory(prefix="weinao-bench-raw-") as scratch:
        town = app.settings.town_dir
        rows = [generate.run(town, people, seed), load.run(app, town, Path(scratch)), resolve.run(app)]
        update(app, reader(app.settings))
        rows.append(projection.run(app))
        served, joined, lived = figures.run(app), network.run(app), residence.run(app, town / "truth")
    tagged = tags.run(people, min(people, _CYPHER_PEOPLE), MEMORY)
    found = search.run(max(people, _SMALLEST_CITY))
    if as_json:
        told = {"figures": rows, "api": served, "network": joined, "residence": lived, "tags": tagged, "search": found}
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    show(rows, as_json=False)
    figures.show(served)
    network.show(joined)
    residence.show(lived)
    tags.show(tagged)
    search.show(found)


if __name__ == "__main__":
    typer.run(main)
