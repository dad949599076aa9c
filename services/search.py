"""One search box: whatever somebody types leads to people, households, dwellings, organizations, events and places.

Names, addresses and numbers that may rest in clear are found in the search index; citizen ids, phones, plates and the
names of children in the graph, by the blind index of the records, and only whole. Values come from the graph alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final

from core.errors import QueryInvalid, QueryTooComplex
from core.values import value_type
from governance.access import AccessContext
from graph.reads import keys
from graph.search import store
from graph.search.asked import Asked
from graph.search.find import Found, find
from graph.search.namesakes import name_and_place, namesakes_at
from graph.search.reasons import Reason
from graph.search.terms import LABELS, PLACES
from services.app import App
from services.indexing import search_folder
from services.lookup import views
from services.views import View
from services.visibility import allowed_of

KINDS: Final = {
    "person": ("Person",),
    "household": ("Household",),
    "dwelling": ("Dwelling",),
    "organization": ("Organization",),
    "event": ("Event",),
    "place": PLACES,
}
LIMIT: Final = 20
MOST: Final = 100
_SPARE: Final = 40  # further candidates: for those that the graph does not have (any more), and among namesakes
_WITHHELD, _AT_ONCE = 5_000, 1_000  # candidates for a reader who may see only some; asked about in parts
_KIND_OF: Final = {label: kind for kind, labels in KINDS.items() for label in labels}

_IDENTIFIERS: Final = (
    ("citizen_id", Reason.CITIZEN_ID, ("Person",)),
    ("phone", Reason.PHONE, ("Person", "Organization")),
    ("plate", Reason.PLATE, ("Person",)),
)
"""Sealed values that lead to an object when they are typed whole: type, reason, labels that may have one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One object as the reader may see it, and why it was found. `matched` is a field of it; `score` lies in 0–1."""

    view: View
    kind: str
    score: float
    reason: Reason
    matched: str


def search(
    app: App, context: AccessContext, text: str, *, kinds: Collection[str] = (), limit: int = LIMIT
) -> list[Hit]:
    """At most `limit` hits of `kinds` (none: of all), the likeliest first; leaves one audit line.

    Raises `QueryInvalid` for a text that cannot be looked for or an unknown kind, `QueryTooComplex` for a larger limit
    than `MOST`, `GraphNotProjected` where no index has been made.
    """
    if not 1 <= limit <= MOST:
        raise QueryTooComplex(f"limit 须在 1 与 {MOST} 之间")
    labels = _labels(kinds)
    asked = Asked.read(text)
    pool = _WITHHELD if context.grids else limit + _SPARE
    with store.reading(search_folder(app)) as file:
        found = find(file, asked, labels, pool)
    whole = sum(one.reason is Reason.PERSON_NAME for one in found)
    more = chain(
        _by_identifier(app, asked, labels, pool),
        _by_name_and_place(app, asked, labels, pool),
        _by_record_name(app, asked, labels, limit, whole),
    )
    best: dict[str, Found] = {}
    for one in sorted(chain(found, more), key=lambda one: -one.score):
        best.setdefault(one.id, one)
    hits = _hits(app, context, list(best.values())[:pool], limit)
    app.audit.record(context, "search", [hit.view.id for hit in hits])
    return hits


def _labels(kinds: Collection[str]) -> frozenset[str]:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise QueryInvalid("没有要找的这一类", remedy=f"可以找的类别：{'、'.join(KINDS)}。")
    return frozenset(label for kind in kinds for label in KINDS[kind]) or frozenset(LABELS)


def _by_identifier(app: App, asked: Asked, labels: frozenset[str], limit: int) -> Iterator[Found]:
    if not any(map(str.isdecimal, asked.plain)):
        return
    for name, reason, may_have in _IDENTIFIERS:
        if key := value_type(name).key(asked.text):
            index = app.vault.blind_index(key, value_type=name)
            for label in labels.intersection(may_have):
                for node_id in keys.find_by_record_key(app.store, f"{name}_index", index, label=label, limit=limit):
                    yield Found(label, node_id, reason, name, reason.score)


def _by_name_and_place(app: App, asked: Asked, labels: frozenset[str], limit: int) -> Iterator[Found]:
    """People of a name whose address holds the other words: 张伟 枫桥新村, in either order."""
    if "Person" not in labels:
        return
    for name, place in name_and_place(asked):
        for node_id in namesakes_at(app.store, name, place, limit=limit):
            yield Found("Person", node_id, Reason.NAME_AND_PLACE, "name", Reason.NAME_AND_PLACE.score)


def _by_record_name(app: App, asked: Asked, labels: frozenset[str], limit: int, whole: int) -> Iterator[Found]:
    """Children, and people whom some register calls so; not asked where the page is full of people called so."""
    if "Person" not in labels or asked.name is None or whole >= limit:
        return
    index = app.vault.blind_index(asked.name.key, value_type="person_name")
    for node_id in keys.find_by_record_key(app.store, "name_index", index, label="Person", limit=limit):
        yield Found("Person", node_id, Reason.RECORD_NAME, "name", Reason.RECORD_NAME.score)


def _hits(app: App, context: AccessContext, found: list[Found], limit: int) -> list[Hit]:
    """The first `limit` of what the graph has and the reader may see; of equal ones those that more records tell of."""
    chosen: list[Found] = []
    for start in range(0, len(found), _AT_ONCE):
        part = found[start : start + _AT_ONCE]
        may_see = allowed_of(app, context, {one.id: one.label for one in part})
        chosen += [one for one in part if one.id in may_see]
        if len(chosen) >= limit + _SPARE:
            break
    chosen = chosen[: limit + _SPARE]
    seen = views(app, context, ((one.label, one.id) for one in chosen))
    hits = [
        Hit(seen[one.id], _KIND_OF[one.label], one.score, one.reason, one.field) for one in chosen if one.id in seen
    ]
    runs = (list(run) for _, run in groupby(hits, key=lambda hit: (hit.score, hit.kind)))
    return [hit for run in runs for hit in sorted(run, key=_records, reverse=True)][:limit]


def _records(hit: Hit) -> int:
    return int(hit.view.values.get("record_count") or 0)
