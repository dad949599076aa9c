"""Peak memory of a process and its workers together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psutil

_EVERY: Final = 0.05
"""Seconds between two looks."""


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """A list whose one number is, after the block, the most MB (10^6 bytes) that were resident at one time in it."""
    peak, done, process = [0], threading.Event(), psutil.Process()

    def look() -> None:
        while not done.wait(_EVERY):
            resident = process.memory_info().rss
            for worker in process.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    resident += worker.memory_info().rss
            peak[0] = max(peak[0], resident // 1_000_000)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
