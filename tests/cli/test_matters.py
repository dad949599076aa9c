# Three calls about one leak stand in an embedded graph of its own, a month before the last call; the commands are run
# on that home as a user types them, on a terminal of 80 columns.
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app as weinao
from core.settings import Settings
from services.app import open_app

LAST = datetime.fromisoformat("2026-04-30T09:00:00")
PLACE = "青枫区梧桐街道枫桥社区桂花苑3幢2单元602室门口"
CALLS = (("evt_a", 34, None), ("evt_b", 33, "evt_a"), ("evt_c", 32, "evt_a"), ("evt_z", 0, None))
"""Id, days before the last call, the call that it repeats."""


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """One with calls, and one that is empty."""
    called, empty = (tmp_path_factory.mktemp(name) / "home" for name in ("called", "empty"))
    with open_app(Settings(home=called)) as app, open_app(Settings(home=empty)) as other:
        assert app.vault
        assert other.vault
        for name, days, first in CALLS:
            app.store.write(
                "CREATE (e:Event {id: $id, kind: 'complaint', category: '渗漏水'}) "
                "SET e.place_text = $place, e.reported_at = $at",
                id=name, place=PLACE, at=LAST - timedelta(days=days),
            )  # fmt: skip
            if first:
                app.store.write(
                    "MATCH (a:Event {id: $id}), (b:Event {id: $first}) "
                    "CREATE (a)-[:DUPLICATE_OF {id: $id, confidence: 0.9, reason: '同一楼栋', sources: ['x']}]->(b)",
                    id=name, first=first,
                )  # fmt: skip
        yield called, empty


def told(home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setenv("WEINAO_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "80")
    result = CliRunner().invoke(weinao, ["nlp", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_place_is_read_in_a_table_as_wide_as_the_terminal(
    homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = told(homes[0], monkeypatch, "matters")
    assert "渗漏水" in table
    assert "mat_a" not in table
    assert "青枫区梧桐街道" in table  # in one line
    (matter,) = orjson.loads(told(homes[0], monkeypatch, "matters", "--json"))["matters"]
    assert (matter["id"], matter["place"], matter["calls"]) == ("mat_a", PLACE, 3)


def test_where_there_is_nothing_it_is_said(homes: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    _, empty = homes
    assert "没有事项" in told(empty, monkeypatch, "matters")
    for home in homes:
        assert "没有热点" in told(home, monkeypatch, "topics", "--as-of", "2026-04-30")
    assert orjson.loads(told(empty, monkeypatch, "topics", "--as-of", "2026-04-30", "--json")) == {"topics": []}
