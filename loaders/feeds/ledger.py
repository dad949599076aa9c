"""The load log: which file was loaded with which mapping, and how far a load has come."""

from __future__ import annotations

import orjson
import polars as pl

from core.clock import local_now
from core.sealing import Vault
from loaders.feeds.catalogue import mapping_digest
from loaders.feeds.mapping import Mapping
from loaders.feeds.report import LoadCounts
from loaders.feeds.sealing import safe
from loaders.lake.store import Lake

RUNNING, FAILED, LOADED, UNCHANGED = "running", "failed", "loaded", "unchanged"


class Ledger:
    """The entry of one load in the table `loads`; a row of it for each batch."""

    def __init__(self, lake: Lake, vault: Vault, mapping: Mapping, file: str, content_digest: str) -> None:
        self._lake = lake
        self._feed = mapping.feed
        self.file = safe(file)
        self._file_digest = vault.token("file", content_digest)
        self._mapping_digest = vault.token("mapping", mapping_digest(mapping))
        same = (
            (pl.col("feed") == self._feed)
            & (pl.col("file_digest") == self._file_digest)
            & (pl.col("mapping_digest") == self._mapping_digest)
        )
        earlier = lake.current("loads", where=same)
        self.counts = LoadCounts()
        self.started_at = local_now()
        self.resumed = False
        self.finished_before = False
        attempt = str(earlier.height)
        self.load_id = "loa_" + vault.token("load", self._feed, self._file_digest, self._mapping_digest, attempt)
        if not earlier.height:
            return
        last = earlier.row(-1, named=True)
        self.finished_before = last["status"] in (LOADED, UNCHANGED)
        if self.finished_before:
            done = earlier.filter(pl.col("status") == LOADED).row(-1, named=True)
            self.counts = LoadCounts(**orjson.loads(done["detail"]))
        else:
            self.resumed = True
            self.load_id, self.started_at = last["load_id"], last["started_at"]
            self.counts = LoadCounts(**orjson.loads(last["detail"]))

    def write(self, status: str) -> None:
        """Append the state of this load."""
        counts = self.counts
        row = {
            "load_id": self.load_id,
            "feed": self._feed,
            "file": self.file,
            "file_digest": self._file_digest,
            "mapping_digest": self._mapping_digest,
            "rows": counts.rows,
            "accepted": counts.accepted,
            "quarantined": counts.quarantined,
            "unchanged": counts.unchanged,
            "superseded": counts.superseded,
            "started_at": self.started_at,
            "finished_at": None if status == RUNNING else local_now(),
            "status": status,
            "detail": orjson.dumps(counts.as_dict()).decode(),
        }
        self._lake.append("loads", pl.DataFrame([row]))
