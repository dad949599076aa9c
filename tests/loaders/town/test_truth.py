# The truth must cover every record and every planted mistake, or no score measured against it means anything.
from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl

from loaders.town.tables import rows

if TYPE_CHECKING:
    from conftest import Files, Row


def _entities(town: Files) -> dict[tuple[str, str], str]:
    table = town.truth("records").filter(pl.col("kind") == "person")
    return {(feed, key): entity for feed, key, _, entity in table.iter_rows()}


def test_every_person_record_has_its_entity(town: Files) -> None:
    known = _entities(town)
    records = {(row.feed, row.record_key) for row in town.persons()}
    assert records == set(known)


def test_entities_of_the_truth_exist(town: Files) -> None:
    for kind, table in (
        ("person", "people"),
        ("dwelling", "dwellings"),
        ("household", "households"),
        ("organization", "organizations"),
    ):
        named = town.truth("records").filter(pl.col("kind") == kind)["entity"]
        assert set(named) <= set(town.truth(table)["entity"])


def test_planted_mistakes_are_in_the_files(town: Files) -> None:
    people = {(row.feed, row.record_key): row for row in town.persons()}
    errors = town.truth("errors")
    checked: Counter[str] = Counter()
    for feed, key, field, error, truth, written in errors.iter_rows():
        row = people.get((feed, key))
        if row is None or error in ("missing_key", "name_phone_swapped", "invalid_id_length", "formula"):
            continue
        if field == "name" and row.name != written:  # a later mistake of the whole row may have replaced it
            assert row.name[:1] in "=+@1" or row.name.isdigit(), (feed, key, error)
        elif field == "citizen_id" and row.citizen_id != written.upper():
            assert len(row.citizen_id) == 17, (feed, key, error)
        elif field == "phone" and error != "phone_missing" and row.phone != written:
            assert not row.phone.isdigit(), (feed, key, error)
        assert truth != written or field == "phone"
        checked[error] += 1
    for error in ("homophone", "near_homophone", "look_alike", "traditional", "former_name", "id_15", "id_typo",
                  "id_masked", "phone_old", "phone_shared", "phone_placeholder"):  # fmt: skip
        assert checked[error] > 0, error


def test_the_rates_are_those_of_the_table(town: Files) -> None:
    errors = town.truth("errors")
    health = errors.filter((pl.col("feed") == "health_records") & (pl.col("error") == "id_missing"))
    assert 0.16 <= len(health) / town.summary.rows["health_records"] <= 0.24
    masked = errors.filter((pl.col("feed") == "civil_assistance") & (pl.col("error") == "id_masked"))
    assert 0.2 <= len(masked) / town.summary.rows["civil_assistance"] <= 0.5
    invalid = {"invalid_date", "invalid_id_length", "missing_key", "formula", "name_phone_swapped"}
    spoilt = errors.filter(pl.col("error").is_in(invalid))
    assert 0.001 <= len(spoilt) / sum(town.summary.rows.values()) <= 0.006


def test_every_rate_has_a_reason() -> None:
    for row in rows("error_rates"):
        assert 0 < float(row["rate"]) < 1
        assert len(row["reason"]) > 10


def test_names_of_strangers_repeat_as_in_life(town: Files) -> None:
    names = Counter(town.truth("people").filter(pl.col("resident") == "1")["name"])
    shared = sum(count for count in names.values() if count > 1) / names.total()
    assert 0.02 <= shared <= 0.25


def _keys(row: Row) -> list[tuple[str, ...]]:
    """Exact joins: one id, one name with one phone, one name with one birth date."""
    found: list[tuple[str, ...]] = []
    if len(row.citizen_id) == 18 and "*" not in row.citizen_id:
        found.append(("id", row.citizen_id))
    if row.name and row.phone:
        found.append(("phone", row.name, row.phone))
    if row.name and row.birth:
        found.append(("birth", row.name, row.birth))
    return found


def _missed(town: Files, keys: int = 3) -> float:
    """Share of true pairs of records that have no exact key in common."""
    known = _entities(town)
    by_entity: dict[str, list[set[tuple[str, ...]]]] = defaultdict(list)
    for row in town.persons():
        by_entity[known[row.feed, row.record_key]].append(set(_keys(row)[:keys]))
    linked = pairs = 0
    for records in by_entity.values():
        for one, other in combinations(records, 2):
            pairs += 1
            linked += bool(one & other)
    return 1 - linked / pairs


def test_key_joins_miss_a_tenth_of_the_true_links(town: Files) -> None:
    assert _missed(town) >= 0.10


def test_residence_history_answers_who_lived_here(town: Files) -> None:
    lives = town.truth("relations").filter(pl.col("type") == "LIVES_IN")
    former = lives.filter(pl.col("valid_to").is_not_null())
    assert len(former) > 0.1 * town.summary.people
    assert (former["valid_from"] <= former["valid_to"]).all()
    written = [row for row in town.csv("police_population", "gb18030") if row["QCRQ"]]
    assert abs(len(written) - len(former)) <= 3
