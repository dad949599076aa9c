"""The graph follows the lake while a server runs: one thread that makes all changes, and brings the graph after them.

A change is in the lake when its call returns. What follows runs in the same thread, in rounds of steps, each round for
all changes that came before it began; between two steps waiting changes are let in first, so that nobody waits for a
whole round. A round has two passes: linking and tagging what is known already, which takes the least time and is all
that most changes need, then the same once more after resolving new records. One writer needs no locks, and what it
leaves undone when it is killed is done by the next round or by `weinao update`. After a round it tidies the lake, until
the next change comes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, Final

from core.errors import HomeBusy, WeinaoError
from governance.access import AccessContext, Role
from resolution.kinds import RESOLVED_KINDS
from services.app import App
from services.projecting import link_and_project
from services.reading import read_events, read_from_home
from services.requests import Answer
from services.resolving import resolve_all
from services.tagging import run as compute_tags
from services.text_links import link_texts
from services.tidying import tidy_lake

logger = logging.getLogger("weinao.keeping")
KEEPER: Final = AccessContext(subject="keeper", role=Role.DATA_OFFICER)
Step = Callable[[App, AccessContext], Any]


def _read_new(app: App, context: AccessContext) -> dict[str, int]:
    """What a reader now out of use has read, nobody's change waits for: `weinao update` reads it again."""
    return read_events(app, context, again=False)


PASSES: Final[tuple[tuple[Step, ...], ...]] = (
    (_read_new, link_and_project, compute_tags),
    (
        *(partial(resolve_all, kinds=(kind,)) for kind in RESOLVED_KINDS),
        link_and_project,
        read_from_home,
        link_texts,
        compute_tags,
    ),
)
"""The steps of a round. What a change that brings no record to resolve needs is done after the first pass."""
_ROUND: Final = [(number, step, step is steps[-1]) for number, steps in enumerate(PASSES) for step in steps]
_PATIENCE: Final = 5.0  # seconds that a change waits for another process to end its writing
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # between attempts; the last one stays


class Keeper:
    """One for each server. The thread starts with the first change and ends with `stop`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._news = threading.Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._watching: list[tuple[int, int, Future[bool]]] = []  # pass, number of the change
        self._asked = 0  # changes made, of which each pass has taken in the first so many
        self._taken = [0] * len(PASSES)
        self._stopping = False
        self._thread: threading.Thread | None = None

    def change(self, act: Callable[[], Answer]) -> Future[tuple[Answer, int]]:
        """Run `act` after the changes that wait already; gives its answer and the number of the change.

        The future raises what `act` raises, `HomeBusy` only after `_PATIENCE` seconds.
        """
        answer: Future[tuple[Answer, int]] = Future()

        def job() -> None:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                result = _patiently(act)
            except BaseException as error:  # noqa: BLE001 - handed to whoever asked
                answer.set_exception(error)
                return
            with self._news:
                self._asked += not result.repeated
                number = self._asked
            answer.set_result((result, number))

        with self._news:
            if self._stopping:
                raise HomeBusy("服务正在停止", remedy="请稍后用同一 requestId 重发。")
            self._jobs.append(job)
            self._news.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="weinao-keeper", daemon=True)
                self._thread.start()
        return answer

    def shown(self, number: int, *, resolved: bool = True) -> Future[bool]:
        """True once the graph shows the change of a number, with `resolved` also what resolving makes of it.

        False when the keeper stops before.
        """
        seen: Future[bool] = Future()
        after = len(PASSES) - 1 if resolved else 0
        with self._news:
            if number <= self._taken[after] or self._stopping:
                seen.set_result(number <= self._taken[after])
            else:
                self._watching.append((after, number, seen))
        return seen

    def stop(self, seconds: float | None = None) -> None:
        """End after the step under way; changes that wait are made first. The lake keeps what the graph still lacks."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        self._tell()

    def _run(self) -> None:
        place, target, failures = 0, 0, 0
        while self._due():
            if place == 0:
                target = self._asked
            number, step, ends = _ROUND[place]
            try:
                step(self._app, KEEPER)
            except Exception as error:  # noqa: BLE001 - the thread must outlive whatever a step meets
                self._pause(error, failures)
                failures += 1
                place = 0 if failures > 1 else place  # what the step before left may be what it stumbles over
                continue
            place, failures = (place + 1) % len(_ROUND), 0
            if ends:
                self._app.day_kept = None  # the newest day may be another now
                self._taken[number] = target
                self._tell()
            if place == 0:
                self._tidy()

    def _due(self) -> bool:
        """Make the changes that wait; return when a step of a round is due (True) or the keeper ends (False)."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._jobs or self._stopping or self._taken[-1] < self._asked)
                job = self._jobs.popleft() if self._jobs else None
                if job is None:
                    return not self._stopping
            job()

    def _tidy(self) -> None:
        """Between changes, and never in the way of one: what is not done now is done after another round."""
        try:
            tidy_lake(self._app, KEEPER, go_on=lambda: not self._jobs and not self._stopping)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever it meets
            _warn("数据湖没有整理，下次再试：%s", error)

    def _pause(self, error: Exception, failures: int) -> None:
        _warn("图数据库还没有跟上改动，稍后再试：%s", error)
        with self._news:
            pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
            self._news.wait_for(lambda: self._jobs or self._stopping, pause)

    def _tell(self) -> None:
        with self._news:
            due = [one for one in self._watching if one[1] <= self._taken[one[0]] or self._stopping]
            self._watching = [one for one in self._watching if one not in due]
        for after, number, seen in due:
            if seen.set_running_or_notify_cancel():
                seen.set_result(number <= self._taken[after])


def catch_up(app: App) -> None:
    """The steps of one round, in the calling thread: for a process that makes a change and ends. Raises as they do."""
    for step in (_read_new, resolve_all, link_and_project, link_texts, compute_tags):
        step(app, KEEPER)
    app.day_kept = None
    tidy_lake(app, KEEPER)


def _warn(text: str, error: Exception) -> None:
    """Say what failed; of what is no error of ours its class alone, for its text may quote data."""
    if not isinstance(error, HomeBusy):
        logger.warning(text, str(error) if isinstance(error, WeinaoError) else type(error).__qualname__)


def _patiently(act: Callable[[], Answer]) -> Answer:
    """The result of `act`, tried again while another process writes; one refused so has not begun to write."""
    deadline = time.monotonic() + _PATIENCE
    for pause in _PAUSES:
        with suppress(HomeBusy):
            return act()
        if time.monotonic() + pause > deadline:
            break
        time.sleep(pause)
    return act()
