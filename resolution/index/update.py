"""An incremental batch: new, changed and deleted records touch only the clusters that they can reach."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from resolution.clusters.stable_ids import CHANGE_SCHEMA
from resolution.features.standardise import standardise
from resolution.index.answers import Delta
from resolution.index.live import LiveIndex
from resolution.state import State

_ASSIGNMENT: Final = {"record_id": pl.String, "entity_id": pl.String, "probability": pl.Float64, "weight": pl.Float64}


@dataclass(frozen=True, slots=True)
class Update:
    """`assignments`: record_id, entity_id, probability, weight of the records whose entity is new or another.

    `changes`: change (created, merged, split, retired), entity_id, other_id, as of a whole run. `removed`: the records
    that are gone. `report` is JSON-able.
    """

    state: State
    assignments: pl.DataFrame
    changes: pl.DataFrame
    removed: list[str]
    report: dict[str, Any]


def update(
    state: State,
    changed: pl.DataFrame,
    deleted: Iterable[str] = (),
    judgements: pl.DataFrame | None = None,
    *,
    token: Callable[..., str],
    ages: Mapping[str, int] | None = None,
    homes: Mapping[str, str] | None = None,
    run_id: str = "",
    covered: Mapping[str, int] | None = None,
) -> Update:
    """Take `changed` records (record_id and the declared fields in clear; new, or with other content than before) in.

    `judgements` are all that count from now on; None leaves those of the state. Model, context, frequencies and
    threshold are the state's: the clusters are those of a whole run with these. `ages` and `homes` as in `LiveIndex`.
    """
    with _collection_paused():
        index = LiveIndex(state, token=token, ages=ages, homes=homes)
        features = standardise(state.model.declaration, changed, state.context)
        rows = dict(zip(changed["record_id"], features.iter_rows(named=True), strict=True))
        delta = index.apply(rows, deleted, judgements)
        after = index.state()
    known = after.members.height
    report = {
        "records": known,
        "changed": len(rows),
        "deleted": len(delta.removed),
        "reassigned": len(delta.assignments),
        **{change: sum(1 for found, _, _ in delta.changes if found == change) for change in _CHANGES},
    }
    after = replace(
        after,
        run_id=run_id or state.run_id,
        covered={**state.covered, **(covered or {})},
        report={**state.report, "update": report},
    )
    return Update(after, *frames(delta), delta.removed, report)


@contextmanager
def _collection_paused() -> Iterator[None]:
    """No garbage collection: each would walk millions of tuples that the index keeps, a third of the time in all."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_CHANGES: Final = ("created", "merged", "split", "retired")


def frames(delta: Delta) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The assignments and the changes of a delta, as the lake keeps them."""
    rows = [(item.record_id, item.entity_id, item.probability, item.weight) for item in delta.assignments]
    return (
        pl.DataFrame(rows, schema=_ASSIGNMENT, orient="row").sort("record_id"),
        pl.DataFrame(delta.changes, schema=CHANGE_SCHEMA, orient="row").sort("change", "entity_id"),
    )
