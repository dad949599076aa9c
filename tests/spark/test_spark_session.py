"""What a Spark session writes, and what it says when it cannot start."""

from __future__ import annotations

import importlib.util
import socket
import stat
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from core.errors import InvalidSetting
from resolution.spark.session import open_session

pytestmark = pytest.mark.filterwarnings(  # pyspark leaves its sockets to the garbage collector
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
)


def test_no_open_value_rests_on_the_disk(session: Any) -> None:
    from pyspark import StorageLevel

    from resolution.spark.frames import upload

    secret = "Zq7wXk2pLm9vRt4yBn6c"
    frame = pl.DataFrame({"number": range(2_000), "secret": [f"{secret}{n}" for n in range(2_000)]})
    shuffled = upload(session, frame).repartition(4, "secret").persist(StorageLevel.DISK_ONLY)
    assert shuffled.count() == 2_000
    folder = Path(session.conf.get("spark.local.dir"))
    written = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size > 4_000]
    assert written
    assert not [path.name for path in written if secret.encode() in path.read_bytes()]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_settings_cannot_undo_the_protection(session: Any) -> None:
    from resolution.spark.session import _ALWAYS

    assert all(session.sparkContext.getConf().get(name) == value for name, value in _ALWAYS.items())
    assert session.sparkContext.uiWebUrl is None


@pytest.mark.usefixtures("spark")
def test_a_master_that_does_not_answer_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(InvalidSetting, match="没有应答") as raised, open_session(master):
        pass
    assert "WEINAO_SPARK_MASTER" in raised.value.advice


@pytest.mark.usefixtures("spark")
def test_without_java_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(InvalidSetting, match="Java") as raised, open_session("local[1]"):
        pass
    assert "Java 17" in raised.value.advice


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is not None, reason="pyspark is installed")
def test_without_pyspark_the_message_says_what_to_install() -> None:
    with pytest.raises(InvalidSetting, match="pyspark") as raised, open_session("local[1]"):
        pass
    assert "[spark]" in raised.value.advice
