# A lake in a temporary home whose log of nodes is written by hand; the index follows it, and no database runs.
from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from core.settings import Settings
from graph.search import store
from graph.search.asked import Asked
from graph.search.find import find
from graph.search.terms import LABELS
from services.app import App, open_app
from services.indexing import search_folder, update_search


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=tmp_path / "home"), start_database=False) as opened:
        yield opened


def log(app: App, *rows: tuple[str, str, str, dict[str, Any] | None]) -> None:
    """Append one batch of (op, label, id, props)."""
    batch = 1 + (app.lake.scan("graph_nodes").select(pl.col("batch").max()).collect().item() or 0)
    made = [
        {
            "batch": batch,
            "op": op,
            "label": label,
            "id": node_id,
            "props": None if props is None else orjson.dumps(props).decode(),
            "hash": f"{batch}-{node_id}",
        }
        for op, label, node_id, props in rows
    ]
    app.lake.append("graph_nodes", pl.DataFrame(made, schema_overrides={"props": pl.String}))


def found(app: App, text: str) -> set[str]:
    with store.reading(search_folder(app)) as file:
        return {hit.id for hit in find(file, Asked.read(text), LABELS, 50)}


RECORD = {"kind": "event", "feed": "hotline_complaints", "record_key": "RX-20250601-000123"}
FIRST: tuple[tuple[str, str, str, dict[str, Any] | None], ...] = (
    ("create", "Person", "per_1", {"name": "张伟"}),
    ("create", "Person", "per_2", {"name": "李娜"}),
    ("create", "Person", "per_child", {"name": "王**", "name_sealed": "AQ=="}),
    ("create", "Event", "evt_a", {"feed": "hotline_complaints", "kind": "complaint"}),
    ("create", "Record", "rec_a", RECORD),
    ("create", "Record", "rec_b", {"kind": "person", "feed": "police_population", "record_key": "P0001"}),
)


def test_the_first_update_builds_it_and_the_next_has_nothing_to_do(app: App) -> None:
    log(app, *FIRST)
    assert update_search(app)["rebuilt"] is True
    assert found(app, "张伟") == {"per_1"}
    assert found(app, "RX-20250601-000123") == {"evt_a"}
    assert found(app, "P0001") == set()
    assert update_search(app) == {"objects": 0, "changed": 0, "rebuilt": False}


def test_changes_follow_and_merged_people_are_gone(app: App) -> None:
    log(app, *FIRST)
    update_search(app)
    log(app, ("update", "Person", "per_2", {"name": "李那"}), ("create", "Person", "per_3", {"name": "张伟"}))
    log(app, ("delete", "Person", "per_1", None), ("update", "Person", "per_3", {"name": "张伟", "phone": "1*"}))
    log(app, ("delete", "Record", "rec_a", None), ("delete", "Event", "evt_a", None))
    told = update_search(app)
    assert told["rebuilt"] is False
    assert found(app, "张伟") == {"per_3"}
    assert found(app, "李娜") == found(app, "李那") == {"per_2"}
    assert found(app, "RX-20250601-000123") == set()


def test_an_index_made_anew_says_the_same_as_one_that_followed(app: App) -> None:
    log(app, *FIRST)
    update_search(app)
    log(app, ("update", "Event", "evt_a", {"feed": "hotline_complaints", "status": "closed"}))
    log(app, ("update", "Person", "per_1", {"name": "张玮"}))
    update_search(app)
    followed = [found(app, text) for text in ("张伟", "张玮", "RX-20250601-000123", "李娜")]
    assert update_search(app, rebuild=True)["rebuilt"] is True
    assert [found(app, text) for text in ("张伟", "张玮", "RX-20250601-000123", "李娜")] == followed
    assert followed[2] == {"evt_a"}


def test_a_name_that_comes_to_be_sealed_is_taken_out(app: App) -> None:
    log(app, *FIRST)
    update_search(app)
    log(app, ("update", "Person", "per_2", {"name": "李*", "name_sealed": "AQ=="}))
    update_search(app)
    assert found(app, "李娜") == found(app, "lina") == found(app, "李") == set()


def test_another_log_of_the_same_length_is_noticed(app: App) -> None:
    log(app, *FIRST)
    update_search(app)
    shutil.rmtree(app.settings.lake_dir / "graph_nodes")
    with open_app(app.settings, start_database=False) as again:
        log(again, *(("create", "Person", f"per_x{i}", {"name": "周强"}) for i in range(len(FIRST))))
        assert update_search(again)["rebuilt"] is True
        assert found(again, "张伟") == set()
        assert len(found(again, "周强")) == len(FIRST)


def test_rows_that_were_erased_from_the_log_leave_the_index(app: App) -> None:
    from deltalake import DeltaTable

    log(app, *FIRST)
    update_search(app)
    DeltaTable(str(app.settings.lake_dir / "graph_nodes")).delete("id = 'per_1'")
    with open_app(app.settings, start_database=False) as again:
        assert update_search(again)["rebuilt"] is True
        assert found(again, "张伟") == set()


@pytest.mark.parametrize("way", ["missing", "damaged", "older"])
def test_what_cannot_be_used_is_made_anew(app: App, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    log(app, *FIRST)
    update_search(app)
    path = store.newest(search_folder(app))
    assert path is not None
    if way == "missing":
        shutil.rmtree(search_folder(app))
    elif way == "damaged":
        path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8192)
    else:
        monkeypatch.setattr(store, "VERSION", "search-0")
        update_search(app, rebuild=True)
        monkeypatch.undo()
    assert update_search(app)["rebuilt"] is True
    assert found(app, "张伟") == {"per_1"}


def test_no_sealed_value_rests_in_the_file(app: App) -> None:
    person = {"name": "张伟", "phone": "160****5678", "phone_sealed": "AQABCD", "citizen_id": "880102********1234"}
    log(app, ("create", "Person", "per_1", person), *FIRST[2:])
    update_search(app)
    data = b"".join(file.read_bytes() for file in search_folder(app).iterdir())
    assert "张伟".encode() in data
    for trace in ("王*", "5678", "AQABCD", "1234", "per_child"):
        assert trace.encode() not in data
