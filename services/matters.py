"""Which complaints are about one matter: kept in the lake, from where linking makes relations of it.

A small run compares what is new with what stands in the same blocks, and comes to the same as a whole one: a call's
place depends on its matter and on the calls shortly before it in its blocks (`nlp.same.candidates`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

import orjson
import polars as pl

from core.clock import local_now
from nlp.same.calls import Call, Calls, calls_of
from nlp.same.candidates import candidate_pairs, stirred
from nlp.same.evidence import weigh
from nlp.same.matters import Place, join
from services.app import App
from services.imprints import imprint_of

MATTER_VERSION: Final = "matters-3"
"""Part of what a run is known by; raised when the same calls come to other matters."""
MATTER: Final = ("event_id", "relation", "to_id", "confidence", "reason")

_INPUTS: Final = ("imprints", "events", "relations", "records_person", "assignments")
_TOLD: Final = ("event_id", "digest", "at", "callers", "names", "matter", "relation", "to_id", "confidence", "reason")
_HEAD: Final = ("event_id", "digest", "at", "callers", "names")
_BLOCKS: Final = ("spots", "buildings", "doors", "subjects", "people", "number", "numbers")
_SMALL_SHARE: Final = 0.1
_OLD: Final = "~"  # behind the id of a call as it was before it changed


def update_matters(app: App) -> int:
    """Bring the lake's `matters` up to the complaints that were read; returns how many calls stand elsewhere now."""
    source = "/".join([MATTER_VERSION, *(f"{name}:{app.lake.state(name)}" for name in _INPUTS)])
    runs = app.lake.read("runs", ["kind", "report"]).filter(pl.col("kind") == "matters")
    last = {} if runs.is_empty() else orjson.loads(runs["report"][-1])
    if last.get("source") == source or (runs.is_empty() and not app.lake.count("imprints")):
        return 0
    with app.writing():
        heads, stored = _heads(app), app.lake.current("matters", _TOLD)
        changed, gone = _changed(heads, stored)
        rows = pl.DataFrame()
        if changed or gone or last.get("version") != MATTER_VERSION:
            small = not gone and last.get("version") == MATTER_VERSION and len(changed) <= _SMALL_SHARE * stored.height
            places = _scoped(app, heads, stored, changed) if small else _whole(app, heads)
            rows = _rows(heads, stored, places, gone)
        if rows.height:
            app.lake.append("matters", rows)
        told = {"source": source, "version": MATTER_VERSION, "number": runs.height + 1, "changed": rows.height}
        app.lake.append("runs", _run(app, told))
    return rows.height


# --- what there is -------------------------------------------------------------------------------------------


def _heads(app: App) -> pl.DataFrame:
    """Complaints that have an imprint: when they were made, by whom, and the digest of the imprint."""
    events = app.lake.current("events", ["event_id", "kind", "reported_at", "occurred_at", "observed_at"])
    at = pl.coalesce(
        *(pl.col(name).str.slice(0, 19).str.to_datetime(strict=False) for name in ("reported_at", "occurred_at")),
        "observed_at",
    )
    found = events.filter(pl.col("kind") == "complaint").select("event_id", at=at.cast(pl.Datetime("us")))
    imprints = app.lake.current("imprints", ["event_id", "digest"])
    heads = found.drop_nulls().join(imprints, on="event_id").join(_callers(app), on="event_id", how="left")
    return heads.select(_HEAD).with_columns(pl.col("callers", "names").fill_null([])).sort("event_id")


def _callers(app: App) -> pl.DataFrame:
    """event_id, callers (keyed phones and entity ids), names (keyed): of those who complain."""
    stated = app.lake.current("relations", ["from_id", "to_id", "props"], where=pl.col("type") == "PARTY_TO")
    complain = stated.filter(pl.col("props").str.json_path_match("$.role") == "complainant").select("from_id", "to_id")
    ends = complain.select(
        pl.when(pl.col("to_id").str.starts_with("evt_")).then("to_id").otherwise("from_id").alias("event_id"),
        pl.when(pl.col("to_id").str.starts_with("evt_")).then("from_id").otherwise("to_id").alias("record_id"),
    )
    records = app.lake.current("records_person", ["record_id", "phone_index", "name_index"])
    owners = app.lake.current("assignments", ["record_id", "entity_id"])
    known = ends.join(records, on="record_id", how="left").join(owners, on="record_id", how="left")
    return known.group_by("event_id").agg(
        callers=pl.concat([pl.col("phone_index"), pl.col("entity_id")]).drop_nulls().unique().sort(),
        names=pl.col("name_index").drop_nulls().unique().sort(),
    )


def _changed(heads: pl.DataFrame, stored: pl.DataFrame) -> tuple[set[str], set[str]]:
    """Calls that are new or not as they were, and those that are there no more."""
    marks = [pl.struct("digest", "at", "callers", "names").hash().alias("mark")]
    now, before = heads.select("event_id", *marks), stored.select("event_id", *marks)
    same = now.join(before, on=["event_id", "mark"], how="semi")["event_id"]
    changed = set(now["event_id"]) - set(same)
    return changed, set(before["event_id"]) - set(now["event_id"])


def _calls(app: App, heads: pl.DataFrame, ids: Collection[str] | None = None) -> list[Call]:
    chosen = heads if ids is None else heads.filter(pl.col("event_id").is_in(list(ids)))
    where = None if ids is None else pl.col("event_id").is_in(list(ids))
    rows = app.lake.current("imprints", where=where).drop("seq", "digest").join(chosen, on="event_id")
    return [_call(row) for row in rows.iter_rows(named=True)]


