"""How often one client may ask: a token bucket for each."""

from __future__ import annotations

import math
import time
from collections import OrderedDict

_MOST_CLIENTS = 10_000  # the one that asked longest ago is forgotten first; its bucket had filled up long since


class Rates:
    """A bucket holds what `rate` gives in a second, and fills at that rate; 0 sets no bound."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, and when that was

    def wait(self, client: str, now: float | None = None) -> int:
        """Take one token of a client. 0 when there was one, else the whole seconds until there will be."""
        if not self._rate:
            return 0
        now = time.monotonic() if now is None else now
        capacity = max(self._rate, 1.0)
        tokens, then = self._buckets.get(client, (capacity, now))
        tokens = min(capacity, tokens + (now - then) * self._rate)
        allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if allowed else tokens, now)
        self._buckets.move_to_end(client)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1 - tokens) / self._rate))
