"""Make the next items while the present one is being used."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

_END: Final = object()


def ahead(items: Iterable[T], depth: int = 2) -> Generator[T]:
    """The same items in the same order, up to `depth` of them made beforehand by one thread.

    What making an item raises is raised where that item would have come. No thread is left behind, wherever the reader
    stops.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as maker:
        waiting = deque(maker.submit(next, source, _END) for _ in range(depth))
        while (item := waiting.popleft().result()) is not _END:
            waiting.append(maker.submit(next, source, _END))
            yield item  # type: ignore[misc]
