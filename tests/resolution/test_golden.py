"""Which value wins, and what every claim is told about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import polars as pl

from core.catalogue import kind as catalogue_kind
from core.values import CitizenId, IdStatus
from resolution.golden import CLAIM_COLUMNS, CRITERIA, authority, claims, golden, survivorship
from resolution.soundness import born_by_id

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


def test_a_stated_day_wins_over_the_first_of_the_month_and_a_whole_address_over_half_of_one(records: Records) -> None:
    rows: list[Row] = [
        {"birth_date": "1943-06-15", "address": "青枫区桂花苑3幢2单元501室", "feed": "a", "department": "甲"},
        {"birth_date": "1943-06-01", "address": "桂花苑3幢2单元501室", "feed": "b", "department": "乙"},
    ]
    for observed in (rows, rows[::-1]):
        values = one("person", records("person", observed))
        assert (str(values["birth_date"]), values["address"]) == ("1943-06-15", "青枫区桂花苑3幢2单元501室")


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


def told(kind: str, frame: pl.DataFrame, field: str) -> list[dict[str, object]]:
    assignments = frame.select("record_id", pl.lit("x_1").alias("entity_id"))
    made = claims(kind, frame, assignments)
    assert tuple(made.columns) == CLAIM_COLUMNS
    return list(made.filter(pl.col("field") == field).iter_rows(named=True))


def test_every_claim_is_kept_with_its_source_and_why_it_won_or_lost(records: Records) -> None:
    rows: list[Row] = [
        {"name": "王建军", "feed": "grid_visits", "department": "综治", "record_key": "ZF1#person"},
        {"name": "王建国", "feed": "police_population", "department": "公安", "record_key": "P1#person"},
        {"name": "王建国", "feed": "health_records", "department": "卫健", "record_key": "JD1#person"},
        {"name": None, "feed": "civil_assistance", "department": "民政", "record_key": "JZ1#person"},
    ]
    listed = told("person", records("person", rows), "name")
    assert [(c["value"], c["record_key"], c["chosen"]) for c in listed] == [
        ("王建国", "P1#person", True),
        ("王建国", "JD1#person", True),
        ("王建军", "ZF1#person", False),
    ]
    assert [c["agreement"] for c in listed] == [2, 2, 1]
    assert listed[0]["reason"] == "入选：更多部门一致"
    assert listed[2]["reason"] == "落选：不如入选值多部门一致"
    assert listed[0]["rank"] == 1
    assert listed[2]["observed_at"] == datetime(2025, 1, 1)  # noqa: DTZ001


def test_an_undisputed_value_says_so(records: Records) -> None:
    (claim,) = told("person", records("person", [{"name": "王建国"}]), "name")
    assert (claim["chosen"], claim["reason"]) == (True, "入选：没有别的说法")


def test_two_wordings_of_one_door_agree_and_the_fuller_one_is_kept(records: Records) -> None:
    full = "云泽省澜江市青枫区梧桐街道枫桥社区桂花苑3幢2单元501室"
    rows: list[Row] = [
        {"address": "桂花苑9幢1单元101室", "feed": "grid_visits", "department": "综治"},
        {"address": "青枫区桂花苑3幢2单元501室", "feed": "health_records", "department": "卫健"},
        {"address": full, "feed": "police_population", "department": "公安"},
    ]
    frame = records("person", rows)
    assert one("person", frame)["address"] == full
    assert {c["value"]: c["agreement"] for c in told("person", frame, "address")}[full] == 2


def test_a_newer_phone_wins_over_a_more_authoritative_one_and_any_over_a_placeholder(records: Records) -> None:
    rows: list[Row] = [
        {"phone": "16012345671", "feed": "hotline_complaints", "department": "12345"},
        {"phone": "16112349876", "feed": "police_population", "department": "公安"},
    ]
    assert one("person", records("person", rows))["phone"] == "16112349876"
    placeholder: list[Row] = [
        {"phone": "16012345671", "feed": "police_population", "department": "公安"},
        {"phone": "16000000000", "feed": "grid_visits", "department": "综治"},
        {"phone": "16000000000", "feed": "health_records", "department": "卫健"},
    ]
    assert one("person", records("person", placeholder))["phone"] == "16012345671"


def test_birth_and_sex_come_from_the_id_only_where_nobody_states_them(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    silent = records("person", [{"citizen_id": number, "feed": "housing_register", "department": "住建"}])
    assert one("person", silent)["birth_date"] == "1958-03-12"
    assert one("person", silent)["sex"] == "1"
    (claim,) = told("person", silent, "birth_date")
    assert (claim["soundness"], claim["reason"]) == (-1, "入选：无人登记，由公民身份号码得出")
    stated = records("person", [{"citizen_id": number}, {"birth_date": "1958-03-21", "department": "公安"}])
    assert one("person", stated)["birth_date"] == "1958-03-21"


def test_a_source_that_the_table_does_not_know_goes_by_its_department(records: Records) -> None:
    rows: list[Row] = [
        {"name": "王建军", "feed": "another_citys_clinics", "department": "卫健"},
        {"name": "王建国", "feed": "another_citys_register", "department": "公安"},
    ]
    assert one("person", records("person", rows))["name"] == "王建国"


def test_golden_and_claims_choose_alike_whatever_the_order_of_rows(records: Records, make_id: MakeId) -> None:
    rows: list[Row] = [
        {
            "name": ("王建国", "王建军", "王健国")[n % 3],
            "citizen_id": make_id("880102", f"1958{n % 4 + 1:02d}12", 100 + n % 5) if n % 2 else None,
            "phone": f"1601234567{n % 3}",
            "feed": ("police_population", "health_records", "grid_visits")[n % 3],
            "department": ("公安", "卫健", "综治")[n % 3],
        }
        for n in range(40)
    ]
    frame = records("person", rows)
    assignments = frame.select("record_id", (pl.int_range(40) % 7).cast(pl.String).alias("entity_id"))
    best = golden("person", frame, assignments)
    assert golden("person", frame.reverse(), assignments.reverse()).equals(best)
    chosen = claims("person", frame, assignments).filter("chosen")
    for field in ("name", "citizen_id", "phone", "birth_date", "sex"):
        of_field = chosen.filter(pl.col("field") == field).select("entity_id", pl.col("value").alias(field)).unique()
        expected = best.select("entity_id", field).drop_nulls()
        assert of_field.sort("entity_id").equals(expected)


def test_reading_a_column_of_ids_agrees_with_reading_one(make_id: MakeId) -> None:
    texts = [make_id("880102", "19580312", n) for n in (1, 2, 77)]
    texts += [
        texts[0][:-1] + "0",
        texts[1][:6] + "********" + texts[1][14:],
        make_id("880102", "20230231", 5),
        "880102",
    ]
    read = born_by_id(pl.Series([*texts, None]))
    for text, birth, sex in zip(texts, read["birth_date"], read["sex"], strict=False):
        one_id = CitizenId.parse(text) if len(text) == 18 else None
        valid = one_id is not None and one_id.status is IdStatus.VALID
        assert (birth is not None) is valid
        if one_id and valid:
            assert (birth, sex) == (str(one_id.birth_date), one_id.sex)


def test_the_survivorship_table_orders_all_criteria_for_every_type() -> None:
    for order in survivorship().values():
        assert sorted(order) == sorted(CRITERIA)
