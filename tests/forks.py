"""`weinao` in a process of its own for each command, without importing everything anew each time.

One program imports all of ours and then forks: a command is a fork that takes the arguments, environment and streams of
its caller, runs `cli.main.main` and ends. What a start loads, and what signals do, is tested on real starts
(`Town.start`, tests/end_to_end/test_commands.py).
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import NoReturn

from tests.short_lived import short_lived_servers

_OURS = ("services", "api")  # their imports bring the others


class Forks:
    """The program that forks, started with the first command."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._channel: socket.socket | None = None
        self._program: subprocess.Popen[bytes] | None = None

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `weinao` with these arguments in the current folder, to its end; without `stdin` it reads nothing."""
        with (
            self._turn,
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write((stdin or "").encode())
            given.seek(0)
            channel = self._channel or self._start()
            asked = {"arguments": [*arguments], "environment": {**environment}, "folder": os.getcwd()}  # noqa: PTH109
            socket.send_fds(channel, [b"."], [file.fileno() for file in (given, out, err)])
            channel.sendall(json.dumps(asked).encode() + b"\n")
            with channel.makefile("r") as answers:
                code = int(answers.readline())
            for file in (out, err):
                file.seek(0)
            return subprocess.CompletedProcess(["weinao", *arguments], code, out.read().decode(), err.read().decode())

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._program = subprocess.Popen(
                [sys.executable, "-m", "tests.forks", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._channel = ours
        return ours

    def close(self) -> None:
        if self._channel is not None and self._program is not None:
            self._channel.close()  # it reads the end of its requests, and ends
            self._program.wait(timeout=60)


@cache
def forks() -> Forks:
    """The one of this session."""
    return Forks()


def _await_command(channel: socket.socket) -> bool:
    """Fork for each command that is asked for. True in the fork, which is to run it; False when there are no more."""
    while True:
        word, files, _, _ = socket.recv_fds(channel, 1, 3)
        if not word:
            return False
        with channel.makefile("r") as requests:
            asked = json.loads(requests.readline())
        child = os.fork()
        if child == 0:
            channel.close()
            for stream, file in enumerate(files):
                os.dup2(file, stream)
            os.environ.clear()
            os.environ.update(asked["environment"])
            os.chdir(asked["folder"])
            sys.argv = ["weinao", *asked["arguments"]]
        for file in files:
            os.close(file)
        if child == 0:
            return True
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        channel.sendall(f"{code}\n".encode())


def _run(main: Callable[[], None]) -> NoReturn:
    """As an interpreter runs and ends a program, but for the last of it: libraries would end threads no fork has."""
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - it goes where an uncaught one goes
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _serve() -> None:
    for package in map(import_module, _OURS):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            import_module(module.name)
    from cli.main import main

    short_lived_servers()
    gc.freeze()  # what is imported is never garbage: a fork need not copy it to find that out
    if _await_command(socket.socket(fileno=int(sys.argv[1]))):
        _run(main)


if __name__ == "__main__":
    _serve()
