"""Read the complaints of the lake: what they say becomes readings, records of the parties, and relations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import polars as pl

from core.progress import SILENT, Progress
from core.values import StandardAddress
from governance.access import AccessContext
from loaders.feeds.opening import open_events
from loaders.feeds.text_mentions import TextParty, text_rows
from loaders.lake.schema import TABLES
from nlp.reading import Item, Reading, read_complaints, reader_version, text_hash
from nlp.rows import reading_row, text_mentions
from services.app import App
from services.confirmed import as_confirmed
from services.gazetteer import current_gazetteer
from services.imprints import store_imprints
from services.meant import phone_index
from services.mentions import homes_of_callers
from services.projecting import link_and_project
from services.text_models import models_in_use

_BATCH: Final = 5_000
_COUNTED: Final = ("read", "with_place", "with_category", "parties", "urgent", "unreadable")
_WORTH_TWO_PROCESSES: Final = 2_000  # events below which a second process would start for nothing
_AWAITS_HOME: Final = "~home"
"""Behind the reader of a reading: the text counts from the caller's home, which the graph did not know yet."""


def read_events(app: App, context: AccessContext, *, again: bool = True, progress: Progress = SILENT) -> dict[str, int]:
    """Read each event whose text is new or changed, and with `again` each that another reader has read.

    Complaints are read for everything; other events only where their feed names no place or category. Returns counts:
    read, with_place, with_category, parties, urgent, unreadable.
    """
    app.audit.record(context, "complaints.read", [])
    with app.writing():
        version = reader_version(models_in_use(app))
        return _read(app, _unread(app, version if again else None), {}, progress)


def read_from_home(app: App, context: AccessContext, *, progress: Progress = SILENT) -> int:
    """Read once more what counts from the caller's home (我家楼上), when the graph has come to know that home.

    The graph must have been projected; what changed is projected at once. A later move changes nothing. Returns how
    many texts.
    """
    app.audit.record(context, "complaints.read", [])
    with app.writing():
        known = app.lake.current("readings", ["event_id", "reader"])
        awaiting = known.filter(pl.col("reader").str.ends_with(_AWAITS_HOME))["event_id"].to_list()
        if homes := homes_of_callers(app, awaiting):
            _read(app, _opened(app, list(homes)), homes, progress)
            link_and_project(app, context, progress=progress)
    return len(homes)


def _read(app: App, todo: pl.DataFrame, homes: Mapping[str, StandardAddress], progress: Progress) -> dict[str, int]:
    counts: Counter[str] = Counter(dict.fromkeys(_COUNTED, 0))
    if todo.is_empty():
        return dict(counts)
    models = models_in_use(app)
    gazetteer = current_gazetteer(app)
    for batch in todo.iter_slices(_BATCH):
        told = batch.select("event_id", "text", "reported_at").iter_rows()
        texts = (Item(event_id, text, _moment(at), homes.get(event_id)) for event_id, text, at in told)
        processes = 2 if todo.height >= _WORTH_TWO_PROCESSES else 1
        read = read_complaints(texts, gazetteer, models=models, processes=processes, progress=progress)
        readings = as_confirmed(batch, [_by_address(reading) for reading in read])
        _store(app, reader_version(models), batch, readings, homes)
        for reading in readings:
            counts.update(
                read=1,
                with_place=reading.place_text is not None,
                with_category=reading.category is not None,
                parties=len(reading.parties),
                urgent=reading.urgency != "normal",
                unreadable=reading.reason is not None,
            )
    return dict(counts)


def _by_address(reading: Reading) -> Reading:
    """What is counted from the caller's home has words that lead nowhere by themselves: it goes by its address."""
    if reading.place is None or reading.place_of != "home":
        return reading
    return replace(reading, place_text=reading.place.text)


