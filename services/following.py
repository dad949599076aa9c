"""Who follows what changes: one thread watches the log for all of them.

The source is the projection log of the lake, whoever wrote it, and a change is told when the graph has applied it, so
that whoever asks back finds it. The thread lives while somebody follows.
"""

from __future__ import annotations

import logging
import secrets
import threading
import traceback
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final

from core.errors import InternalFailure, SubscriberLeftBehind, WeinaoError
from graph.projection import watermark
from loaders.lake.store import Lake
from services.app import App
from services.followed import Changed, Wanted, changed_between, newest, rows_between

logger = logging.getLogger("weinao.following")
POLL_SECONDS: Final = 0.5
PENDING: Final = 10_000  # changes that wait for one who follows
_MOST_ROWS: Final = 100_000  # of the log, between two looks; more is a load, and everybody has to ask anew


class Following:
    """What waits for one who follows. `take` is for his side, the rest for the follower's."""

    def __init__(self, wanted: Wanted, after: int, wake: Callable[[], None], pending: int) -> None:
        self._wanted = wanted
        self._after = after
        self._wake = wake
        self._most = pending
        self._pending: deque[Changed] = deque()
        self._end: WeinaoError | None = None
        self._lock = threading.Lock()

    def take(self, most: int) -> list[Changed]:
        """The next changes, at most so many; none when he has seen all.

        Raises `SubscriberLeftBehind` when more came than may wait, and what else ended it.
        """
        with self._lock:
            if self._end is not None:
                raise self._end
            return [self._pending.popleft() for _ in range(min(most, len(self._pending)))]

    def put(self, changes: list[Changed]) -> None:
        wanted = (each for each in changes if each.batch > self._after and self._wanted.wants(each))
        with self._lock:
            if self._end is not None:
                return
            before = len(self._pending)
            self._pending.extend(islice(wanted, self._most - before + 1))
            if len(self._pending) == before:
                return
            if len(self._pending) > self._most:
                self._pending.clear()
                self._end = SubscriberLeftBehind(f"等着发出的变化超过 {self._most} 个")
        self._wake()

    def end(self, error: WeinaoError) -> None:
        with self._lock:
            self._pending.clear()
            self._end = self._end or error
        self._wake()


class Follower:
    """One for each server. Safe for threads."""

    def __init__(self, app: App, *, poll: float = POLL_SECONDS, pending: int = PENDING) -> None:
        self._app = app
        self._poll = poll
        self._most = pending
        self._lake = Lake(app.settings.lake_dir)  # of its own: a table may not be opened by two threads at once
        self._followings: set[Following] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._told = 0
        self._versions: tuple[int | None, ...] = ()
        self._newest = 0
        self._troubled = False

    def follow(self, wanted: Wanted, wake: Callable[[], None]) -> Following:
        """Follow from now on: what the graph shows already is not told. `wake` is called from the follower's thread.

        Raises `GraphUnreachable`.
        """
        mark = watermark(self._app.store)
        after = 0 if mark is None else max(mark.seq, mark.target if mark.rebuilding else 0)
        following = Following(wanted, after, wake, self._most)
        with self._lock:
            self._followings.add(following)
            if self._thread is None and not self._stopped.is_set():
                self._told, self._versions, self._newest = after, (), after
                self._thread = threading.Thread(target=self._watch, name="weinao-following", daemon=True)
                self._thread.start()
        return following

    def leave(self, following: Following) -> None:
        with self._lock:
            self._followings.discard(following)

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopped.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(self._poll):
            with self._lock:
                if not self._followings:
                    self._thread = None
                    return
            try:
                self._look()
                self._troubled = False
            except WeinaoError as error:  # the database restarts, say: the log keeps what happens meanwhile
                if not self._troubled:
                    logger.warning("暂时看不到变化：%s", error)
                self._troubled = True
            except Exception as error:  # noqa: BLE001 - nobody else would hear of it
                self._end_all(_logged(error))

    def _look(self) -> None:
        versions = tuple(self._lake.version(table) for table in ("graph_nodes", "graph_edges"))
        if versions != self._versions:
            self._newest = newest(self._lake, self._told)
            self._versions = versions
        if self._newest <= self._told:
            return
        mark = watermark(self._app.store)
        if mark is None or mark.rebuilding or mark.seq <= self._told:
            return
        if rows_between(self._lake, self._told, mark.seq) > _MOST_ROWS:
            self._end_all(SubscriberLeftBehind(f"一次有超过 {_MOST_ROWS} 处变化"))
        else:
            changes = changed_between(self._lake, self._told, mark.seq)
            for following in self._all():
                following.put(changes)
        self._told = mark.seq

    def _end_all(self, error: WeinaoError) -> None:
        for following in self._all():
            following.end(error)

    def _all(self) -> list[Following]:
        with self._lock:
            return list(self._followings)


def _logged(error: Exception) -> InternalFailure:
    """Log where it arose under a reference: the frames and the class, never its text, which may quote data."""
    reference = secrets.token_hex(4)
    stack = traceback.extract_tb(error.__traceback__)
    frames = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(stack[-12:]))
    logger.error("内部错误 %s：%s，在 %s", reference, type(error).__qualname__, frames)
    return InternalFailure(f"不能继续跟随变化，参考号 {reference}")
