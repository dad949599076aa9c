"""A small update end to end: rows of two feeds that come to a large base, against every step over everything.

`python -m benchmarks.stream --people 20000 --rows 1000`: a town is loaded but for some rows of the population register
and of the complaints, which then come as files of their own.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import polars as pl
import typer

from benchmarks.measure import figures, scratch_app, show, timed
from loaders.town.generate import generate
from services.app import App
from services.identity import reader
from services.linking import link_lake
from services.loading import load_feed, load_town
from services.pipeline import update
from services.projecting import apply_log
from services.reading import read_events
from services.resolving import resolve_all
from services.tagging import run as run_tags

# Feed, file, encoding, lines of header, and its share of the rows.
_FEEDS: Final = (
    ("police_population", "police_population.csv", "gb18030", 1, 0.8),
    ("hotline_complaints", "hotline_complaints.jsonl", "utf-8", 0, 0.2),
)


def main(
    people: Annotated[int, typer.Option(min=300, help="Size of the base town.")] = 20_000,
    rows: Annotated[int, typer.Option(min=10, help="Source rows that come to it.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Seed of the town and of the choice of rows.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Seconds by step and records a second from the files to the graph, and how many times faster than in full."""
    with scratch_app() as app, tempfile.TemporaryDirectory(prefix="weinao-bench-rows-") as later:
        generate(app.settings.town_dir, people=people, seed=seed)
        held_back(app.settings.town_dir, Path(later), rows, random.Random(seed))
        load_town(app, reader(app.settings), app.settings.town_dir)
        update(app, reader(app.settings))
        show([run(app, Path(later))], as_json=as_json)


def held_back(town: Path, later: Path, rows: int, dice: random.Random) -> None:
    """Move `rows` rows, chosen by chance, from the files of `town` to files of the same names in `later`."""
    for _, name, encoding, header, share in _FEEDS:
        lines = (town / name).read_bytes().decode(encoding).splitlines()
        body = range(header, len(lines))
        chosen = set(dice.sample(body, min(round(rows * share), len(body) // 2)))
        for folder, wanted in ((town, False), (later, True)):
            kept = [line for number, line in enumerate(lines) if number < header or (number in chosen) is wanted]
            (folder / name).write_bytes("\n".join([*kept, ""]).encode(encoding))


def run(app: App, later: Path) -> dict[str, Any]:
    """Load and update; then resolve and link everything again on the same data. Counts records and events."""
    context = reader(app.settings)
    base = sum(app.lake.count(table) for table in app.lake.versions() if _counted(table))
    loaded, reports = timed(lambda: [load_feed(app, context, feed, later / name) for feed, name, *_ in _FEEDS])
    records = sum(n for report in reports for table, n in report["appended"].items() if _counted(table))
    small = {"load": loaded} | _steps(app, full=False)
    scoped = _last_link(app)["scoped"]
    whole = {"load": loaded} | _steps(app, full=True)
    row = figures("stream", records, "records", sum(small.values()), "every step over everything", sum(whole.values()))
    row |= {"base_records": base, "link_scoped": scoped, "steps": _rounded(small), "steps_in_full": _rounded(whole)}
    return row


def _steps(app: App, *, full: bool) -> dict[str, float]:
    """Seconds of each step of `services.pipeline.update`."""
    context = reader(app.settings)
    steps: dict[str, Callable[[], object]] = {
        "read": lambda: read_events(app, context),
        "resolve": lambda: resolve_all(app, context, full=full),
        "link": lambda: link_lake(app, full=full),
        "project": lambda: apply_log(app),
        "tag": lambda: run_tags(app, context),
    }
    return {name: timed(step)[0] for name, step in steps.items()}


def _last_link(app: App) -> dict[str, Any]:
    """The report of the newest linking run: whether only a part was linked is a figure of its own."""
    runs = app.lake.read("runs").filter(pl.col("kind") == "link")
    told: dict[str, Any] = orjson.loads(runs["report"][-1])
    return told


def _counted(table: str) -> bool:
    return table.startswith("records_") or table == "events"


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in seconds.items()}


if __name__ == "__main__":
    typer.run(main)
