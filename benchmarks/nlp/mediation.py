"""`python -m benchmarks.nlp.mediation --cases FILE`: disputing parties of dispute cases, first half and second apart.

FILE holds one case a line (nlp/training/parties.py says which fields, and the matching rule). The reader's rules were
written with the first half in sight; the second half was only ever scored.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer

from benchmarks.measure import timed
from nlp.gazetteer import Gazetteer
from nlp.training.parties import measure_parties, read_disputes


def main(
    cases: Annotated[Path, typer.Option(help="Cases as JSON Lines.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Precision, recall and F1 of both halves and the whole, without a gazetteer."""
    read = read_disputes(cases)
    half = len(read) // 2
    rows = []
    for name, part in (("first half", read[:half]), ("second half", read[half:]), ("all", read)):
        seconds, report = timed(partial(measure_parties, part, Gazetteer()))
        rows.append({"part": name, **report.as_dict(), "ms_per_case": round(1000 * seconds / max(1, len(part)), 2)})
    if as_json:
        sys.stdout.write(orjson.dumps({"figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for row in rows:
        sys.stdout.write(
            f"{row['part']:<12} P {row['precision']:.3f}  R {row['recall']:.3f}  F1 {row['f1']:.3f}   "
            f"{row['right']} of {row['found']} found, of {row['listed']} listed   {row['ms_per_case']:.1f} ms a case\n"
        )


if __name__ == "__main__":
    typer.run(main)
