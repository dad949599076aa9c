"""Whether a text that is not stored yet speaks of a matter that is known: by the imprints of earlier calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import polars as pl

from core.values import value_type
from nlp.reading import Reading
from nlp.same.calls import Call, calls_of
from nlp.same.imprint import imprint
from nlp.same.matters import join
from services.app import App
from services.imprints import imprint_of
from services.meant import Caller, phone_index
from services.record_values import newest

_NEW: Final = "evt_~"  # no id of an event has this form
_RELATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "duplicate": ("DUPLICATE_OF", "反映同一件事"),
    "follows": ("FOLLOWS", "跟进前一次来电"),
}


@dataclass(frozen=True, slots=True)
class Same:
    """The earlier call that a text repeats or follows; `relation` as `Event.matter` has it."""

    event_id: str
    relation: str
    label: str
    confidence: float
    reason: str


def same_matter(
    app: App, reading: Reading, text: str, caller: Caller, at: datetime, among: Collection[str]
) -> Same | None:
    """The call among those of the ids `among`, made before `at`, that a text told then belongs to; None for none.

    Compared as `services.matters` compares calls that are stored; what it has not come to yet is not found.
    """
    calls = _known(app, at, among)
    if not calls:
        return None
    own = Call(imprint(replace(reading, event_id=_NEW), text, app.vault), at, *_tokens(app, caller))
    [place] = join(calls_of([*calls, own]), within={_NEW})
    if place.relation is None or place.to is None:
        return None
    relation, label = _RELATIONS[place.relation]
    return Same(place.to, relation, label, place.confidence or 0.0, place.reason or "")


def _known(app: App, at: datetime, among: Collection[str]) -> list[Call]:
    if not among:
        return []
    # As a column: a list of Python's takes 20 ms in place of 1.5 to be looked for in 1,000 rows.
    wanted = pl.col("event_id").is_in(pl.Series(sorted(among), dtype=pl.String).implode())
    heads = _newest(app, "matters", wanted).filter(pl.col("at") < at).select("event_id", "at", "callers", "names")
    if heads.is_empty():
        return []
    rows = _newest(app, "imprints", wanted).join(heads, on="event_id")
    return [
        Call(imprint_of(row), row["at"], tuple(row["callers"] or ()), tuple(row["names"] or ()))
        for row in rows.iter_rows(named=True)
    ]


def _newest(app: App, table: str, where: pl.Expr) -> pl.DataFrame:
    """As `Lake.current`, which reads a large table twice rather than hold it; these are few rows."""
    return newest(app.lake.scan(table).filter(where).collect(), "event_id")


def _tokens(app: App, caller: Caller) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Callers and names, as the calls of the lake have them."""
    phone = phone_index(app.vault, caller.phone) if caller.phone else None
    name = value_type("person_name")
    key = name.key(caller.name) if caller.name else ""
    names = (app.vault.blind_index(key, value_type=name.name),) if key else ()
    return tuple(one for one in (phone, caller.entity_id) if one), names
