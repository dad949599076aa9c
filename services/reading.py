"""Read the complaints of the lake: what they say becomes readings, records of the parties, and relations."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import polars as pl

from core.clock import local_now
from core.progress import SILENT, Progress
from governance.access import AccessContext
from loaders.feeds.opening import open_events
from loaders.feeds.text_mentions import TextParty, text_rows
from nlp.layers import Amount, When
from nlp.reading import READER_VERSION, Reading, read_complaints, read_text, text_hash
from nlp.rows import reading_row, text_mentions
from services.app import App
from services.gazetteer import build_gazetteer

_BATCH: Final = 5_000
_COUNTED: Final = ("read", "with_place", "with_category", "parties", "urgent", "unreadable")
_WORTH_TWO_PROCESSES: Final = 2_000  # events below which a second process would start for nothing


def read_events(app: App, context: AccessContext, *, progress: Progress = SILENT) -> dict[str, int]:
    """Read each event whose text is new or changed, or was read by an older reader.

    Complaints are read for everything; other events only where their feed names no place or category. Returns counts:
    read, with_place, with_category, parties, urgent, unreadable.
    """
    app.audit.record(context, "complaints.read", [])
    counts: Counter[str] = Counter(dict.fromkeys(_COUNTED, 0))
    with app.writing():
        todo = _unread(app)
        if todo.is_empty():
            return dict(counts)
        gazetteer = build_gazetteer(app)
        for batch in todo.iter_slices(_BATCH):
            texts = batch.select("event_id", "text", "reported_at").iter_rows()
            processes = 2 if todo.height >= _WORTH_TWO_PROCESSES else 1
            readings = list(read_complaints(texts, gazetteer, processes=processes, progress=progress))
            _store(app, batch, readings)
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


def preview(app: App, context: AccessContext, text: str) -> dict[str, Any]:
    """What the reader makes of one text; nothing is stored."""
    app.audit.record(context, "complaints.preview", [])
    reading = read_text(text, build_gazetteer(app), at=local_now())
    category = f"{reading.category_name}（{reading.category_score:.2f}）" if reading.category else "不确定，请人工判断"
    rows: list[tuple[str, str]] = [
        ("分类", category),
        ("地点", reading.place.text if reading.place else reading.place_text or "未读出"),
        ("紧急程度", "、".join((reading.urgency, *reading.urgency_reasons))),
    ]
    rows += [(f"当事方·{one.role}", f"{one.surface}（{one.kind}，{one.certainty:.2f}）") for one in reading.parties]
    rows += [("时间", _told(text, one)) for one in reading.times]
    rows += [
        ("数额", f"{_words(text, one)} → {'约 ' if one.about else ''}{one.value:g} {one.unit}")
        for one in reading.amounts
    ]
    rows += [("说明", reading.reason)] if reading.reason else []
    return {"title": text[:30] + ("…" if len(text) > 30 else ""), "rows": rows}


def _words(text: str, span: When | Amount) -> str:
    return text[span.start : span.end]


def _told(text: str, when: When) -> str:
    begin, until = (moment.isoformat(" ", "minutes") if moment else "…" for moment in (when.begin, when.until))
    return f"{_words(text, when)} → {begin} 至 {until}" if when.begin or when.until else _words(text, when)


def _unread(app: App) -> pl.DataFrame:
    known = app.lake.current("readings", ["event_id", "text_hash", "reader"]).filter(pl.col("reader") == READER_VERSION)
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


def _store(app: App, batch: pl.DataFrame, readings: list[Reading]) -> None:
    """Parties first, readings last: an event counts as read only when all that was read of it is in the lake.

    The transaction is named by what is read, so that a batch repeated after a crash writes only what is missing.
    """
    name = "nlp/" + app.vault.token(READER_VERSION, *batch["event_id"], *batch["text_hash"])
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
    for table, rows in text_rows(parties, list(complaints), app.lake, app.vault, READER_VERSION).items():
        if rows.height:  # an empty append would only be one more commit to read
            app.lake.append(table, rows, transaction=(name, 1))
    told = [reading_row(reading, app.vault.token) for reading in readings]
    app.lake.append("readings", pl.DataFrame(told, infer_schema_length=None), transaction=(name, 1))


def _values(values: dict[str, str], organization: str | None) -> dict[str, str]:
    """An organization found by the gazetteer goes by its registered name, however the text shortens it."""
    return values | ({"name": organization} if organization else {})
