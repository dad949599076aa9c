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
from resolution.features.context import with_related, with_related_addresses
from resolution.features.similar import near_sound, shape_key, variant_key
from resolution.features.standardise import fit_and_standardise
from resolution.model.declaration import declaration
from resolution.model.model import shipped_model
from resolution.run import resolve

Row = dict[str, str | None]
Records = Callable[[str, list[Row]], pl.DataFrame]
MakeId = Callable[[str, str, int], str]


def features(kind: str, frame: pl.DataFrame) -> pl.DataFrame:
    return fit_and_standardise(declaration(kind), frame)[1]


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


def test_a_relation_of_the_row_tells_what_the_record_does_not(records: Records) -> None:
    persons = records("person", [{"name": "王芳"}, {"name": "李强"}])
    companies = records("organization", [{"name": "澜江市华辰物业管理有限公司", "record_id": "rec_o"}])
    relations = pl.DataFrame(
        {"type": ["WORKS_AT", "KIN"], "from_id": ["rec_000000", "rec_000001"], "to_id": ["rec_o", "rec_o"]}
    )
    joined = with_related(persons, companies, relations, types=("WORKS_AT",), value="name", column="company")
    assert joined["company"].to_list() == ["澜江市华辰物业管理有限公司", None]


def test_equal_rows_collapse_only_where_an_identifier_says_so(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    rows: list[Row] = [{"name": "王建国", "citizen_id": number}, {"name": "王建国"}] * 3
    frame = features("person", records("person", rows))
    collapsed = collapse(frame, declaration("person"), alone=pl.repeat(value=False, n=6, eager=True))
    assert collapsed.node.to_list() == [0, 1, 0, 2, 0, 3]
    assert collapsed.frame["citizen_id"].to_list() == [number, None, None, None]


def test_a_record_of_a_human_no_stays_alone(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    frame = features("person", records("person", [{"name": "王建国", "citizen_id": number}] * 3))
    collapsed = collapse(frame, declaration("person"), alone=pl.Series([False, True, False]))
    assert collapsed.node.to_list() == [0, 1, 0]


def test_collapsed_records_end_in_one_entity(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    frame = records("person", [{"name": "王建国", "citizen_id": number}] * 5)
    result = resolve("person", frame, token=lambda *p: "-".join(p), model=shipped_model("person"))
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
    monkeypatch.setattr(engine_module, "MEMORY_MB", 50)
    with pytest.raises(RunTooLarge):
        _grow()


@pytest.mark.parametrize(("a", "b"), [("zhang wei", "zang wei"), ("liu jing", "niu jin"), ("huang fei", "fang fei")])
def test_sounds_that_speakers_confuse_share_a_key(a: str, b: str) -> None:
    assert near_sound(a) == near_sound(b)


def test_unlike_sounds_and_shapes_keep_their_own_keys() -> None:
    assert near_sound("wang wei") != near_sound("li wei")
    assert shape_key("李晴") == shape_key("李睛")
    assert shape_key("李晴") != shape_key("王晴")
    assert variant_key("周喆") == variant_key("周哲")
    assert variant_key("周喆") != variant_key("周吉")
