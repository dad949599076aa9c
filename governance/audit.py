"""The audit log: one line for each read of personal data, appended and chained.

A line says who, in which role, for what, did what, to which entities; it holds no personal value. Each line carries
the digest of the one before it, so that a line taken out or changed shows (`verify`). One file a month.

Lines that wait at the same time are written together: opening and locking the file costs ten times what a line costs.
`record` returns when its own line is in the file, and not before.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import orjson

from core.errors import HomeNotWritable
from governance.access import AccessContext

if sys.platform == "win32":
    from filelock import FileLock
else:
    import fcntl

Read = tuple[AccessContext, str, Iterable[str]]
"""Who read, by which action, which entities."""

_MAX_IDS = 200  # a list read names its first ids and their number
_START = "0" * 32
_TAIL = 16 * 1024  # holds the last line, mostly


class _Waiting:
    """Lines on their way into the file, as JSON objects that lack their last member."""

    __slots__ = ("error", "lines", "written")

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.written = False
        self.error: BaseException | None = None


class AuditLog:
    """Appends audit lines under `folder`; safe for threads and for several processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._writing = threading.Lock()
        self._tail: tuple[Path, int, str] | None = None  # file, size, digest of its last line

    def record(self, context: AccessContext, action: str, ids: Iterable[str]) -> None:
        """Append one line. Raises `HomeNotWritable`: a read that cannot be audited does not happen."""
        self.record_all([(context, action, ids)])

    def record_all(self, reads: Iterable[Read]) -> None:
        """Append one line for each read, all of them or none. Raises `HomeNotWritable`."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        waiting = _Waiting([_line(now, *read) for read in reads])
        if not waiting.lines:
            return
        with self._queueing:
            self._queue.append(waiting)
        with self._writing:
            if not waiting.written:  # whoever held the lock before may have taken these lines along
                self._write_queue()
        if isinstance(waiting.error, OSError):
            raise HomeNotWritable(f"审计日志无法写入：{waiting.error.strerror}") from None
        if waiting.error:
            raise waiting.error

    def _write_queue(self) -> None:
        with self._queueing:
            group, self._queue = self._queue, []
        error = None
        try:
            self._append([line for waiting in group for line in waiting.lines])
        except BaseException as failure:  # noqa: BLE001 - each of those who wait raises it
            error = failure
        for waiting in group:
            waiting.written, waiting.error = True, error

    def _append(self, lines: list[bytes]) -> None:
        path = self._folder / f"audit-{datetime.now(UTC):%Y-%m}.jsonl"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("a+b", buffering=0) as file, _alone(file, path):
            size = file.seek(0, os.SEEK_END)
            known = self._tail is not None and self._tail[:2] == (path, size)
            previous, written = (self._tail[2], b"") if self._tail and known else _end_of(file, size)
            for line in lines:
                whole = line[:-1] + b',"previous":"' + previous.encode() + b'"}'
                previous = _digest(whole)
                written += whole + b"\n"
            _write_whole(file, written, size)
            self._tail = (path, size + len(written), previous)

    def entries(self) -> Iterator[dict[str, object]]:
        """All entries, oldest first; `verify` tells of lines that cannot be read."""
        for path in sorted(self._folder.glob("audit-*.jsonl")):
            with path.open("rb") as file:
                for line in file:
                    entry = _read(line)
                    if entry is not None:
                        yield entry

    def verify(self) -> list[str]:
        """The places (`file:line`) whose chain is broken; empty when the log is whole."""
        broken = []
        for path in sorted(self._folder.glob("audit-*.jsonl")):
            previous = _START
            with path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    entry = _read(line)
                    if entry is None or entry.get("previous") != previous:
                        broken.append(f"{path.name}:{number}")
                    previous = _digest(line.removesuffix(b"\n"))
        return broken


@contextmanager
def _alone(file: BinaryIO, path: Path) -> Iterator[None]:
    """Keep other processes away until the file is closed; the lock of the system itself, for it is 15 times cheaper."""
    if sys.platform == "win32":
        with FileLock(path.with_suffix(".lock")):
            yield
    else:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _line(at: str, context: AccessContext, action: str, ids: Iterable[str]) -> bytes:
    listed = list(ids)
    return orjson.dumps(
        {
            "at": at,
            "subject": context.subject,
            "role": context.role.value,
            "purpose": context.purpose,
            "case": context.case,
            "action": action,
            "ids": listed[:_MAX_IDS],
            "count": len(listed),
        }
    )


def _read(line: bytes) -> dict[str, object] | None:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None  # a process was killed while it wrote
    return entry if isinstance(entry, dict) else None


def _end_of(file: BinaryIO, size: int) -> tuple[str, bytes]:
    """The digest of the last line, and what must come before the next one: an end for a line that has none."""
    if not size:
        return _START, b""
    taken = _TAIL
    while True:
        file.seek(max(0, size - taken))
        end = file.read(taken)
        lines = end.splitlines()
        if len(lines) > 1 or taken >= size:
            return _digest(lines[-1]), b"" if end.endswith(b"\n") else b"\n"
        taken *= 2


def _write_whole(file: BinaryIO, data: bytes, size: int) -> None:
    """Append `data` to a file of `size` bytes; after a failure (a full disk) no part of it is left."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        os.ftruncate(file.fileno(), size)
        raise


def _digest(line: bytes) -> str:
    return hashlib.blake2b(line, digest_size=16).hexdigest()
