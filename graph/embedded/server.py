"""Start, find and stop the embedded server."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from core.errors import DiskFull, GraphStartFailed, GraphUnreachable, HomeBusy, HomeNotWritable, WeinaoError
from graph.embedded import process as processes
from graph.embedded.launch import (
    DATABASE,
    HOST,
    USER,
    Layout,
    command,
    environment,
    prepare_password,
    read_password,
    write_arguments,
)
from graph.store import Endpoint, answers

START_SECONDS = 90.0
STOP_SECONDS = 60.0
_ANSWER_SECONDS = 15.0
# The port is told before the database is open; a question asked in between fills the log with complaints.
_LISTENS = re.compile(r"Listening for incoming BOLT connections on \S*:(\d+).*ArcadeDB Server started", re.DOTALL)
_REASONS = (
    (re.compile(r"No space left on device"), "磁盘空间不足"),
    (re.compile(r"Could not reserve enough space|insufficient memory|OutOfMemoryError|Cannot allocate"), "内存不足"),
    (re.compile(r"Invalid maximum heap size|Too small maximum heap"), "WEINAO_DB_MEMORY 的值不能用"),
    (re.compile(r"locked by another process|LockException"), "数据文件正被另一个进程使用"),
    (re.compile(r"Permission denied|AccessDeniedException"), "数据目录没有读写权限"),
)


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What is known of the server without starting it; `memory` is its resident size in bytes."""

    running: bool
    pid: int | None = None
    endpoint: Endpoint | None = None
    started_at: float | None = None
    memory: int | None = None


class EmbeddedServer:
    """The server of one database folder, shared by every process of its owner.

    It runs detached from whoever started it: Ctrl-C in a terminal does not reach it, and if the starter is killed,
    the next `start` finds the server and uses it.
    """

    def __init__(self, db_dir: Path, memory: str) -> None:
        """`memory`: heap of the server, such as `768m` or `2g`."""
        self.layout = Layout(db_dir.absolute())
        self.memory = memory
        self.started_here = False
        """Whether the latest `start` of this object launched the server, rather than found it running."""

    def start(self) -> Endpoint:
        """The address of the server, which answers queries; launched if it does not run yet.

        Raises `GraphStartFailed` with the reason, `HomeNotWritable`, `DiskFull`, or `HomeBusy` when another
        process has been starting the server for too long.
        """
        self.started_here = False
        with self._exclusively():
            found = processes.find(self.layout)
            if found is not None:
                known = (state := processes.read_state(self.layout)) is not None and state.bolt_port is not None
                with contextlib.suppress(GraphStartFailed):
                    return self._await_ready(found, _ANSWER_SECONDS if known else START_SECONDS)
                # It lives but does not answer: a start that hangs, or a server that has seized up.
                processes.end(found, patience=5)
            return self._launch()

    def stop(self) -> bool:
        """Shut the server down; False if none was running."""
        with self._exclusively():
            found = processes.find(self.layout)
            if found is not None:
                processes.end(found, patience=STOP_SECONDS)
            self.layout.state.unlink(missing_ok=True)
            return found is not None

    def status(self) -> ServerStatus:
        found = processes.find(self.layout)
        if found is None:
            return ServerStatus(running=False)
        state = processes.read_state(self.layout)
        port = (state.bolt_port if state is not None and state.pid == found.pid else None) or self._port()
        with contextlib.suppress(psutil.NoSuchProcess):
            return ServerStatus(
                running=True,
                pid=found.pid,
                endpoint=self._endpoint(port) if port else None,
                started_at=found.create_time(),
                memory=found.memory_info().rss,
            )
        return ServerStatus(running=False)

    @contextmanager
    def running(self) -> Iterator[Endpoint]:
        """Start the server for a while; stopped afterwards if it did not run before."""
        endpoint = self.start()
        try:
            yield endpoint
        finally:
            if self.started_here:
                self.stop()

    def _launch(self) -> Endpoint:
        try:
            self._prepare()
            process = self._spawn()
        except OSError as error:
            raise _folder_error(error) from error
        processes.write_state(self.layout, process, None)
        self.started_here = True
        try:
            return self._await_ready(process, START_SECONDS)
        except BaseException:
            processes.end(process, patience=5)
            self.layout.state.unlink(missing_ok=True)
            self.started_here = False
            raise

    def _prepare(self) -> None:
        for folder in (self.layout.root, self.layout.data, self.layout.log):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        prepare_password(self.layout)
        write_arguments(self.layout, self.memory)

    def _spawn(self) -> psutil.Process:
        output = os.open(self.layout.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            child = subprocess.Popen(  # noqa: S603 - the wheel's own binary with our own argument file
                command(self.layout),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.layout.root,
                env=environment(),
                start_new_session=True,
                umask=0o077,
            )
        finally:
            os.close(output)
        processes.adopt(child)
        return psutil.Process(child.pid)

    def _await_ready(self, process: psutil.Process, seconds: float) -> Endpoint:
        """Wait until the server answers a query over Bolt; `GraphStartFailed` when it dies or is too slow."""
        deadline = time.monotonic() + seconds
        port: int | None = None
        while time.monotonic() < deadline:
            if not processes.alive(process):
                raise GraphStartFailed(f"内置图数据库没有启动：{self._reason()}")
            port = port or self._port()
            if port is not None:
                endpoint = self._endpoint(port)
                if endpoint is None:
                    raise GraphStartFailed("密码文件丢失")
                if self._answers(endpoint):
                    processes.write_state(self.layout, process, port)
                    return endpoint
            time.sleep(0.03)
        raise GraphStartFailed(f"内置图数据库在 {seconds:.0f} 秒内没有就绪：{self._reason()}")

    def _endpoint(self, port: int) -> Endpoint | None:
        password = read_password(self.layout)
        return Endpoint(f"bolt://{HOST}:{port}", USER, password, DATABASE) if password else None

    def _answers(self, endpoint: Endpoint) -> bool:
        try:
            return answers(endpoint)
        except GraphUnreachable as error:
            raise GraphStartFailed("内置图数据库不接受密码文件中的密码") from error

    def _port(self) -> int | None:
        match = _LISTENS.search(self._output())
        return int(match.group(1)) if match else None

    def _output(self) -> str:
        try:
            return self.layout.output.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def _reason(self) -> str:
        output = self._output()
        for pattern, reason in _REASONS:
            if pattern.search(output):
                return reason
        return f"详见 {self.layout.output}"

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """One start or stop at a time, over all processes."""
        try:
            self.layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self.layout.lock, timeout=START_SECONDS + STOP_SECONDS)
            lock.acquire()
        except Timeout as error:
            raise HomeBusy("另一个进程一直在启动或停止内置图数据库") from error
        except OSError as error:
            raise _folder_error(error) from error
        try:
            yield
        finally:
            lock.release()


def _folder_error(error: OSError) -> WeinaoError:
    where = error.filename or "数据目录"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"写不下：{where}")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return HomeNotWritable(f"不能写入：{where}")
    return GraphStartFailed(f"内置图数据库没有启动：{error.strerror}（{where}）")
