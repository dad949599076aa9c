"""Rows that were set aside: listing them, showing one, and reading them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
import polars as pl

from core.clock import local_now
from core.errors import FeedUnknown, QuarantineEntryUnknown
from core.progress import SILENT, Progress
from core.sealing import Vault
from loaders.feeds.catalogue import builtin_mappings, mapping_digest
from loaders.feeds.commit import Committer
from loaders.feeds.mapping import Mapping
from loaders.feeds.parsing import OPEN, RESOLVED, RETRIED, ROW, Chunk, ChunkParser, FileContext, Parsed
from loaders.feeds.report import LoadCounts
from loaders.feeds.sources.delimited import record_again
from loaders.feeds.sources.model import Row
from loaders.lake.schema import TABLES
from loaders.lake.store import Lake

_SHOWN = ("entry_id", "feed", "file", "line", "column", "field_label", "reason", "message", "remedy", "status")
_KEPT_STARS = 7
# Bytes that are no text of the file's encoding: no rule of ours can change what they say, only a corrected file.
UNDECODED = "row.encoding"


@dataclass(slots=True)
class ShownEntry:
    """One entry. `cells` is the row as delivered, by column, in clear: personal data, to be shown under an access
    context only; `masked` the same with all but first characters hidden. Both are empty where the row is not kept.
    """

    entry: dict[str, Any]
    cells: dict[str, str] = field(default_factory=dict)
    masked: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RetryReport:
    """`tried` = `accepted` + `remaining`; `skipped` are rows that were not kept or not decoded, or whose
    feed has no mapping here."""

    tried: int = 0
    accepted: int = 0
    remaining: int = 0
    skipped: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def list_entries(lake: Lake, *, feed: str | None = None, resolved: bool = False) -> pl.DataFrame:
    """Entries without their rows, by feed, file and line; settled ones only if `resolved`."""
    where = None if feed is None else pl.col("feed") == feed
    entries = lake.current("quarantine", _SHOWN, where=where)
    entries = entries if resolved else entries.filter(pl.col("status") != RESOLVED)
    return entries.sort("feed", "file", "line", "entry_id")


def show_entry(lake: Lake, vault: Vault, entry_id: str) -> ShownEntry:
    """Raises `QuarantineEntryUnknown`."""
    found = lake.current("quarantine", [*_SHOWN, "row_sealed"], where=pl.col("entry_id") == entry_id)
    if not found.height:
        raise QuarantineEntryUnknown(f"没有编号为 {entry_id[:40]} 的隔离记录")
    entry = found.row(0, named=True)
    sealed = entry.pop("row_sealed")
    shown = ShownEntry(entry)
    if sealed is not None:
        shown.cells = _cells(orjson.loads(vault.open(sealed, field="row", owner=entry_id)))
        shown.masked = {name: _masked(text) for name, text in shown.cells.items()}
    return shown


def _cells(raw: dict[str, Any]) -> dict[str, str]:
    if "cells" in raw:
        return {name: text or "" for name, text in zip(raw["columns"], raw["cells"], strict=False)}
    return {"（整行）": raw["text"]}


def _masked(text: str) -> str:
    """A value may stand in the wrong column, so no value type is trusted with it."""
    return text[:1] + "*" * min(len(text) - 1, _KEPT_STARS)


def retry(
    lake: Lake,
    vault: Vault,
    *,
    mappings: dict[str, Mapping] | None = None,
    feed: str | None = None,
    entry_ids: Iterable[str] | None = None,
    progress: Progress = SILENT,
) -> RetryReport:
    """Read set-aside rows again, by the present mappings and value rules; what passes is loaded and settled.

    Rows whose corrected version was loaded meanwhile are settled already and not touched. Raises `FeedUnknown` when
    `feed` has no mapping, `QuarantineEntryUnknown` for an entry id that does not exist, and errors of the lake.
    """
    known = builtin_mappings() if mappings is None else mappings
    if feed is not None and feed not in known:
        raise FeedUnknown(
            f"没有来源 {feed} 的映射，无法重试", remedy="自备映射的来源请带 --mapping 重新加载原文件；好的行不会重复。"
        )
    entries = _outstanding(lake, feed, entry_ids)
    report = RetryReport()
    with progress.task("重试隔离的行", total=entries.height) as task:
        for (name,), part in entries.group_by("feed", maintain_order=True):
            mapping = known.get(str(name))
            kept = part.filter(pl.col("row_sealed").is_not_null() & (pl.col("reason") != UNDECODED))
            report.skipped += part.height - kept.height if mapping else part.height
            if mapping and kept.height:
                _retry_feed(lake, vault, mapping, kept, report)
            task.advance(part.height)
    return report


def _outstanding(lake: Lake, feed: str | None, entry_ids: Iterable[str] | None) -> pl.DataFrame:
    where = None if feed is None else pl.col("feed") == feed
    entries = lake.current("quarantine", where=where)
    if entry_ids is not None:
        wanted = list(entry_ids)
        unknown = set(wanted) - set(entries["entry_id"])
        if unknown:
            raise QuarantineEntryUnknown(f"没有编号为 {min(unknown)[:40]} 的隔离记录")
        entries = entries.filter(pl.col("entry_id").is_in(wanted))
    return entries.filter(pl.col("status").is_in([OPEN, RETRIED]))


def _retry_feed(lake: Lake, vault: Vault, mapping: Mapping, entries: pl.DataFrame, report: RetryReport) -> None:
    ids = entries["entry_id"].to_list()
    load_id = "loa_" + vault.token("retry", mapping_digest(mapping), *sorted(ids))
    parsed = [
        part
        for columns, rows in _by_columns(vault, entries).items()
        for part in [_parse(vault, mapping, load_id, columns, rows)]
    ]
    counts = LoadCounts()
    refused = pl.concat([part.quarantine for part in parsed])
    for part in parsed:
        part.quarantine = part.quarantine.clear()
    Committer(lake, mapping.feed, load_id).commit(parsed, len(ids), counts)
    still = {row[ROW]: row for row in refused.iter_rows(named=True)}
    _settle(lake, entries, still, load_id)
    report.tried += len(ids)
    report.remaining += len(still)
    report.accepted += len(ids) - len(still)
    report.reasons = dict(Counter(report.reasons) + Counter(row["reason"] for row in still.values()))


def _by_columns(vault: Vault, entries: pl.DataFrame) -> dict[tuple[str, ...] | None, list[tuple[int, int, Row]]]:
    """(position, line, row) by the columns of the file that the row came from."""
    groups: dict[tuple[str, ...] | None, list[tuple[int, int, Row]]] = {}
    for place, entry in enumerate(entries.iter_rows(named=True)):
        raw = orjson.loads(vault.open(entry["row_sealed"], field="row", owner=entry["entry_id"]))
        columns = tuple(raw["columns"]) if "columns" in raw else None
        groups.setdefault(columns, []).append((place, entry["line"], _row(raw, columns)))
    return groups


def _row(raw: dict[str, Any], columns: Sequence[str] | None) -> Row:
    if "cells" in raw:
        return list(raw["cells"])
    if columns is not None:
        return record_again(raw["text"], raw.get("delimiter") or ",", len(columns))
    return str(raw["text"]).encode()


def _parse(
    vault: Vault,
    mapping: Mapping,
    load_id: str,
    columns: tuple[str, ...] | None,
    rows: list[tuple[int, int, Row]],
) -> Parsed:
    """Parse rows whose positions are not consecutive: one chunk, positions put right afterwards."""
    context = FileContext(mapping, columns, None, "", load_id, local_now())
    parsed = ChunkParser(context, vault).parse(Chunk(0, [line for _, line, _ in rows], [row for _, _, row in rows]))
    places = pl.Series([place for place, _, _ in rows], dtype=pl.Int64)
    put_right = pl.col(ROW).replace_strict(pl.int_range(0, len(rows), eager=True), places, return_dtype=pl.Int64)
    parsed.rows = parsed.rows.with_columns(put_right)
    parsed.quarantine = parsed.quarantine.with_columns(put_right)
    parsed.tables = {table: frame.with_columns(put_right) for table, frame in parsed.tables.items()}
    return parsed


def _settle(lake: Lake, entries: pl.DataFrame, still: dict[int, dict[str, Any]], load_id: str) -> None:
    """Append the new state of each entry whose state changed; the sealed row leaves with the fault."""
    # Entries that know their row's key were settled with the commit.
    states = lake.current("quarantine", ["entry_id", "status"], where=pl.col("feed") == entries["feed"][0])
    done = set(states.filter(pl.col("status") == RESOLVED)["entry_id"])
    changed = []
    for place, entry in enumerate(entries.drop("seq", "deleted").iter_rows(named=True)):
        fault = still.get(place)
        if fault is None and entry["entry_id"] not in done:
            changed.append({**entry, "status": RESOLVED, "row_sealed": None, "load_id": load_id})
        elif fault is not None and (entry["status"], entry["reason"]) != (RETRIED, fault["reason"]):
            told = {name: fault[name] for name in ("column", "field_label", "reason", "message", "remedy")}
            changed.append({**entry, **told, "row_id": fault["row_id"], "status": RETRIED})
    if changed:
        schema = {name: dtype for name, dtype in TABLES["quarantine"].columns.items() if name not in ("seq", "deleted")}
        lake.append("quarantine", pl.DataFrame(changed, schema=schema))
