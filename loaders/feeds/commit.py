"""Batches of parsed rows into the lake: only what is new or changed, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from loaders.feeds.parsing import OPEN, RESOLVED, RETRIED, ROW, Parsed
from loaders.feeds.report import MAX_LISTED, LoadCounts
from loaders.lake.schema import TABLES
from loaders.lake.store import Lake

_KNOWN = ("row_id", "content_hash", "load_id")
_ENTRY = ("entry_id", "row_id", "status", "reason", "column")


class Committer:
    """Writes the batches of one load.

    A row whose content hash equals the current one is not written again. What an earlier version of a row said and
    the present one no longer says (a party less in the list) is deleted by a row with `deleted`. Each table of a
    batch is one transaction numbered by the batch's last row, so that a batch that is repeated after a crash writes
    only the tables that are missing.
    """

    def __init__(self, lake: Lake, feed: str, load_id: str) -> None:
        self._lake = lake
        self._feed = feed
        self._load_id = load_id
        self._known: dict[str, pl.DataFrame] = {}
        self._entries = lake.current("quarantine", _ENTRY, where=pl.col("feed") == feed)

    def commit(self, parsed: Sequence[Parsed], end: int, counts: LoadCounts) -> None:
        """Write one batch, whose last row has the number `end`, and add to `counts`."""
        rows = pl.concat([part.rows for part in parsed])
        kept = rows.unique("row_id", keep="last", maintain_order=True)
        fresh, superseded = pl.Series(dtype=pl.String), pl.Series(dtype=pl.String)
        for table in parsed[0].tables:
            frame = pl.concat([part.tables[table] for part in parsed]).join(kept, on=ROW, how="semi")
            new, replaced = self._write(table, frame, kept, end, counts)
            fresh, superseded = fresh.append(new), superseded.append(replaced)
        fresh_rows = kept.join(pl.DataFrame({"row_id": fresh.unique()}), on="row_id", how="semi")
        self._count(rows, kept, counts)
        counts.unchanged += kept.height - fresh_rows.height
        counts.superseded += superseded.n_unique()
        refused = pl.concat([part.quarantine for part in parsed])
        counts.rows += sum(part.count for part in parsed)
        counts.quarantined += refused.height
        counts.add_to("reasons", Counter(refused["reason"].to_list()))
        for part in parsed:
            counts.add_to("flags", part.flags)
        self._quarantine(refused, fresh_rows, end, counts)

    def _write(
        self, table: str, frame: pl.DataFrame, kept: pl.DataFrame, end: int, counts: LoadCounts
    ) -> tuple[pl.Series, pl.Series]:
        """Append what differs; returns the row ids that this load made new, and of those that replaced another."""
        key = TABLES[table].key[0]
        known = self._current(table, key)
        frame = frame.unique(key, keep="last", maintain_order=True)
        before = known.select(key, pl.col("content_hash").alias("_hash"), pl.col("load_id").alias("_load"))
        joined = frame.join(before, on=key, how="left", maintain_order="left")
        differs = pl.col("_hash").is_null() | (pl.col("_hash") != pl.col("content_hash"))
        changed = joined.filter(differs)
        gone = known.join(kept, on="row_id", how="semi", maintain_order="left").join(
            frame, on=key, how="anti", maintain_order="left"
        )
        mine = joined.filter(pl.col("_load") == self._load_id)
        replaced = changed.filter(pl.col("_hash").is_not_null())
        changed = changed.drop(ROW, "_hash", "_load")
        if changed.height or gone.height:
            deletions = gone.select(
                key,
                "row_id",
                pl.lit(self._feed).alias("feed"),
                pl.lit(self._load_id).alias("load_id"),
                pl.lit(value=True).alias("deleted"),
            )
            self._lake.append(table, pl.concat([changed, deletions], how="diagonal"), transaction=(self._load_id, end))
            touched = pl.concat([changed.select(key), gone.select(key)])
            self._known[table] = pl.concat(
                [known.join(touched, on=key, how="anti"), changed.select(key, *_KNOWN)], rechunk=False
            )
            counts.add_to("appended", {table: changed.height})
            counts.deleted += gone.height
        fresh = pl.concat([changed["row_id"], gone["row_id"], mine["row_id"]])
        return fresh, pl.concat([replaced["row_id"], gone["row_id"]]).unique()

    def _current(self, table: str, key: str) -> pl.DataFrame:
        if table not in self._known:
            self._known[table] = self._lake.current(table, [key, *_KNOWN], where=pl.col("feed") == self._feed)
        return self._known[table]

    def _count(self, rows: pl.DataFrame, kept: pl.DataFrame, counts: LoadCounts) -> None:
        counts.accepted += rows.height
        if rows.height == kept.height:
            return
        earlier = rows.join(kept, on=ROW, how="anti").join(
            kept.select("row_id", pl.col("row_hash").alias("_hash")), on="row_id", how="left"
        )
        conflicts = earlier.filter(pl.col("row_hash") != pl.col("_hash"))
        counts.duplicates += earlier.height - conflicts.height
        counts.conflicts += conflicts.height
        counts.conflict_lines = [*counts.conflict_lines, *conflicts["line"].to_list()][:MAX_LISTED]

    def _quarantine(self, refused: pl.DataFrame, fresh: pl.DataFrame, end: int, counts: LoadCounts) -> None:
        """Entries of refused rows, and the settling of those whose row has now been accepted."""
        refused = refused.unique("entry_id", keep="last", maintain_order=True)
        before = self._entries.drop("row_id").rename({"status": "_status", "reason": "_reason", "column": "_column"})
        joined = refused.join(before, on="entry_id", how="left", maintain_order="left")
        other_fault = (pl.col("_reason") != pl.col("reason")) | (pl.col("_column") != pl.col("column"))
        new = joined.filter(pl.col("_status").is_null() | ((pl.col("_status") != RESOLVED) & other_fault))
        accepted = fresh.select("row_id", pl.col(ROW).alias("_accepted"))
        new = new.join(accepted, on="row_id", how="left", maintain_order="left").with_columns(
            pl.when(pl.col("_accepted") > pl.col(ROW)).then(pl.lit(RESOLVED)).otherwise(pl.lit(OPEN)).alias("status")
        )
        new = new.drop(ROW, "_accepted", "_status", "_reason", "_column")
        settled = (
            self._entries.filter(pl.col("status").is_in([OPEN, RETRIED]))
            .join(fresh, on="row_id", how="semi", maintain_order="left")
            .join(new, on="entry_id", how="anti", maintain_order="left")
        )
        counts.resolved += settled.height + new.filter(pl.col("status") == RESOLVED).height
        if not new.height and not settled.height:
            return
        closing = self._closing(settled)
        self._lake.append("quarantine", pl.concat([new, closing], how="diagonal"), transaction=(self._load_id, end))
        written = pl.concat([new.select(_ENTRY), closing.select(_ENTRY)])
        self._entries = pl.concat([self._entries.join(written, on="entry_id", how="anti"), written])

    def _closing(self, settled: pl.DataFrame) -> pl.DataFrame:
        """The settled entries as resolved ones; the sealed row is not carried on, it has served its purpose."""
        ids = settled["entry_id"].to_list()
        full = self._lake.current("quarantine", where=pl.col("entry_id").is_in(ids))
        return full.drop("seq", "deleted").with_columns(
            pl.lit(RESOLVED).alias("status"),
            pl.lit(self._load_id).alias("load_id"),
            pl.lit(None, dtype=pl.Binary).alias("row_sealed"),
        )
