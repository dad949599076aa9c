"""The steps between records and pairs: context, collapsing, blocking, the engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import polars as pl
import pytest

import resolution.engine as engine_module
from core.errors import RunTooLarge
from resolution.blocking import with_keys
from resolution.collapse import collapse
from resolution.engine import open_engine
from resolution.features.context import with_related_addresses
from resolution.features.kinds import features
from resolution.features.similar import near_sound, shape_key
from resolution.model.declaration import declaration
from resolution.run import resolve

Row = dict[str, str | None]
Records = Callable[[str, list[Row]], pl.DataFrame]
MakeId = Callable[[str, str, int], str]


def test_an_owner_is_met_at_the_door_that_the_row_speaks_of(records: Records) -> None:
    persons = records(
        "person",
        [
            {"name": "王芳", "record_key": "A1#owner"},
            {"name": "王芳", "record_key": "A2#person", "address": "桂花苑1幢1单元101室"},
            {"name": "王芳", "record_key": "A3#person"},
        ],
    )
    dwellings = records(
        "dwelling",
        [
            {"address": "桂花苑3幢2单元501室", "record_key": "A1#dwelling"},
            {"address": "桂花苑9幢9单元901室", "record_key": "A2#residence"},
            {"address": "桂花苑7幢1单元701室", "record_key": "A3#registered"},
        ],
    )
    joined = with_related_addresses(persons, dwellings)
    assert joined["record_id"].to_list() == persons["record_id"].to_list()
    assert joined["related_address"].to_list() == ["桂花苑3幢2单元501室", None, None]


def test_equal_rows_collapse_only_where_an_identifier_says_so(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    rows: list[Row] = [{"name": "王建国", "citizen_id": number}, {"name": "王建国"}] * 3
    frame = features("person", records("person", rows))
    collapsed = collapse(frame, declaration("person"))
    assert collapsed.node.to_list() == [0, 1, 0, 2, 0, 3]
    assert collapsed.frame["citizen_id"].to_list() == [number, None, None, None]


def test_collapsed_records_end_in_one_entity(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    frame = records("person", [{"name": "王建国", "citizen_id": number}] * 5)
    result = resolve("person", frame, token=lambda *p: "-".join(p))
    assert result.report.compared == 1
    assert result.assignments["entity_id"].n_unique() == 1
    assert result.assignments["probability"].min() > 0.99  # type: ignore[operator]


def test_a_key_that_too_many_share_finds_no_pairs(records: Records) -> None:
    small = dataclasses.replace(declaration("person"), block_limit=3)
    frame = features("person", records("person", [{"name": "张伟", "birth_date": "1980-01-02"}] * 4))
    blocked = with_keys(frame, small)
    assert blocked.oversized["sound_birth"] == 1
    assert blocked.frame["key_sound_birth"].null_count() == 4


def _grow() -> None:
    with open_engine() as engine:
        engine.connection.execute("CREATE TABLE t AS SELECT repeat('x', 200) || range AS a FROM range(2000000)")


def test_the_engine_has_nowhere_to_spill_and_refuses_to_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_engine() as engine:
        assert engine.connection.sql("SELECT current_setting('temp_directory')").fetchone() == ("",)
    monkeypatch.setattr(engine_module, "MEMORY_LIMIT", "50MB")
    with pytest.raises(RunTooLarge):
        _grow()


@pytest.mark.parametrize(("a", "b"), [("zhang wei", "zang wei"), ("liu jing", "niu jin"), ("huang fei", "fang fei")])
def test_sounds_that_speakers_confuse_share_a_key(a: str, b: str) -> None:
    assert near_sound(a) == near_sound(b)


def test_unlike_sounds_and_shapes_keep_their_own_keys() -> None:
    assert near_sound("wang wei") != near_sound("li wei")
    assert shape_key("李晴") == shape_key("李睛")
    assert shape_key("李晴") != shape_key("王晴")
