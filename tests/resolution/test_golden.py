from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import polars as pl

from core.catalogue import kind as catalogue_kind
from resolution.golden import authority, golden

Row = dict[str, str | None]
Records = Callable[[str, list[Row]], pl.DataFrame]
MakeId = Callable[[str, str, int], str]


def one(kind: str, frame: pl.DataFrame) -> dict[str, object]:
    assignments = frame.select("record_id", pl.lit("x_1").alias("entity_id"))
    result = golden(kind, frame, assignments)
    assert result.height == 1
    return result.row(0, named=True)


def test_a_valid_number_wins_over_a_damaged_and_a_masked_one(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    damaged = f"{number[:9]}{(int(number[9]) + 1) % 10}{number[10:]}"
    masked = f"{number[:6]}********{number[14:]}"
    rows: list[Row] = [
        {"name": "王建国", "citizen_id": number, "feed": "grid_visits", "department": "综治"},
        {"name": "王建国", "citizen_id": damaged, "feed": "police_population", "department": "公安"},
        {"name": "王建国", "citizen_id": damaged, "feed": "health_records", "department": "卫健"},
        {"name": "王建国", "citizen_id": masked, "feed": "civil_assistance", "department": "民政"},
    ]
    assert one("person", records("person", rows))["citizen_id"] == number
    assert one("person", records("person", rows[1:]))["citizen_id"] == damaged
    assert one("person", records("person", rows[3:]))["citizen_id"] == masked


def test_agreement_of_departments_comes_before_authority(records: Records) -> None:
    rows: list[Row] = [
        {"name": "王建国", "feed": "police_population", "department": "公安"},
        {"name": "王建军", "feed": "health_records", "department": "卫健"},
        {"name": "王建军", "feed": "grid_visits", "department": "综治"},
    ]
    assert one("person", records("person", rows))["name"] == "王建军"


def test_one_department_that_repeats_itself_does_not_outvote_the_authority(records: Records) -> None:
    rows: list[Row] = [
        {"name": "王建国", "feed": "police_population", "department": "公安"},
        {"name": "王建军", "feed": "grid_visits", "department": "综治"},
        {"name": "王建军", "feed": "grid_visits", "department": "综治"},
    ]
    assert one("person", records("person", rows))["name"] == "王建国"


def test_between_equals_the_latest_claim_wins_and_the_span_is_kept(records: Records) -> None:
    rows: list[Row] = [
        {"phone": "16000000001", "feed": "grid_visits", "department": "综治"},
        {"phone": "16000000002", "feed": "grid_visits", "department": "综治"},
        {"phone": None, "feed": "grid_visits", "department": "综治"},
    ]
    result = one("person", records("person", rows))
    assert result["phone"] == "16000000002"
    assert result["record_count"] == 3
    assert result["first_observed"] == datetime(2025, 1, 1, 0)  # noqa: DTZ001
    assert result["last_observed"] == datetime(2025, 1, 1, 2)  # noqa: DTZ001


def test_every_kind_yields_its_catalogue_fields_and_numbers_stay_numbers(records: Records) -> None:
    frame = records("dwelling", [{"address": "桂花苑3幢2单元501室", "feed": "housing_register", "department": "住建"}])
    result = golden(
        "dwelling",
        frame.with_columns(pl.lit(89.5).alias("area")),
        frame.select("record_id", pl.lit("dwe_1").alias("entity_id")),
    )
    names = catalogue_kind("dwelling").field_names
    assert result.columns == ["entity_id", *names, "first_observed", "last_observed", "record_count"]
    assert result["area"].to_list() == [89.5]


def test_the_authority_table_names_fields_of_the_catalogue_only() -> None:
    for kind, field in authority().select("kind", "field").unique().iter_rows():
        assert field in catalogue_kind(kind).field_names
