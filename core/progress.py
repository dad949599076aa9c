"""Progress of long work, told to whoever watches.

Work that may take seconds receives a `Progress` and reports to it; the command line draws bars with rates, a
test or a service passes `SILENT`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Task(Protocol):
    def advance(self, amount: int = 1) -> None: ...
    def total(self, amount: int) -> None: ...


class Progress(Protocol):
    def task(self, label: str, *, total: int | None = None, unit: str = "行") -> AbstractContextManager[Task]:
        """A bar with its Chinese `label`; `total` is None where it is not known beforehand."""
        ...


class _SilentTask:
    def advance(self, amount: int = 1) -> None:
        del amount

    def total(self, amount: int) -> None:
        del amount


class _Silent:
    @contextmanager
    def task(self, label: str, *, total: int | None = None, unit: str = "行") -> Iterator[Task]:
        del label, total, unit
        yield _SilentTask()


SILENT: Progress = _Silent()
