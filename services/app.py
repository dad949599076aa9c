"""The composition root: everything that a use case needs, wired once."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from core.errors import GraphUnreachable, HomeBusy, HomeNotWritable, InvalidSetting, KeyUnusable
from core.settings import Settings
from governance.audit import AuditLog
from governance.keys import load_or_create_key
from governance.sealing import SealingVault
from loaders.lake.store import Lake

if TYPE_CHECKING:  # the driver takes a second to load, and most commands ask no graph
    from graph.embedded import EmbeddedServer
    from graph.store import Endpoint, GraphStore


@dataclass
class App:
    """The parts under one home. `close` ends what this process started, the embedded database included."""

    settings: Settings
    start_database: bool = True
    keep_database: bool = False
    may_rebuild: bool = True  # whether the graph may be made anew because its schema is old; a server's may not
    day_kept: tuple[float, date] | None = None  # see `services.days`

    @cached_property
    def lake(self) -> Lake:
        return Lake(self.settings.lake_dir)

    @cached_property
    def vault(self) -> SealingVault:
        settings = self.settings
        key = load_or_create_key(
            settings.master_key_file,
            settings.crypto_suite,
            sealed_data_exists=settings.lake_dir.exists() and any(settings.lake_dir.iterdir()),
        )
        vault = SealingVault(key, settings.crypto_suite)
        _check_key(settings.lake_dir, vault)
        return vault

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self.settings.audit_dir)

    @cached_property
    def database(self) -> EmbeddedServer:
        from graph.embedded import EmbeddedServer

        return EmbeddedServer(self.settings.db_dir, self.settings.db_memory)

    @cached_property
    def store(self) -> GraphStore:
        """The graph: Neo4j where `graph_url` names one, the embedded database otherwise (started when needed)."""
        from graph.store import GraphStore

        return GraphStore.connect(self._endpoint())

    def _endpoint(self) -> Endpoint:
        from graph.store import Endpoint

        settings = self.settings
        if settings.graph_url:
            return Endpoint(settings.graph_url, settings.graph_user, _password(settings), settings.graph_database)
        if self.start_database:
            return self.database.start()
        running = self.database.status().endpoint
        if running is None:
            raise GraphUnreachable("内置图数据库没有运行")
        return running

    @cached_property
    def _lock(self) -> FileLock:
        return FileLock(self.settings.home / ".writing.lock")  # reentrant: a use case may call another

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the home for writing. Raises `HomeBusy` when another process holds it for longer than `write_wait`."""
        try:
            self._lock.acquire(timeout=self.settings.write_wait)
        except Timeout:
            raise HomeBusy(f"另一个 weinao 进程正在写入 {self.settings.home}") from None
        try:
            yield
        finally:
            self._lock.release()

    def close(self) -> None:
        if "store" in self.__dict__:
            self.store.close()
            del self.__dict__["store"]
        if "database" in self.__dict__ and self.database.started_here and not self.keep_database:
            self.database.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_app(settings: Settings, *, start_database: bool = True) -> App:
    """Wire the parts. Nothing is started or opened before it is used."""
    make_home(settings.home)
    return App(settings, start_database)


def _check_key(lake_dir: Path, vault: SealingVault) -> None:
    """Make sure that the lake was written under this key; another valid key would store every row a second time.

    Raises `KeyUnusable`.
    """
    mark, ours = lake_dir / "key-check", vault.token("key-check")
    if not mark.exists():
        lake_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.write_text(ours, encoding="ascii")
    elif mark.read_text(encoding="ascii", errors="replace") != ours:
        raise KeyUnusable("数据湖是用另一把密钥写成的")


def make_home(home: Path) -> Path:
    """The state folder, made where missing (mode 700). Raises `HomeNotWritable`."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / ".probe"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "磁盘已满" if full else error.strerror
        raise HomeNotWritable(f"数据目录 {home} 无法写入：{reason}") from None
    return home


def _password(settings: Settings) -> str:
    file = settings.graph_password_file
    if file is None:
        raise InvalidSetting("已设 WEINAO_GRAPH_URL，但没有设 WEINAO_GRAPH_PASSWORD_FILE")
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InvalidSetting(f"密码文件 {file} 无法读取：{error.strerror}") from None
