# A log of three nodes, applied to an embedded database in a home of its own; the command runs on that home.
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from typer.testing import CliRunner

from cli.main import app as weinao
from core.errors import QueryInvalid
from core.settings import Settings
from services.app import open_app
from services.projecting import apply_log

NODES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Person", "per_1", {"name": "张伟", "name_key": "张伟", "phone": "160****5678", "address": "枫桥新村3栋105室"}),
    ("Person", "per_2", {"name": "张炜", "name_key": "张炜"}),
    ("Household", "hou_1", {"household_no": "HN-00001"}),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("find") / "home"
    rows = [
        {"batch": 1, "op": "create", "label": label, "id": node_id, "props": orjson.dumps(props).decode()}
        for label, node_id, props in NODES
    ]
    with open_app(Settings(home=folder)) as app:
        assert app.vault  # the key is there before any data is, as in every load
        app.lake.append("graph_nodes", pl.DataFrame(rows))
        apply_log(app)
        yield folder


def find(home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setenv("WEINAO_HOME", str(home))
    return CliRunner().invoke(weinao, ["find", *words])


def test_a_table_in_words_that_people_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = find(home, monkeypatch, "張偉")
    assert result.exit_code == 0, result.output
    for word in ("找到 2 个", "人员", "姓名相同", "同音字", "per_1", "per_2"):
        assert word in result.stdout


def test_json_tells_kind_id_reason_and_masked_values(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = find(home, monkeypatch, "zhang", "wei", "--json", "--limit", "1")
    (hit,) = orjson.loads(result.stdout)["hits"]
    assert (hit["kind"], hit["id"], hit["reason"], hit["reason_label"]) == ("person", "per_1", "pinyin", "拼音")
    assert hit["values"]["phone"] == "160****5678"


def test_only_the_kinds_that_are_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = find(home, monkeypatch, "HN-00001", "--kind", "household", "--json")
    assert [hit["id"] for hit in orjson.loads(result.stdout)["hits"]] == ["hou_1"]
    refused = find(home, monkeypatch, "张伟", "--kind", "car")
    assert isinstance(refused.exception, QueryInvalid)


def test_a_name_and_words_of_the_address(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = find(home, monkeypatch, "张伟", "枫桥新村", "--json")
    assert [(hit["id"], hit["reason"]) for hit in orjson.loads(result.stdout)["hits"]] == [("per_1", "name_and_place")]
