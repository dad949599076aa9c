"""One Spark session for the tests here; they are skipped, with the reason, where pyspark or Java is missing."""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_RECORDS = Path(__file__).resolve().parent.parent / "resolution" / "conftest.py"


def _missing() -> str | None:
    if importlib.util.find_spec("pyspark") is None or importlib.util.find_spec("pandas") is None:
        return "pyspark is not installed: .venv/bin/pip install -e '.[spark]'"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "Java is missing: Spark needs Java 17 or newer"
    return None


@pytest.fixture(scope="session")
def spark() -> None:
    """Asked for by tests that need pyspark and Java, and no session."""
    if reason := _missing():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def session(spark: None) -> Iterator[Any]:
    from resolution.spark.session import open_session

    with open_session("local[2]", settings={"spark.sql.shuffle.partitions": "2"}) as opened:
        yield opened


@pytest.fixture(autouse=True)
def sockets_collected() -> Iterator[None]:
    """What pyspark leaves open is closed here, and not in somebody else's test."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def written() -> ModuleType:
    """The records by hand and the households of the resolution tests."""
    spec = importlib.util.spec_from_file_location("resolution_records", _RECORDS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
