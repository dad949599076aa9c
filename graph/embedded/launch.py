"""How the embedded server is launched: files of the wheel, arguments of the JVM, environment of the child.

Nothing secret stands on the command line: the JVM reads its arguments from a file, and the server reads the root
password from a file (`arcadedb.server.rootPasswordPath`); both are readable by their owner only.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.errors import GraphStartFailed

DATABASE = "weinao"
USER = "root"
HOST = "127.0.0.1"

_JVM = (
    # One collector thread: the other core belongs to the program that feeds the database.
    "-XX:+UseSerialGC",
    "-XX:+UseCompactObjectHeaders",
    # A database that has run out of memory is not to be trusted with the next commit: it ends, and the log replays.
    "-XX:+ExitOnOutOfMemoryError",
    # A core dump would put the heap on disk.
    "-XX:-CreateCoredumpOnCrash",
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF8",
    "-Dpolyglot.engine.WarnInterpreterOnly=false",
)

_SERVER = {
    # `production` would hide the reason of every refused statement; what else it does is set below.
    "server.mode": "development",
    "studio.enabled": "false",
    "txWalFlush": "1",  # the log reaches the system at each commit
    # In ms. It ignores the time limit that a statement carries, and knows this one for all, reads and writes alike: so
    # long that emptying the graph of a million people, the longest of them, stays below.
    "command.timeout": "900000",
    "opencypher.loadCsv.allowFileUrls": "false",
    "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
    "server.defaultDatabases": f"{DATABASE}[{USER}]",
    # Every listener that the wheel can start is bound to loopback, those that are not started too.
    "bolt.host": HOST,
    "bolt.defaultDatabase": DATABASE,
    "server.httpIncomingHost": HOST,
    "postgres.host": HOST,
    "redis.host": HOST,
    "grpc.host": HOST,
    # 0: the system picks a free port, so no two servers ever race for one.
    "bolt.port": "0",
    "server.httpIncomingPort": "0",
    "opencypher.loadCsv.allowRemoteUrls": "false",
    "polyglotEngineEnabled": "false",
    "support.autoRegister": "false",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the server keeps its things under the database folder."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def arguments(self) -> Path:
        return self.root / "java.args"

    @property
    def password(self) -> Path:
        return self.root / "password"

    @property
    def state(self) -> Path:
        return self.root / "server.json"

    @property
    def lock(self) -> Path:
        return self.root / "start.lock"

    @property
    def output(self) -> Path:
        """What the process of the latest start printed."""
        return self.log / "server.out"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_password(layout: Layout) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        return layout.password.read_text(encoding="utf-8").strip() or None
    return None


def prepare_password(layout: Layout) -> None:
    """Make the root password at the first start, or when its file has been lost.

    The server's own user file goes before each start, so that it is made anew from the password file: the two can never
    disagree, and whoever can write here owns the data anyway.
    """
    (layout.data / "config" / "server-users.jsonl").unlink(missing_ok=True)
    if read_password(layout) is None:
        write_private(layout.password, secrets.token_urlsafe(32))
    layout.password.chmod(0o600)


def write_arguments(layout: Layout, memory: str) -> None:
    """Write the JVM's argument file; `memory` is its heap (`768m`, `2g`)."""
    wheel = _wheel()
    settings = _SERVER | {
        "server.rootPath": str(layout.data),
        "server.logsDirectory": str(layout.log),
        "server.rootPasswordPath": str(layout.password),
    }
    arguments = [
        f"-Xmx{memory}",
        *_JVM,
        f"-XX:ErrorFile={layout.log}/crash-%p.log",
        *(f"-Darcadedb.{key}={value}" for key, value in settings.items()),
        "-cp",
        str(wheel / "jars" / "*"),
        "com.arcadedb.server.ArcadeDBServer",
    ]
    write_private(layout.arguments, "".join(f"{_quoted(argument)}\n" for argument in arguments))


def command(layout: Layout) -> list[str]:
    return [str(_wheel() / "jre" / "bin" / "java"), f"@{layout.arguments}"]


def environment() -> dict[str, str]:
    """The parent's environment without what would change the JVM or print into its output."""
    unwanted = {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "JAVA_HOME"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _wheel() -> Path:
    """Folder of the installed package, found without importing it (its import would load a JVM bridge)."""
    spec = importlib.util.find_spec("arcadedb_embedded")
    if spec is None or not spec.submodule_search_locations:
        raise GraphStartFailed(
            "没有安装内置图数据库", remedy="请按 README 重新安装依赖，或设置 WEINAO_GRAPH_URL 使用 Neo4j。"
        )
    return Path(spec.submodule_search_locations[0])


def _quoted(argument: str) -> str:
    """One line of a JVM argument file: quoted, since a path may hold blanks or a `#`."""
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
