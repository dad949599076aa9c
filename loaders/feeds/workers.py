"""Parsing on every core: chunks go out to worker processes, frames come back in order."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import Protocol, Self

from core.errors import LoadInterrupted
from core.sealing import Vault
from loaders.feeds.parsing import Chunk, ChunkParser, FileContext, Parsed


class Parsing(Protocol):
    """Parses the chunks of a file, in order."""

    def parse(self, context: FileContext, chunks: Iterable[Chunk]) -> Iterator[Parsed]: ...


class InProcess:
    """For small files: starting workers would take longer than the work."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def parse(self, context: FileContext, chunks: Iterable[Chunk]) -> Iterator[Parsed]:
        parser = ChunkParser(context, self._vault)
        return (parser.parse(chunk) for chunk in chunks)


class WorkerPool:
    """Worker processes, started when first needed and shared by the files of a folder. Close it after use.

    The vault is pickled to them through a pipe; nothing of it touches the disk.
    """

    def __init__(self, vault: Vault, workers: int | None = None) -> None:
        self._vault = vault
        self._count = workers or min(os.cpu_count() or 1, 8)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def parse(self, context: FileContext, chunks: Iterable[Chunk]) -> Iterator[Parsed]:
        """Raises `LoadInterrupted` when a worker dies (out of memory, killed)."""
        pool = self._started()
        waiting: deque[Future[Parsed]] = deque()
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_parse, context, chunk))
                # Two chunks ahead for each worker keeps all busy, and bounds what is held in memory.
                if len(waiting) > 3 * self._count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            self._pool = None
            raise LoadInterrupted("加载用的工作进程意外结束（常见原因是内存不足）") from None
        finally:
            for future in waiting:
                future.cancel()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Forking a process that runs the threads of polars and Arrow can deadlock: spawn.
            self._pool = ProcessPoolExecutor(
                self._count, mp_context=get_context("spawn"), initializer=_start, initargs=(self._vault,)
            )
        return self._pool


_vault: Vault | None = None
_parser: tuple[FileContext, ChunkParser] | None = None


def _start(vault: Vault) -> None:
    global _vault  # noqa: PLW0603 -- the state of a worker process
    _vault = vault
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the parent, and the parent ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)  # the parent was killed: nobody waits for a result any more


def _parse(context: FileContext, chunk: Chunk) -> Parsed:
    global _parser  # noqa: PLW0603 -- the state of a worker process
    if _vault is None:
        raise RuntimeError("worker was not started")
    if _parser is None or _parser[0] != context:
        _parser = (context, ChunkParser(context, _vault))
    return _parser[1].parse(chunk)
