"""`python -m benchmarks.er historical|febrl4|town|scale`: resolution beside plain Splink on the same data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from benchmarks.er import scale as scale_figures
from benchmarks.er import town as town_figures
from benchmarks.er.contenders import run_all

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Pairwise precision, recall and F1 of the clusters, seconds and peak memory; labels only score the result.",
)
Folder = Annotated[Path, typer.Option("--data", help="Folder with its files.", exists=True, file_okay=False)]
Seed = Annotated[int, typer.Option(help="Seed of what is made up.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@app.command()
def historical(data: Folder, as_json: Json = False) -> None:
    """50,578 records of historical persons, with errors."""
    _public("historical", data, as_json=as_json)


@app.command()
def febrl4(data: Folder, as_json: Json = False) -> None:
    """FEBRL 4: two files of 5,000 persons, to be linked."""
    _public("febrl4", data, as_json=as_json)


@app.command()
def town(
    people: Annotated[int, typer.Option(min=300, help="Size of the town.")] = 100_000,
    seed: Seed = 1,
    home: Annotated[Path | None, typer.Option(help="A loaded home with its town; otherwise one is made.")] = None,
    as_json: Json = False,
) -> None:
    """The synthetic town, all feeds: persons, organizations, dwellings over all true links."""
    _show("town", town_figures.run(people, seed=seed, home=home), as_json=as_json)


@app.command()
def scale(
    records: Annotated[int, typer.Option(min=1_000, help="How many person records.")] = 1_000_000,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Many person records: standardise, train, predict, cluster and ids."""
    _show("scale", scale_figures.run(records, seed=seed), as_json=as_json)


def _public(dataset: str, data: Path, *, as_json: bool) -> None:
    try:
        rows = run_all(dataset, data)
    except FileNotFoundError as error:
        raise typer.BadParameter(f"no {Path(str(error.filename)).name} in that folder", param_hint="--data") from None
    _show(dataset, rows, as_json=as_json)


def _show(dataset: str, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(
            orjson.dumps({"dataset": dataset, "figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n"
        )
        return
    for row in rows:
        sys.stdout.write(_line(row))


def _line(row: dict[str, Any]) -> str:
    threshold = f"threshold {row['threshold_bits']:.2f} bits by {row['threshold_by']}" if "threshold_by" in row else ""
    peak = f"peak {row['peak_mb']:>5} MB  " if "peak_mb" in row else ""
    scores = f"precision {row['precision']:.4f}  recall {row['recall']:.4f}  F1 {row['f1']:.4f}"
    return f"{row.get('kind', ''):<13}{row['contender']:<8} {scores}  {row['seconds']:>7.1f} s  {peak}{threshold}\n"


if __name__ == "__main__":
    app()
