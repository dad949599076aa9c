"""Until when an answer is wanted, told to whatever works on it below.

A request that runs out of time is answered, but its thread goes on: nothing can stop a thread. What it would ask next
looks here first, and what it asks a database carries the seconds that are left, so that the work ends there too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from core.errors import QueryTimedOut

_UNTIL: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within the block, in tasks that it starts and in threads that run in a copy of its context, time is bounded."""
    before = _UNTIL.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _UNTIL.reset(before)


def seconds_left() -> float | None:
    """Seconds until the deadline, more than 0; None without one. Raises `QueryTimedOut` when it has passed."""
    until = _UNTIL.get()
    if until is None:
        return None
    left = until - time.monotonic()
    if left <= 0:
        raise QueryTimedOut("查询已超过时限")
    return left
