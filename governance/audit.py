"""The audit log: one line for each read of personal data, appended and chained.

A line says who, in which role, for what, did what, to which entities; it holds no personal value. Each line carries
the digest of the one before it, so that a line taken out or changed shows (`verify`). One file a month.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
from filelock import FileLock

from core.errors import HomeNotWritable
from governance.access import AccessContext

_MAX_IDS = 200  # a list read names its first ids and their number
_START = "0" * 32


class AuditLog:
    """Appends audit lines under `folder`; safe for threads and for several processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._tail: tuple[Path, int, str] | None = None  # file, size, digest of its last line

    def record(self, context: AccessContext, action: str, ids: Iterable[str]) -> None:
        """Append one line. Raises `HomeNotWritable`: a read that cannot be audited does not happen."""
        listed = list(ids)
        now = datetime.now(UTC)
        entry = {
            "at": now.isoformat(timespec="milliseconds"),
            "subject": context.subject,
            "role": context.role.value,
            "purpose": context.purpose,
            "case": context.case,
            "action": action,
            "ids": listed[:_MAX_IDS],
            "count": len(listed),
        }
        path = self._folder / f"audit-{now:%Y-%m}.jsonl"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._guard, FileLock(self._folder / ".lock"), path.open("ab") as file:
                entry["previous"] = self._last_digest(path, file.tell())
                line = orjson.dumps(entry)
                file.write(line + b"\n")
                self._tail = (path, file.tell(), _digest(line))
        except OSError as error:
            raise HomeNotWritable(f"审计日志无法写入：{error.strerror}") from None

    def _last_digest(self, path: Path, size: int) -> str:
        if self._tail and self._tail[:2] == (path, size):
            return self._tail[2]
        lines = path.read_bytes().splitlines() if size else []
        return _digest(lines[-1]) if lines else _START

    def entries(self) -> Iterator[dict[str, object]]:
        """All entries, oldest first."""
        for path in sorted(self._folder.glob("audit-*.jsonl")):
            with path.open("rb") as file:
                for line in file:
                    yield orjson.loads(line)

    def verify(self) -> list[str]:
        """The places (`file:line`) whose chain is broken; empty when the log is whole."""
        broken = []
        for path in sorted(self._folder.glob("audit-*.jsonl")):
            previous = _START
            for number, line in enumerate(path.read_bytes().splitlines(), 1):
                if orjson.loads(line)["previous"] != previous:
                    broken.append(f"{path.name}:{number}")
                previous = _digest(line)
        return broken


def _digest(line: bytes) -> str:
    return hashlib.blake2b(line, digest_size=16).hexdigest()
