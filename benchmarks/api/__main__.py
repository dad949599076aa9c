"""`python -m benchmarks.api`: over the graph of WEINAO_HOME, or of the Neo4j that WEINAO_GRAPH_URL names."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer

from benchmarks.api import figures
from core.settings import load_settings
from services.app import open_app


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each contender; they take turns.")] = figures.ROUNDS,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a round.")] = figures.SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Requests a second and latencies, beside the bare driver and @neo4j/graphql."""
    with open_app(load_settings()) as app:
        rows = figures.run(app, rounds=rounds, seconds=seconds)
    if as_json:
        sys.stdout.write(orjson.dumps({"figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        figures.show(rows)


if __name__ == "__main__":
    typer.run(main)
