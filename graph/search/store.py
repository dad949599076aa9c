"""The file of the index: one SQLite database, made whole under a new name or changed in one transaction.

    entry   one searchable value: where it comes from, its text
    term    what finds an entry beside its text
    object  which objects have that value
    mark    what of the lake's log is in here, written in the transaction that puts it in

Readers open the newest file read-only for one search (0.2 ms) and never wait for a writer (WAL). A rebuild writes
another file beside it and renames it, so that a reader sees the old one or the new one and no half of either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import orjson

from core.errors import DiskFull, GraphNotProjected, HomeNotWritable
from graph.search.terms import SOURCES, VERSION, Entry, terms

Change = tuple[str, list[Entry]]
"""An object's id and everything that it can now be found by; nothing for one that is gone."""

_SCHEMA: Final = """
CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE entry (entry INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL, text TEXT NOT NULL);
CREATE TABLE term (term TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (term, entry)) WITHOUT ROWID;
CREATE TABLE object (entry INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (entry, id)) WITHOUT ROWID;
"""
# Made when all rows are in: sorting them once takes a third of the time that keeping them sorted does.
_INDEXES: Final = """
CREATE UNIQUE INDEX entry_text ON entry (source, text);
CREATE INDEX object_id ON object (id);
"""
_NUMBER_OF: Final = {source: number for number, source in enumerate(SOURCES)}
_ROWS: Final = 50_000
_NAME: Final = "index-{:06}.db"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the log is in the index: its highest `seq`, the digest of the row that has it, and how many rows below it
    are gone from the log (erasure takes them out).
    """

    seq: int
    digest: str
    gone: int


def newest(folder: Path) -> Path | None:
    """The file that readers read; None where there is none."""
    return max(folder.glob("index-[0-9]*.db"), default=None)


def mark(folder: Path) -> Mark | None:
    """What the index says of itself; None for one that is missing, damaged or of another version."""
    path = newest(folder)
    if path is None:
        return None
    try:
        with closing(_connect(path, "ro")) as file:
            rows = dict(file.execute("SELECT name, value FROM mark").fetchall())
            return Mark(**orjson.loads(rows["lake"])) if rows.get("version") == VERSION else None
    except (sqlite3.DatabaseError, KeyError, TypeError, ValueError):
        return None


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one search. Raises `GraphNotProjected` where no index of this version is readable."""
    try:
        file = _opened(folder)
        with closing(file):
            yield file
    except sqlite3.DatabaseError:
        raise GraphNotProjected("搜索索引无法读取", remedy="请运行 weinao project --rebuild。") from None


def _opened(folder: Path) -> sqlite3.Connection:
    for _ in range(2):  # a rebuild may take the file away between looking and opening
        path = newest(folder)
        if path is None:
            break
        try:
            file = _connect(path, "ro")
            version = file.execute("SELECT value FROM mark WHERE name = 'version'").fetchone()
        except sqlite3.OperationalError:
            if path.exists():
                raise
            continue
        if version != (VERSION,):
            file.close()
            break
        return file
    raise GraphNotProjected("搜索索引尚未建立", remedy="请运行 weinao project。")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    file = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10, isolation_level=None)
    file.execute("PRAGMA mmap_size = 1073741824")
    file.execute("PRAGMA temp_store = MEMORY")  # names must not come to rest elsewhere
    return file


# --- writing -------------------------------------------------------------------------------------------------


