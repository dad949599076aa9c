"""A Spark session that leaves no open value on a disk or a wire.

Shuffles, spills and cached blocks are encrypted with a key of the session; the folder they lie in is private and goes
with the process; nothing listens but on loopback while the master is local. On a cluster the traffic is authenticated
and encrypted too: without that the session does not start.
"""

from __future__ import annotations

import atexit
import importlib.util
import logging
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from core.errors import InvalidSetting

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONNECT_SECONDS: Final = 5.0
_STANDALONE_PORT: Final = 7077

_ALWAYS: Final = {
    "spark.app.name": "weinao-resolution",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.eventLog.enabled": "false",
    "spark.io.encryption.enabled": "true",
    "spark.io.encryption.keySizeBits": "256",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.maxResultSize": "0",
    # Each worker process is one task; its polars need no threads of their own.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
}
_LOCAL: Final = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
_CLUSTER: Final = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
}

# The trace of a failed task may quote a value, so a driver prints none; what failed is raised.
# (Spark takes a configuration without appender for none at all.)
_LOGGING: Final = """status = off
appender.console.type = Console
appender.console.name = console
rootLogger.level = off
rootLogger.appenderRef.console.ref = console
"""
# pyspark's own loggers repeat the trace of every exception.
_QUOTING_LOGGERS: Final = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


@contextmanager
def open_session(master: str, *, settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A session on `master` (`local[*]`, `spark://host:7077`, `yarn`, `k8s://…`) that ends with the block.

    `settings` are further Spark settings; they cannot undo the protection. Raises `InvalidSetting` when pyspark or Java
    is missing, or the master does not answer.
    """
    _require_pyspark()
    _require_java()
    _require_master(master)
    session = _start(master, _private_folder(), settings or {})
    try:
        yield session
    finally:
        session.stop()


@cache
def _private_folder() -> Path:
    """Where Spark spills: one for the process, for its JVM keeps the first that it is told; deleted at exit."""
    folder = Path(tempfile.mkdtemp(prefix="weinao-spark-"))  # mode 700
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _start(master: str, folder: Path, settings: Mapping[str, str]) -> SparkSession:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    local = is_local(master)
    (folder / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
    private = {
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
    }
    protection = {**_ALWAYS, **(_LOCAL if local else _CLUSTER), **private}
    for name in _QUOTING_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    builder = SparkSession.builder.master(master)
    for name, value in {**(_local_size() if local else {}), **settings, **protection}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError, RuntimeError) as error:
        raise InvalidSetting(
            f"Spark（{master}）没有启动：{type(error).__name__}",
            remedy="请检查 WEINAO_SPARK_MASTER、Java 版本（17 或更高）与集群的认证设置，见 docs/guide/spark.md。",
        ) from None
    if local and "PYSPARK_PYTHON" not in os.environ:
        session.sparkContext.pythonExec = sys.executable
    return session


def _local_size() -> dict[str, str]:
    """Memory (a local master has all its executors in the driver) and partitions that fit this machine."""
    size = {"spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1))}
    if "SPARK_DRIVER_MEMORY" not in os.environ:
        size["spark.driver.memory"] = f"{max(psutil.virtual_memory().total // 3 >> 20, 1024)}m"
    return size


def is_local(master: str) -> bool:
    return master == "local" or master.startswith(("local[", "local-cluster["))


def _require_pyspark() -> None:
    if importlib.util.find_spec("pyspark") is None:
        raise InvalidSetting(
            "WEINAO_RESOLUTION_ENGINE=spark 需要 pyspark，而它没有安装",
            remedy="请运行 .venv/bin/pip install -e '.[spark]'，或去掉该设置（默认用内置引擎）。",
        )


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and shutil.which("java", path=f"{home}/bin"))):
        raise InvalidSetting(
            "WEINAO_RESOLUTION_ENGINE=spark 需要 Java，而找不到 java 命令",
            remedy="请安装 Java 17 或更高版本（JAVA_HOME 或 PATH），或去掉该设置（默认用内置引擎）。",
        )


def _require_master(master: str) -> None:
    """A standalone master is asked beforehand: Spark itself would try for a minute and then name no reason."""
    if not master.startswith("spark://"):
        return
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.partition(":")
        try:
            with socket.create_connection((host, int(port or _STANDALONE_PORT)), timeout=CONNECT_SECONDS):
                return
        except (OSError, ValueError):
            continue
    raise InvalidSetting(
        f"Spark 主节点 {master} 没有应答",
        remedy="请检查 WEINAO_SPARK_MASTER 的地址与端口，以及主节点是否在运行。",
    )