def _call(row: dict[str, Any]) -> Call:
    return Call(imprint_of(row), row["at"], tuple(row["callers"]), tuple(row["names"]))


# --- where the calls stand -----------------------------------------------------------------------------------


def _whole(app: App, heads: pl.DataFrame) -> list[Place]:
    return join(calls_of(_calls(app, heads)))


def _scoped(app: App, heads: pl.DataFrame, stored: pl.DataFrame, changed: set[str]) -> list[Place]:
    """The places of all calls that those `changed` can move, themselves included."""
    blocks = _blocks(app, heads)
    former = _former(app, stored.filter(pl.col("event_id").is_in(list(changed))))
    reached = changed | _behind(app, heads, blocks, changed, former)
    matters = dict(stored.select("event_id", "matter").iter_rows())
    while True:  # a matter that one call is kept out of stands by as well: it may be in now
        near = calls_of(_calls(app, heads, _mates(blocks, reached)))
        touched = {matters[one] for one in reached | _partners(near, reached) if one in matters}
        grown = reached | {one for one, matter in matters.items() if matter in touched}
        if grown == reached:
            return join(near, within=reached)
        reached = grown


def _behind(app: App, heads: pl.DataFrame, blocks: pl.DataFrame, changed: set[str], former: list[Call]) -> set[str]:
    """Calls that stand in a block shortly behind one that is new, changed, or was there before it changed."""
    old = {token for call in former for token in _tokens(call)}
    mates = _mates(blocks, changed) | set(blocks.filter(pl.col("token").is_in(list(old)))["event_id"])
    calls = calls_of([*_calls(app, heads, mates | changed), *former])
    fresh = changed | {call.imprint.event_id for call in former}
    return {one for one in stirred(calls, fresh) if not one.endswith(_OLD)}


def _partners(calls: Calls, reached: set[str]) -> set[str]:
    """Calls that have links with one of those `reached`, and some that would have them if fewer stood between."""
    links = weigh(calls, *candidate_pairs(calls))
    pairs = [(calls.ids[one], calls.ids[two]) for one, two in zip(links.first, links.second, strict=True)]
    return {one for pair in pairs if not reached.isdisjoint(pair) for one in pair}


def _former(app: App, stored: pl.DataFrame) -> list[Call]:
    """What stood in the lake of calls that have changed since: every older imprint, with the callers known then."""
    if stored.is_empty():
        return []
    rows = app.lake.scan("imprints").filter(pl.col("event_id").is_in(stored["event_id"].to_list())).drop("digest")
    found = rows.collect().join(stored.select("event_id", "at", "callers", "names"), on="event_id")
    return [
        replace(call, imprint=replace(call.imprint, event_id=f"{call.imprint.event_id}{number}{_OLD}"))
        for number, call in enumerate(map(_call, found.drop("seq", "deleted").iter_rows(named=True)))
    ]


def _blocks(app: App, heads: pl.DataFrame) -> pl.DataFrame:
    """event_id, token: by which calls can lie in one block, and by more than that."""
    imprints = app.lake.current("imprints", ["event_id", *_BLOCKS, "bands"])
    tokens = [imprints.select("event_id", pl.col(name).alias("token")) for name in _BLOCKS]
    tokens += [imprints.select("event_id", pl.col("bands").cast(pl.List(pl.String)).alias("token"))]
    tokens += [heads.select("event_id", pl.col(name).alias("token")) for name in ("callers", "names")]
    return pl.concat([one.explode("token").drop_nulls() for one in tokens])


def _mates(blocks: pl.DataFrame, ids: Collection[str]) -> set[str]:
    """All that share a token with one of the `ids`, and these."""
    theirs = blocks.filter(pl.col("event_id").is_in(list(ids))).select("token").unique()
    return set(blocks.join(theirs, on="token", how="semi")["event_id"]) | set(ids)


def _tokens(call: Call) -> Iterable[str]:
    own = call.imprint
    yield from (*call.callers, *call.names, *(token for name in _BLOCKS for token in getattr(own, name)))


# --- what is written -----------------------------------------------------------------------------------------


def _rows(heads: pl.DataFrame, stored: pl.DataFrame, places: list[Place], gone: set[str]) -> pl.DataFrame:
    """Rows to append: calls whose place or imprint is another, and deletions."""
    told = pl.DataFrame([asdict(place) for place in places], schema=_PLACE).rename({"to": "to_id"})
    now = heads.join(told, on="event_id").select(_TOLD)
    marks = pl.struct(pl.all()).hash().alias("mark")
    known = stored.select("event_id", marks)
    fresh = now.with_columns(marks).join(known, on=["event_id", "mark"], how="anti").drop("mark")
    removed = stored.filter(pl.col("event_id").is_in(list(gone))).with_columns(deleted=pl.lit(value=True))
    return pl.concat([fresh, removed], how="diagonal").sort("event_id")


_PLACE: Final = {
    **dict.fromkeys(("event_id", "matter", "relation", "to"), pl.String()),
    "confidence": pl.Float64(),
    "reason": pl.String(),
}


def _run(app: App, told: dict[str, Any]) -> pl.DataFrame:
    run_id = "run_" + app.vault.token("matters", str(told["source"]), str(told["number"]))
    at: datetime = local_now()
    return pl.DataFrame({"run_id": [run_id], "kind": ["matters"], "report": [orjson.dumps(told).decode()], "at": [at]})
