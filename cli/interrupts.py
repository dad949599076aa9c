"""Ctrl-C, remembered: a library may swallow the exception, or make another one of it."""

from __future__ import annotations

import signal
from types import FrameType

_seen = False


def watch() -> None:
    """Note the first SIGINT from now on; it is raised as `KeyboardInterrupt` as ever."""
    signal.signal(signal.SIGINT, _note)


def _note(_signal: int, _frame: FrameType | None) -> None:
    global _seen  # noqa: PLW0603 - a signal belongs to the process
    _seen = True
    raise KeyboardInterrupt


def interrupted() -> bool:
    return _seen


def check() -> None:
    """Raises `KeyboardInterrupt` when one came before and got lost."""
    if _seen:
        raise KeyboardInterrupt


def forget() -> None:
    """Ctrl-C was the way to end what ran, not an interruption of it."""
    global _seen  # noqa: PLW0603
    _seen = False
