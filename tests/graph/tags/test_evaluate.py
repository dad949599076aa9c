"""Each built-in rule finds whom it should, and nobody else, on the day that is asked about."""

from __future__ import annotations

from datetime import date

import orjson
import polars as pl
import pytest

from core.errors import TagRuleInvalid
from graph.tags.evaluate import evaluate
from graph.tags.rules import builtin_rules, parse_rule

NOW = date(2026, 6, 30)


def bearers(frame: pl.DataFrame, rule: str) -> set[str]:
    return set(frame.filter(pl.col("rule") == rule)["id"])


def evidence(frame: pl.DataFrame, rule: str, bearer: str) -> dict:
    (text,) = frame.filter(pl.col("rule") == rule, pl.col("id") == bearer)["evidence"]
    return orjson.loads(text)


@pytest.fixture(scope="module")
def taggings(tag_store) -> pl.DataFrame:
    return evaluate(tag_store, builtin_rules(), NOW)


def test_an_old_woman_who_is_the_only_resident_lives_alone(taggings) -> None:
    assert bearers(taggings, "elderly_living_alone") == {"per_alone"}
    assert evidence(taggings, "elderly_living_alone", "per_alone") == {"dwelling": "dwe_g502"}


def test_many_people_of_several_families_are_a_group_rental_and_a_dormitory_is_none(taggings) -> None:
    assert bearers(taggings, "group_rental") == {"dwe_g402"}
    assert evidence(taggings, "group_rental", "dwe_g402") == {"residents": 7, "households": 3}


def test_three_complaints_in_ninety_days_are_frequent(taggings) -> None:
    assert bearers(taggings, "frequent_complainant") == {"per_li"}
    assert evidence(taggings, "frequent_complainant", "per_li")["events"] == ["evt_RXL0", "evt_RXL1", "evt_RXL2"]


def test_two_households_that_quarrel_again_are_both_tagged(taggings) -> None:
    assert bearers(taggings, "repeat_dispute_household") == {"hou_H1", "hou_H3"}
    assert evidence(taggings, "repeat_dispute_household", "hou_H1") == {
        "opponents": ["hou_H3"],
        "events": ["evt_TJA", "evt_TJB"],
    }


def test_a_door_where_those_registered_do_not_live_is_vacant(taggings) -> None:
    assert bearers(taggings, "vacant_registration") == {"dwe_g401"}


def test_a_compound_with_many_disputes_stands_out(taggings) -> None:
    (compound,) = bearers(taggings, "contentious_compound")
    assert evidence(taggings, "contentious_compound", compound)["dwellings"] == 6


def test_the_day_counts(tag_store) -> None:
    past = evaluate(tag_store, builtin_rules(), date(2026, 3, 31))
    assert bearers(past, "frequent_complainant") == set()
    assert bearers(past, "contentious_compound") == set()
    assert bearers(past, "repeat_dispute_household") == set()
    assert bearers(evaluate(tag_store, builtin_rules(), date(2005, 11, 19)), "elderly_living_alone") == set()


def test_the_same_day_gives_the_same_taggings(tag_store, taggings) -> None:
    assert evaluate(tag_store, builtin_rules(), NOW).equals(taggings)


def test_evidence_names_nobody(taggings) -> None:
    text = "".join(taggings["evidence"])
    for name in ("钱玉珍", "李秀英", "王建国", "孙明", "19"):
        assert name not in text


def test_a_statement_that_the_database_refuses_is_the_rules_fault(tag_store) -> None:
    rule = parse_rule(
        {
            "name": "broken",
            "label": "坏规则",
            "applies_to": "Person",
            "level": "internal",
            "version": 1,
            "evidence": [],
            "cypher": "MATCH (p:Person RETURN p.id AS id",
        }
    )
    with pytest.raises(TagRuleInvalid, match="broken"):
        evaluate(tag_store, [rule], NOW)