def _unread(app: App, version: str | None) -> pl.DataFrame:
    """Events that this version has not read; None: that none has."""
    known = app.lake.current("readings", ["event_id", "text_hash", "reader"])
    known = known if version is None else known.filter(pl.col("reader").is_in([version, version + _AWAITS_HOME]))
    # An event that was read and has not come again is not opened: its text is the one that was read.
    again = app.lake.scan("events").select("event_id").filter(pl.col("event_id").is_duplicated()).collect()
    settled = known.join(again, on="event_id", how="anti")
    heads = app.lake.current("events", ["event_id", "kind", "address", "category", "text"])
    wanted = heads.filter(
        pl.col("text").is_not_null(),
        (pl.col("kind") == "complaint") | pl.col("address").is_null() | pl.col("category").is_null(),
    ).join(settled, on="event_id", how="anti")
    return _opened(app, wanted["event_id"].to_list()).join(known, on=["event_id", "text_hash"], how="anti")


def _opened(app: App, event_ids: list[str]) -> pl.DataFrame:
    """Events in clear with the `text_hash` that their reading is known by, by their ids."""
    events = open_events(app.lake, app.vault, where=pl.col("event_id").is_in(event_ids))
    hashes = pl.Series("text_hash", [app.vault.token(text_hash(text)) for text in events["text"]], dtype=pl.String)
    return events.with_columns(hashes).sort("event_id")


def _moment(stamp: str | None) -> datetime | None:
    """The local moment of a call, as the lake has it (ISO text), None where it is none."""
    try:
        return datetime.fromisoformat(stamp[:19]) if stamp else None
    except ValueError:
        return None


def _store(app: App, version: str, batch: pl.DataFrame, readings: list[Reading], homes: Collection[str]) -> None:
    """Parties first, readings last: an event counts as read only when all that was read of it is in the lake.

    The transaction is named by what is read and by the readings that there were, so that a batch repeated after a crash
    writes only what is missing, and a reader that comes back into use is no repetition of its first time.
    """
    name = "nlp/" + app.vault.token(version, app.lake.state("readings"), *batch["event_id"], *batch["text_hash"])
    complaints = {
        row["event_id"]: row
        for row in batch.filter(pl.col("kind") == "complaint")
        .select("event_id", "feed", "source_department", "record_key", "observed_at")
        .iter_rows(named=True)
    }
    parties = [
        TextParty(
            event_id=mention.event_id,
            feed=source["feed"],
            department=source["source_department"],
            event_key=source["record_key"],
            observed_at=source["observed_at"],
            index=mention.index,
            kind=mention.kind,
            role=mention.role,
            certainty=mention.certainty,
            values=_values(mention.values, mention.org),
        )
        for reading in readings
        if (source := complaints.get(reading.event_id))
        for mention in text_mentions(reading)
    ]
    for table, rows in text_rows(parties, list(complaints), app.lake, app.vault, version).items():
        if (news := _news(app, table, rows)).height:  # an empty append would only be one more commit to read
            app.lake.append(table, news, transaction=(name, 1))
    store_imprints(app, batch, readings, (name, 1))
    told = [
        reading_row(
            reading,
            app.vault.token,
            partial(phone_index, app.vault),
            version + (_AWAITS_HOME if reading.of_home and reading.event_id not in homes else ""),
        )
        for reading in readings
    ]
    app.lake.append("readings", pl.DataFrame(told, infer_schema_length=None), transaction=(name, 1))


def _news(app: App, table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Those rows that say something else than the lake does: what a reading says once more is nothing to resolve."""
    if "content_hash" not in rows.columns:  # nothing is said, only taken back
        return rows
    key = TABLES[table].key[0]
    before = app.lake.current(table, [key, "content_hash"], where=pl.col(key).is_in(rows[key].to_list()))
    return rows.join(before, on=[key, "content_hash"], how="anti")


def _values(values: dict[str, str], organization: str | None) -> dict[str, str]:
    """An organization found by the gazetteer goes by its registered name, however the text shortens it."""
    return values | ({"name": organization} if organization else {})
