"""Resolving people, against Splink alone: the adapted model, Splink's predict and clustering, on prepared columns."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import figures, timed
from loaders.feeds.opening import open_records
from resolution.engine import open_engine
from resolution.features.standardise import standardise
from resolution.scoring import linker
from services.app import App
from services.identity import reader
from services.resolving import resolve_all
from services.state import load_state
from services.training import with_context


def run(app: App) -> dict[str, Any]:
    seconds, reports = timed(lambda: resolve_all(app, reader(app.settings), kinds=["person"]))
    state = load_state(app, "person")
    records = with_context(app, "person", open_records(app.lake, "person", app.vault))
    prepared = standardise(state.model.declaration, records.sort("record_id"), state.context)

    def splink_alone() -> int:
        with open_engine() as engine:
            made, _ = linker(engine, prepared, state.model, state.frequencies, state.population)
            predicted = made.inference.predict(threshold_match_weight=state.decision.threshold)
            clusters = made.clustering.cluster_pairwise_predictions_at_threshold(predicted)
            return len(clusters.as_record_list())

    baseline, _ = timed(splink_alone)
    return figures("resolve", reports[0]["records"], "records", seconds, "Splink's predict and cluster", baseline)
