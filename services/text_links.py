"""Link what complaints mention to the graph, and keep what came of it: rows of `text_links`, and relations.

A party that is linked becomes a PARTY_TO of a record of that entity: it follows the record when entities are merged or
split later. What is ambiguous or new stays with its candidates, and is tried again when the graph has learned more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import orjson
import polars as pl

from core.clock import local_today
from core.progress import SILENT, Progress
from core.values import StandardAddress
from governance.access import AccessContext
from graph.linking.relations import TEXT_MENTION
from graph.reads.surroundings import Told, around_events
from loaders.feeds.sealing import canonical
from nlp.clues import Clue
from nlp.rows import graph_role
from resolution.mentions import shipped
from services.app import App
from services.meant import Caller, Mentioned, PartyLink, Telling, link_tellings
from services.projecting import link_and_project

LINKER: Final = f"mentions-{shipped().version}"
_BATCH: Final = 500
_SOURCE: Final = "text"
_TEXT: Final = ["event_id", "text_hash", "reader"]
"""What a reading is known by; another reading of the same text is linked anew."""
_ENDS: Final = ("linked", "ambiguous", "new")

Row = dict[str, Any]


def link_texts(app: App, context: AccessContext, *, again: bool = False, progress: Progress = SILENT) -> dict[str, int]:
    """Link the parties of the complaints that were read since, and with `again` of those that were not all linked.

    The graph must have been projected; what changed is projected at once. Returns how many parties are linked,
    ambiguous, new, and of how many `complaints`.
    """
    app.audit.record(context, "complaints.link", [])
    counts: Counter[str] = Counter(dict.fromkeys(("complaints", *_ENDS), 0))
    with app.writing():
        known = _known(app)
        todo = _todo(app, known, again=again)
        changed = False
        with progress.task("关联诉求各方", total=todo.height, unit="条") as task:
            for batch in todo.iter_slices(_BATCH):
                links = _linked(app, batch)
                changed |= _store(app, batch, links, known)
                counts["complaints"] += batch.height
                counts.update(link.outcome for each in links for link in each)
                task.advance(batch.height)
        if changed:
            link_and_project(app, context, progress=progress)
    return dict(counts)


def _known(app: App) -> int:
    """How far the log has come by which the graph knows people and organizations."""
    who = app.lake.scan("graph_nodes").filter(pl.col("label").is_in(["Person", "Organization"]))
    return who.select(pl.col("seq").max()).collect().item() or 0


def _todo(app: App, known: int, *, again: bool) -> pl.DataFrame:
    """The columns of `_TEXT`, parties, feed, record_key, reported_at of the complaints to link, by their ids."""
    kept = app.lake.current("text_links", ["event_id", "text_hash", "reader", "linker", "waiting", "known"])
    settled = ~pl.col("waiting") | (pl.col("known") >= known) if again else pl.lit(value=True)
    done = kept.filter(pl.col("linker") == LINKER, settled)
    heads = app.lake.current("events", ["event_id", "kind", "feed", "record_key", "reported_at"])
    complaints = heads.filter(pl.col("kind") == "complaint").drop("kind", "seq", "deleted", strict=False)
    return (
        app.lake.current("readings", ["event_id", "text_hash", "reader", "parties"])
        .join(done.select(*_TEXT), on=_TEXT, how="anti")
        .join(complaints, on="event_id")
        .with_columns(pl.col("reported_at").str.to_datetime(strict=False))
        .sort("event_id")
    )


def _linked(app: App, batch: pl.DataFrame) -> list[list[PartyLink]]:
    around = around_events(app.store, batch["event_id"].to_list(), local_today())
    tellings = [
        _telling(around.get(event_id, Told()), parties, at)
        for event_id, parties, at in batch.select("event_id", "parties", "reported_at").iter_rows()
    ]
    return link_tellings(app, tellings)


def _telling(told: Told, parties: str, at: datetime | None) -> Telling:
    caller = Caller(*told.callers[0]) if len(told.callers) == 1 else Caller()
    rows = enumerate(orjson.loads(parties or "[]"))
    day = at.date() if at else local_today()
    return Telling(tuple(_mentioned(index, row) for index, row in rows), day, told.places, caller, told.homes)


def _mentioned(index: int, row: Mapping[str, Any]) -> Mentioned:
    return Mentioned(
        index, row["kind"], row["role"], row.get("name"), row.get("org"), row.get("phone_index"), _clue(row.get("clue"))
    )


def _clue(row: Mapping[str, Any] | None) -> Clue | None:
    if row is None:
        return None
    door = row.get("door")
    return Clue(**{**row, "door": StandardAddress.parse(door) if door else None})


def _store(app: App, batch: pl.DataFrame, links: Sequence[Sequence[PartyLink]], known: int) -> bool:
    """Relations first, so that a text counts as linked only when all that came of it is in the lake.

    Returns whether a relation came or went. The transaction is named by what is written: a repeat changes nothing.
    """
    roles = [{i: row["role"] for i, row in enumerate(orjson.loads(parties or "[]"))} for parties in batch["parties"]]
    ends = {link.entity_id for each in links for link in each if link.entity_id}
    anchors = _anchors(app, ends)
    made = [
        _relation(app, event, anchors[link.entity_id], link, role)
        for event, each, known in zip(batch.iter_rows(named=True), links, roles, strict=True)
        for link in each
        if link.entity_id in anchors and known[link.index] != "complainant" and (role := graph_role(known[link.index]))
    ]
    rows = [
        {
            "event_id": event_id,
            "text_hash": text_hash,
            "reader": reader,
            "linker": LINKER,
            "waiting": any(link.outcome != "linked" for link in each),
            "known": known,
            "links": canonical([asdict(link) for link in each]),
        }
        for (event_id, text_hash, reader), each in zip(batch.select(_TEXT).iter_rows(), links, strict=True)
    ]
    relations = _changed(app, made, [_row_id(app, event_id) for event_id in batch["event_id"]])
    said = ("/".join((row["event_id"], row["text_hash"], row["reader"], row["links"])) for row in rows)
    name = "links/" + app.vault.token(*said, app.lake.state("text_links"))
    if relations.height:
        app.lake.append("relations", relations, transaction=(name, 1))
    app.lake.append("text_links", pl.DataFrame(rows), transaction=(name, 1))
    return relations.height > 0


def _relation(app: App, event: Row, record_id: str, link: PartyLink, role: str) -> Row:
    event_id = event["event_id"]
    mention = f"{event['record_key']}{TEXT_MENTION}{link.index}"
    props = canonical({"role": role, "certainty": f"{link.probability:.2f}", "mention": mention})
    return {
        "relation_id": "rel_" + app.vault.token(_SOURCE, event_id, str(link.index), role),
        "row_id": _row_id(app, event_id),
        "type": "PARTY_TO",
        "from_id": record_id,
        "to_id": event_id,
        "feed": event["feed"],
        "observed_at": event["reported_at"],
        "props": props,
        "content_hash": app.vault.token("content", record_id, event_id, props),
        "load_id": LINKER,
    }


def _row_id(app: App, event_id: str) -> str:
    return "row_" + app.vault.token("links", event_id)


def _changed(app: App, made: list[Row], row_ids: Sequence[str]) -> pl.DataFrame:
    """Relations that differ from those there are, and deletions of those that do not hold any more."""
    columns = ["relation_id", "row_id", "feed", "type", "content_hash"]
    before = app.lake.current("relations", columns, where=pl.col("row_id").is_in(list(row_ids)))
    known = dict(before.select("relation_id", "content_hash").iter_rows())
    news = pl.DataFrame([row for row in made if known.get(row["relation_id"]) != row["content_hash"]])
    said = [row["relation_id"] for row in made]
    gone = before.filter(~pl.col("relation_id").is_in(said)).with_columns(deleted=pl.lit(value=True))
    return pl.concat([frame for frame in (news, gone) if frame.height] or [gone], how="diagonal")


def _anchors(app: App, entity_ids: Iterable[str]) -> dict[str, str]:
    """Entity id → a record of it that a register has, whichever sorts first."""
    wanted = sorted(set(entity_ids))
    assigned = app.lake.current("assignments", ["record_id", "entity_id"], where=pl.col("entity_id").is_in(wanted))
    found: dict[str, str] = {}
    for table in ("records_person", "records_organization"):
        heads = app.lake.current(
            table, ["record_id", "record_key"], where=pl.col("record_id").is_in(assigned["record_id"].to_list())
        ).filter(~pl.col("record_key").str.contains(TEXT_MENTION, literal=True))
        pairs = assigned.join(heads, on="record_id").group_by("entity_id").agg(pl.col("record_id").min())
        found |= dict(pairs.iter_rows())
    return found
