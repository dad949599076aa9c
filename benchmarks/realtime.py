"""One record against many: `python -m benchmarks.realtime --records 1000000 --json`.

Against Splink with the same model, the same records and the same prepared columns: its `predict_between` of one new
record and all others. Deciding answers where a record belongs, adding takes it in and re-clusters what it touches.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Annotated, Any, Final

import numpy as np
import polars as pl
import typer

from benchmarks.measure import figures, show
from benchmarks.people import people
from resolution.engine import open_engine
from resolution.features.standardise import standardise
from resolution.index.live import LiveIndex
from resolution.model.model import shipped_model
from resolution.run import resolve
from resolution.scoring import linker
from resolution.state import State

_ASKED: Final = 5_000
_BY_SPLINK: Final = 5


def token(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


def resolved(records: pl.DataFrame) -> State:
    """What a whole run over `records` leaves."""
    state = resolve("person", records, token=token, model=shipped_model("person")).state
    if state is None:
        raise TypeError("people are compared")
    return state


def main(
    records: Annotated[int, typer.Option(min=2_000, help="Records that are known already.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Seed of the people.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    everyone, _ = people(records + 2 * _ASKED, seed)
    state = resolved(everyone.head(records))
    asked, added = (everyone.slice(records + start, _ASKED).rows(named=True) for start in (0, _ASKED))
    splink = _splink(state, everyone.slice(records, _BY_SPLINK))
    index = LiveIndex(state, token=token)
    index.warm()
    gc.collect()
    gc.freeze()
    rows = [_figure("decide", _times(index.decide, asked), splink), _figure("add", _times(index.add, added), splink)]
    show(rows, as_json=as_json)


def _times(work: Callable[[dict[str, Any]], object], records: Sequence[dict[str, Any]]) -> list[float]:
    times = []
    for record in records:
        started = time.perf_counter()
        work(record)
        times.append(time.perf_counter() - started)
    return times


def _figure(name: str, times: list[float], splink: float) -> dict[str, Any]:
    p50, p99, worst = (np.percentile(times, (50, 99, 100)) * 1000).tolist()
    row = figures(name, len(times), "records", sum(times), "Splink's predict_between, one record", splink * len(times))
    return row | {"p50_ms": round(p50, 3), "p99_ms": round(p99, 3), "worst_ms": round(worst, 3)}


def _splink(state: State, new: pl.DataFrame) -> float:
    """Median seconds of Splink for one new record, its columns and keys prepared."""
    known = state.nodes.height
    both = pl.concat(
        [state.nodes, standardise(state.model.declaration, new, state.context).select(state.nodes.columns)]
    )
    with open_engine(4 * state.nodes.height) as engine:
        made, _ = linker(engine, both, state.model, state.frequencies, state.population, keyed=True)
        engine.connection.execute(f"CREATE TABLE known AS SELECT * FROM records WHERE node < {known}")
        left = engine.api.register("known", table_name="input_known")
        times = []
        for number in range(new.height):
            engine.connection.execute(
                f"CREATE OR REPLACE TABLE one AS SELECT * FROM records WHERE node = {known + number}"
            )
            right = engine.api.register("one", table_name=f"input_one_{number}")
            started = time.perf_counter()
            predicted = made.inference.predict_between(left, right, warning_mode="never")
            times.append(time.perf_counter() - started)
            predicted.drop_table_from_database_and_remove_from_cache()
    return float(np.median(times))


if __name__ == "__main__":
    typer.run(main)
