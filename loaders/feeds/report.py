"""What a load did, in figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_LISTED = 100


@dataclass(slots=True)
class LoadCounts:
    """Counts that grow batch by batch and survive a restart.

    rows = accepted + quarantined; accepted = new + superseded + unchanged + duplicates + conflicts.
    """

    rows: int = 0
    accepted: int = 0
    quarantined: int = 0
    unchanged: int = 0
    superseded: int = 0
    duplicates: int = 0
    conflicts: int = 0
    conflict_lines: list[int] = field(default_factory=list)
    resolved: int = 0
    deleted: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    appended: dict[str, int] = field(default_factory=dict)

    def add_to(self, name: str, more: Counter[str] | dict[str, int]) -> None:
        """Add counts by name to `reasons`, `flags` or `appended`."""
        total = Counter(getattr(self, name))
        total.update(more)
        setattr(self, name, dict(sorted(total.items())))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class LoadReport:
    """One file's load.

    `status`: `loaded`, `unchanged` (this very file was loaded before; nothing was written but the load log),
    `failed` (see `error`), `unmatched` (no mapping fits its name). `counts.appended` has the rows written by table,
    `counts.conflict_lines` the lines whose row a later line of the same key replaced. `seconds` is wall time.
    """

    file: str
    status: str
    feed: str = ""
    label: str = ""
    format: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    load_id: str = ""
    resumed: bool = False
    seconds: float = 0.0
    counts: LoadCounts = field(default_factory=LoadCounts)
    error: dict[str, str] | None = None

    @property
    def rate(self) -> float:
        """Source rows a second."""
        return self.counts.rows / self.seconds if self.seconds else 0.0

    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = asdict(self)
        counts: dict[str, Any] = told.pop("counts")
        return {**told, **counts, "rate": round(self.rate, 1)}
