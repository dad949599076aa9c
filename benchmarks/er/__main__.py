"""`python -m benchmarks.er historical|febrl4 --data DIR --json`: public data, beside plain Splink on the same data."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from benchmarks.er.contenders import run_all


class Name(StrEnum):
    """The data sets that have a declaration here."""

    historical = "historical"
    febrl4 = "febrl4"


def main(
    dataset: Annotated[Name, typer.Argument(help="Which data set.")],
    data: Annotated[Path, typer.Option(help="Folder with its files.", exists=True, file_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Pairwise precision, recall and F1 of the clusters, seconds and peak memory; labels only score the result."""
    try:
        rows = run_all(dataset.value, data)
    except FileNotFoundError as error:
        raise typer.BadParameter(f"no {Path(str(error.filename)).name} in that folder", param_hint="--data") from None
    if as_json:
        sys.stdout.write(
            orjson.dumps({"dataset": dataset.value, "figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n"
        )
        return
    for row in rows:
        sys.stdout.write(
            f"{row['contender']:<8} precision {row['precision']:.4f}  recall {row['recall']:.4f}  F1 {row['f1']:.4f}  "
            f"{row['seconds']:>7.1f} s  peak {row['peak_mb']:>5} MB  "
            f"threshold {row['threshold_bits']:.2f} bits by {row['threshold_by']}\n"
        )


if __name__ == "__main__":
    typer.run(main)
