"""The server's process: finding it again, whatever became of the one that started it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from graph.embedded.launch import Layout, write_private

# psutil derives the creation time from the boot time, which moves a little when the clock is set.
_SAME_START_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class State:
    """What the last start wrote down; `bolt_port` is unknown until the server listens."""

    pid: int
    created: float
    bolt_port: int | None = None


def write_state(layout: Layout, process: psutil.Process, bolt_port: int | None) -> None:
    state = State(process.pid, process.create_time(), bolt_port)
    write_private(layout.state, json.dumps(asdict(state)))


def read_state(layout: Layout) -> State | None:
    """None also for a file that is cut short or no state at all: the process list is asked then."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return State(**json.loads(layout.state.read_text(encoding="utf-8")))
    return None


_children: dict[int, subprocess.Popen[bytes]] = {}


def adopt(child: subprocess.Popen[bytes]) -> None:
    """Keep the handle of a server that is to outlive its starter, so that it can be reaped when it ends."""
    _children[child.pid] = child


def alive(process: psutil.Process) -> bool:
    child = _children.get(process.pid)
    if child is not None and child.poll() is not None:
        del _children[process.pid]
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def find(layout: Layout) -> psutil.Process | None:
    """The live server of this folder.

    A process id alone proves nothing after a crash: the process must have been created when the state file says and
    carry this folder's argument file on its command line. Without a usable state file (the starter may be
    killed before it writes one) the process list is searched for that command line.
    """
    state = read_state(layout)
    if state is not None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(state.pid)
            if abs(process.create_time() - state.created) < _SAME_START_SECONDS and _serves(process, layout.arguments):
                return process
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if _serves(process, layout.arguments):
                return process
    return None


def end(process: psutil.Process, *, patience: float) -> None:
    """Ask the process to shut down and kill it if it has not after `patience` seconds."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        if not _gone(process, patience):
            process.kill()
            _gone(process, 10)


def _gone(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _serves(process: psutil.Process, arguments: Path) -> bool:
    return alive(process) and f"@{arguments}" in process.cmdline()
