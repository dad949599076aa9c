"""Loading a file or a folder: in batches, idempotent, resumable."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from core.errors import FeedUnknown, FileEmpty, FileUnreadable, LoadError
from core.progress import SILENT, Progress, Task
from core.sealing import Vault
from loaders.feeds.catalogue import builtin_mappings, mapping_for
from loaders.feeds.commit import Committer
from loaders.feeds.ledger import FAILED, LOADED, RUNNING, UNCHANGED, Ledger
from loaders.feeds.mapping import Mapping
from loaders.feeds.parsing import Chunk, FileContext, Parsed
from loaders.feeds.report import LoadReport
from loaders.feeds.sources.inspect import Inspection, inspect
from loaders.feeds.sources.model import OpenSource, Row
from loaders.feeds.sources.opening import open_source
from loaders.feeds.workers import InProcess, Parsing, WorkerPool
from loaders.lake.store import Lake

DEFAULT_BATCH_ROWS = 20_000
_CHUNK_ROWS = 2_000
# Below this much text, workers would not have started by the time one process is done.
_WORTH_WORKERS = 2 * 2**20
_TEXT_PER_BYTE = {"xlsx": 8, "parquet": 8}


def load_file(
    path: Path,
    mapping: Mapping,
    *,
    lake: Lake,
    vault: Vault,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    progress: Progress = SILENT,
    again: bool = False,
    workers: int | None = None,
) -> LoadReport:
    """Load one file.

    The same file with the same mapping changes nothing but the load log, unless `again`. A load that was interrupted
    goes on after its last batch. Large files are parsed by `workers` processes (by default one a core; 1: in this
    process); `vault` must then be picklable. Raises `LoadError`s (`FileUnreadable`, `FileEmpty`, `FileTooLarge`,
    `ColumnMissing`, `LoadInterrupted`), `DiskFull`, `HomeNotWritable`, `TableUnreadable`.
    """
    with WorkerPool(vault, workers) as pool:
        parsing = None if workers == 1 else pool
        return _load(
            path, mapping, lake=lake, vault=vault, batch_rows=batch_rows, progress=progress, pool=parsing, again=again
        )


def load_folder(
    folder: Path,
    *,
    lake: Lake,
    vault: Vault,
    mappings: dict[str, Mapping] | None = None,
    batch_rows: int = DEFAULT_BATCH_ROWS,
    progress: Progress = SILENT,
    again: bool = False,
    workers: int | None = None,
) -> list[LoadReport]:
    """Load every file of a folder (not of its subfolders) that a mapping matches, in the order of their names.

    A file that cannot be loaded does not keep the others: its report has the status `failed` and the error. A file
    that no mapping matches is reported `unmatched`. Raises `FileUnreadable` for a folder that cannot be listed,
    `FeedUnknown` when no file matches, and errors of the lake.
    """
    known = builtin_mappings() if mappings is None else mappings
    found = [(path, mapping_for(path, known)) for path in _files(folder)]
    if not any(mapping for _, mapping in found):
        raise FeedUnknown(f"文件夹 {folder.name} 中没有文件符合已知的映射")
    reports = []
    with WorkerPool(vault, workers) as pool:
        parsing = None if workers == 1 else pool
        for path, mapping in found:
            if mapping is None:
                reports.append(LoadReport(path.name, "unmatched"))
                continue
            try:
                report = _load(
                    path,
                    mapping,
                    lake=lake,
                    vault=vault,
                    batch_rows=batch_rows,
                    progress=progress,
                    pool=parsing,
                    again=again,
                )
            except LoadError as error:
                report = LoadReport(path.name, "failed", mapping.feed, mapping.label, mapping.format)
                report.error = error.as_dict()
            reports.append(report)
    return reports


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    except OSError as error:
        raise FileUnreadable(
            f"文件夹 {folder.name} 无法打开：{error.strerror}", remedy="请检查路径，以及当前用户是否有读取权限。"
        ) from None


def _load(
    path: Path,
    mapping: Mapping,
    *,
    lake: Lake,
    vault: Vault,
    batch_rows: int,
    progress: Progress,
    pool: Parsing | None,
    again: bool,
) -> LoadReport:
    begun = time.perf_counter()
    seen = inspect(path)
    ledger = Ledger(lake, vault, mapping, path.name, seen.digest)
    report = LoadReport(
        ledger.file, LOADED, mapping.feed, mapping.label, mapping.format, load_id=ledger.load_id, resumed=ledger.resumed
    )
    if ledger.finished_before and not again:
        ledger.write(UNCHANGED)
        report.status = UNCHANGED
    else:
        source = open_source(path, mapping, seen)
        first = next(source.rows, None)
        if first is None:
            raise FileEmpty(f"文件 {path.name} 只有表头，没有数据行")
        source.rows = chain([first], source.rows)
        report.encoding, report.delimiter = source.encoding, source.delimiter
        if not ledger.resumed:
            ledger.counts = type(ledger.counts)()
            ledger.write(RUNNING)
        parsing = pool if pool is not None and _weight(seen, mapping) > _WORTH_WORKERS else InProcess(vault)
        label = f"{mapping.department} · {mapping.label}"
        with progress.task(label, total=seen.lines if source.encoding else None) as task:
            try:
                _load_rows(source, mapping, lake, ledger, batch_rows=batch_rows, parsing=parsing, task=task)
            except LoadError:
                ledger.write(FAILED)
                raise
            task.total(ledger.counts.rows)
        ledger.write(LOADED)
    report.counts = ledger.counts
    report.seconds = time.perf_counter() - begun
    return report


def _weight(seen: Inspection, mapping: Mapping) -> int:
    return seen.size * _TEXT_PER_BYTE.get(mapping.format, 1)


def _load_rows(
    source: OpenSource, mapping: Mapping, lake: Lake, ledger: Ledger, *, batch_rows: int, parsing: Parsing, task: Task
) -> None:
    context = FileContext(mapping, source.columns, source.delimiter, ledger.file, ledger.load_id, ledger.started_at)
    committer = Committer(lake, mapping.feed, ledger.load_id)
    done = ledger.counts.rows
    task.advance(done)
    chunks = _chunks(islice(source.rows, done, None), done, min(_CHUNK_ROWS, batch_rows))
    for batch in _batches(parsing.parse(context, chunks), batch_rows):
        size = sum(part.count for part in batch)
        committer.commit(batch, ledger.counts.rows + size, ledger.counts)
        ledger.write(RUNNING)
        task.advance(size)


def _chunks(rows: Iterable[tuple[int, Row]], first: int, size: int) -> Iterator[Chunk]:
    rows = iter(rows)
    while part := list(islice(rows, size)):
        yield Chunk(first, [line for line, _ in part], [row for _, row in part])
        first += len(part)


def _batches(parsed: Iterable[Parsed], size: int) -> Iterator[list[Parsed]]:
    batch: list[Parsed] = []
    for part in parsed:
        batch.append(part)
        if sum(one.count for one in batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
