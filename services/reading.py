"""Read the complaints of the lake: what they say becomes readings, records of the parties, and relations."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Final

import polars as pl

from core.progress import SILENT, Progress
from governance.access import AccessContext
from loaders.feeds.opening import open_events
from loaders.feeds.text_mentions import TextParty, text_rows
from nlp.reading import Item, Reading, read_complaints, reader_version, text_hash
from nlp.rows import reading_row, text_mentions
from services.app import App
from services.confirmed import as_confirmed
from services.gazetteer import current_gazetteer
from services.imprints import store_imprints
from services.meant import phone_index
from services.text_models import models_in_use

_BATCH: Final = 5_000
_COUNTED: Final = ("read", "with_place", "with_category", "parties", "urgent", "unreadable")
_WORTH_TWO_PROCESSES: Final = 2_000  # events below which a second process would start for nothing


def read_events(app: App, context: AccessContext, *, again: bool = True, progress: Progress = SILENT) -> dict[str, int]:
    """Read each event whose text is new or changed, and with `again` each that another reader has read.

    Complaints are read for everything; other events only where their feed names no place or category. Returns counts:
    read, with_place, with_category, parties, urgent, unreadable.
    """
    app.audit.record(context, "complaints.read", [])
    counts: Counter[str] = Counter(dict.fromkeys(_COUNTED, 0))
    with app.writing():
        models = models_in_use(app)
        version = reader_version(models)
        todo = _unread(app, version if again else None)
        if todo.is_empty():
            return dict(counts)
        gazetteer = current_gazetteer(app)
        for batch in todo.iter_slices(_BATCH):
            told = batch.select("event_id", "text", "reported_at").iter_rows()
            texts = (Item(event_id, text, _moment(at)) for event_id, text, at in told)
            processes = 2 if todo.height >= _WORTH_TWO_PROCESSES else 1
            readings = list(read_complaints(texts, gazetteer, models=models, processes=processes, progress=progress))
            readings = as_confirmed(batch, readings)
            _store(app, version, batch, readings)
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


def _unread(app: App, version: str | None) -> pl.DataFrame:
    """Events that this version has not read; None: that none has."""
    known = app.lake.current("readings", ["event_id", "text_hash", "reader"])
    known = known if version is None else known.filter(pl.col("reader") == version)
    # An event that was read and has not come again is not opened: its text is the one that was read.
    again = app.lake.scan("events").select("event_id").filter(pl.col("event_id").is_duplicated()).collect()
    settled = known.join(again, on="event_id", how="anti")
    heads = app.lake.current("events", ["event_id", "kind", "address", "category", "text"])
    wanted = heads.filter(
        pl.col("text").is_not_null(),
        (pl.col("kind") == "complaint") | pl.col("address").is_null() | pl.col("category").is_null(),
    ).join(settled, on="event_id", how="anti")
    events = open_events(app.lake, app.vault, where=pl.col("event_id").is_in(wanted["event_id"].to_list()))
    hashes = pl.Series("text_hash", [app.vault.token(text_hash(text)) for text in events["text"]], dtype=pl.String)
    return events.with_columns(hashes).join(known, on=["event_id", "text_hash"], how="anti").sort("event_id")


def _moment(stamp: str | None) -> datetime | None:
    """The local moment of a call, as the lake has it (ISO text), None where it is none."""
    try:
        return datetime.fromisoformat(stamp[:19]) if stamp else None
    except ValueError:
        return None


def _store(app: App, version: str, batch: pl.DataFrame, readings: list[Reading]) -> None:
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
        if rows.height:  # an empty append would only be one more commit to read
            app.lake.append(table, rows, transaction=(name, 1))
    store_imprints(app, batch, readings, (name, 1))
    told = [reading_row(reading, app.vault.token, partial(phone_index, app.vault), version) for reading in readings]
    app.lake.append("readings", pl.DataFrame(told, infer_schema_length=None), transaction=(name, 1))


def _values(values: dict[str, str], organization: str | None) -> dict[str, str]:
    """An organization found by the gazetteer goes by its registered name, however the text shortens it."""
    return values | ({"name": organization} if organization else {})
