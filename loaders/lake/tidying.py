"""Many small files of a table made few: every append leaves one, and each costs every later read an opening.

No row changes: the history of the lake is in its rows (`seq`), and nothing reads an older version of a table. The files
that were made one stay for `KEPT_HOURS`, for readers that have them open, and are deleted by a later tidying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from deltalake import DeltaTable

WHOLE_BYTES: Final = 8 * 1024 * 1024
"""Files from this size on stay as they are, so that a tidying writes no more than that much of a table again."""
SMALL_BYTES: Final = 1024 * 1024
"""Files below it are counted; what a change appends has 10 to 30 kB. What a tidying leaves is seldom one of them."""
MANY: Final = 24
"""So many small files are worth a tidying."""
KEPT_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Tidied:
    """What tidying a table came to: its files before and after, and how many files past use were deleted."""

    table: str
    before: int
    after: int
    deleted: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def worth_tidying(sizes: Sequence[int], many: int = MANY) -> bool:
    """Whether files of these sizes (bytes) are too many small ones."""
    return sum(size < SMALL_BYTES for size in sizes) >= max(many, 2)


def compact(table: DeltaTable) -> None:
    """Make the files of a table few, of `WHOLE_BYTES` each at most. One commit; a reader sees either state."""
    # A commit for all bins together, whatever their number.
    table.optimize.compact(target_size=WHOLE_BYTES, min_commit_interval=timedelta(days=1))


def delete_unused(table: DeltaTable, hours: int = KEPT_HOURS) -> int:
    """Delete the files that no state of the table within `hours` holds; how many there were."""
    unused = table.vacuum(retention_hours=hours, enforce_retention_duration=False, dry_run=True)
    if unused:
        table.vacuum(retention_hours=hours, enforce_retention_duration=False, dry_run=False)
    return len(unused)