def rebuild(folder: Path, objects: Iterable[Change], at: Mark) -> int:
    """Make the index anew from all objects; returns how many. The caller lets one process write at a time.

    Raises `DiskFull`, `HomeNotWritable`; what was there stays until the new file is whole.
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = newest(folder)
        half = folder / "index.half"
        _remove(half)
        half.touch(mode=0o600)
        with closing(_connect(half, "rw")) as file:
            file.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000")
            file.executescript(_SCHEMA)
            file.execute("BEGIN")
            count = _insert_all(file, objects)
            file.execute("COMMIT")
            file.executescript(_INDEXES)
            _place(file, at)
            file.executescript("ANALYZE; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL")
            _place(file, at)  # and so the whole file reaches the disk before its name does
        number = 1 + (int(before.stem.removeprefix("index-")) if before else 0)
        half.replace(folder / _NAME.format(number))
        for old in folder.glob("index-[0-9]*.db"):
            if old.name != _NAME.format(number):
                _remove(old)
    return count


def change(folder: Path, objects: Iterable[Change], at: Mark) -> int | None:
    """Apply changed objects and the new mark in one transaction; returns how many differ from what is there.

    None, and nothing done, where the file is missing or damaged. Raises `DiskFull`, `HomeNotWritable`.
    """
    path = newest(folder)
    if path is None:
        return None
    try:
        with _told(folder), closing(_connect(path, "rw")) as file:
            file.execute("PRAGMA secure_delete = ON")  # what was erased is overwritten
            file.execute("BEGIN IMMEDIATE")
            changed = sum(_replace(file, node_id, new) for node_id, new in objects)
            _place(file, at)
            file.execute("COMMIT")
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:
        return None
    return changed


def _insert_all(file: sqlite3.Connection, objects: Iterable[Change]) -> int:
    numbers: dict[tuple[int, str], int] = {}
    count = 0
    stream = iter(objects)
    while part := list(islice(stream, _ROWS)):
        rows: list[tuple[int, int, str]] = []
        finding: list[tuple[str, int]] = []
        found: list[tuple[int, str]] = []
        for node_id, news in part:
            for entry in news:
                key = (_NUMBER_OF[entry.label, entry.field], entry.text)
                known = numbers.get(key)
                if known is None:
                    known = numbers[key] = len(numbers) + 1
                    rows.append((known, *key))
                    finding += [(term, known) for term in terms(entry)]
                found.append((known, node_id))
        file.executemany("INSERT INTO entry VALUES (?, ?, ?)", rows)
        file.executemany("INSERT INTO term VALUES (?, ?)", sorted(finding))
        file.executemany("INSERT OR IGNORE INTO object VALUES (?, ?)", sorted(found))
        count += len(part)
    return count


def _replace(file: sqlite3.Connection, node_id: str, news: Sequence[Entry]) -> bool:
    """Make an object findable by `news` and by nothing else; whether that is a change."""
    wanted = {(_NUMBER_OF[entry.label, entry.field], entry.text): entry for entry in news}
    rows = file.execute(
        "SELECT e.source, e.text, e.entry FROM object o JOIN entry e USING (entry) WHERE o.id = ?", (node_id,)
    )
    there = {(source, text): entry for source, text, entry in rows}
    for key in there.keys() - wanted.keys():
        _unlink(file, there[key], node_id)
    for key in wanted.keys() - there.keys():
        found = file.execute("SELECT entry FROM entry WHERE source = ? AND text = ?", key).fetchone()
        if found is None:
            made = file.execute("INSERT INTO entry (source, text) VALUES (?, ?)", key).lastrowid
            file.executemany("INSERT INTO term VALUES (?, ?)", [(term, made) for term in terms(wanted[key])])
            file.execute("INSERT INTO object VALUES (?, ?)", (made, node_id))
        else:
            file.execute("INSERT OR IGNORE INTO object VALUES (?, ?)", (found[0], node_id))
    return there.keys() != wanted.keys()


def _unlink(file: sqlite3.Connection, entry: int, node_id: str) -> None:
    """Take an object off an entry, and the entry away with its last object."""
    file.execute("DELETE FROM object WHERE entry = ? AND id = ?", (entry, node_id))
    if file.execute("SELECT 1 FROM object WHERE entry = ? LIMIT 1", (entry,)).fetchone() is None:
        source, text = file.execute("SELECT source, text FROM entry WHERE entry = ?", (entry,)).fetchone()
        gone = terms(_entry(source, text))
        file.executemany("DELETE FROM term WHERE term = ? AND entry = ?", [(term, entry) for term in gone])
        file.execute("DELETE FROM entry WHERE entry = ?", (entry,))


def _entry(source: int, text: str) -> Entry:
    label, field = SOURCES[source]
    return Entry(label, field, text)


def _place(file: sqlite3.Connection, at: Mark) -> None:
    told = orjson.dumps({"seq": at.seq, "digest": at.digest, "gone": at.gone}).decode()
    file.executemany("INSERT OR REPLACE INTO mark VALUES (?, ?)", [("version", VERSION), ("lake", told)])


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Failures of the disk as errors of ours; a damaged file is for the caller to make anew."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise DiskFull(f"写入搜索索引 {folder} 时磁盘已满") from None
        raise
    except OSError as error:
        raise HomeNotWritable(f"搜索索引 {folder} 无法写入：{error.strerror}") from None
