"""Who made which call, as far as calls by one caller can be told: by phone too, of people whom no register knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import polars as pl

from graph.reads import matters as reads
from services.app import App


def callers_of(app: App, calls: Collection[str]) -> dict[str, str]:
    """Call → a mark that calls of one caller share; a call that nobody can be told by is absent."""
    if not calls:
        return {}
    kept = app.lake.current("matters", ["event_id", "callers"], where=pl.col("event_id").is_in(list(calls)))
    known = {call: set(tokens or ()) for call, tokens in kept.iter_rows()}
    for call, people in reads.callers(app.store, calls).items():
        known.setdefault(call, set()).update(people)
    parent: dict[str, str] = {}

    def find(token: str) -> str:
        while parent.setdefault(token, token) != token:
            parent[token] = parent[parent[token]]
            token = parent[token]
        return token

    for tokens in known.values():
        roots = {find(token) for token in tokens}
        parent.update(dict.fromkeys(roots, min(roots, default="")))
    return {call: find(min(tokens)) for call, tokens in known.items() if tokens}


def count_callers(calls: Iterable[str], callers: Mapping[str, str]) -> int:
    """How many different callers; one who is not known is one more."""
    marks = [callers.get(call) for call in calls]
    return len({mark for mark in marks if mark}) + marks.count(None)
