"""Each built-in rule finds whom it should, and nobody else, on the day that is asked about.

Fixture strategy: one little town in a database of its own, written out by hand with what the rules look for.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from graph.store import GraphStore
from graph.tags.evaluate import GraphEvaluator, evaluate, evidence_texts
from graph.tags.evidence import in_words
from graph.tags.rules import builtin_rules
from tests.graph.linking.town import vault

NOW = date(2026, 6, 30)
RULES = {rule.name: rule for rule in builtin_rules()}


def evaluator(store: GraphStore, day: date = NOW) -> GraphEvaluator:
    return GraphEvaluator(store, day, lambda kind, key: vault().blind_index(key, value_type=kind))


@pytest.fixture(scope="module")
def found(tag_store: GraphStore) -> dict[str, list[str]]:
    frame = evaluate(evaluator(tag_store), RULES.values())
    return {str(name): group["id"].to_list() for (name,), group in frame.group_by("rule")}


def evidence(store: GraphStore, rule: str, bearer: str) -> dict[str, Any]:
    chosen = RULES[rule]
    return dict(evaluator(store).evidence(chosen.applies_to, chosen.condition, [bearer])[bearer])


@pytest.mark.parametrize(
    ("rule", "bearers"),
    [
        ("elderly_living_alone", ["per_alone"]),
        ("empty_nest_elderly", []),  # the grandmother lives with her family
        ("advanced_age", ["per_alone"]),
        ("group_rental", ["dwe_g402"]),  # a dormitory is none
        ("frequent_complainant", ["per_li"]),
        ("repeat_dispute_household", ["hou_H1", "hou_H3"]),
        ("vacant_registration", ["dwe_g401"]),
        ("separated_registration", ["per_zhou"]),
        ("unlicensed_organization", []),  # the company is registered
        ("child_without_adult", []),
    ],
)
def test_a_rule_finds_whom_it_should(found: dict[str, list[str]], rule: str, bearers: list[str]) -> None:
    assert found.get(rule, []) == bearers


def test_a_compound_with_many_disputes_stands_out(tag_store: GraphStore, found: dict[str, list[str]]) -> None:
    (compound,) = found["contentious_compound"]
    told = evidence(tag_store, "contentious_compound", compound)
    assert told["dwellings"]["count"] == 6
    assert told["events"]["count"] >= 12
    assert told["events"]["ids"] == sorted(told["events"]["ids"])


def test_evidence_is_the_objects_that_made_it_true(tag_store: GraphStore) -> None:
    assert evidence(tag_store, "elderly_living_alone", "per_alone") == {
        "age": 1945,
        "livesIn": {"count": 1, "ids": ["dwe_g502"]},
        "livesIn.residents": {"count": 1, "ids": ["per_alone"]},
    }
    assert evidence(tag_store, "frequent_complainant", "per_li") == {
        "events": {"count": 4, "ids": ["evt_RX1", "evt_RXL0", "evt_RXL1", "evt_RXL2"]}
    }
    assert evidence(tag_store, "repeat_dispute_household", "hou_H1") == {
        "members.events.parties.household": {"count": 1, "ids": ["hou_H3"]}
    }
    assert evidence(tag_store, "group_rental", "dwe_g402")["residents"]["count"] == 7


def test_evidence_in_words(tag_store: GraphStore) -> None:
    told = evidence(tag_store, "elderly_living_alone", "per_alone")
    assert set(in_words("Person", told)) == {"出生年份 1945", "居住的房屋 1", "居住的房屋 › 住在这里的人 1"}


def test_a_tag_that_a_tag_rests_on_is_named() -> None:
    told = {"tags": {"count": 1, "ids": ["tag_elderly_living_alone"]}}
    assert list(in_words("Person", told)) == ["标签 1"]
    assert list(in_words("Person", told, {"tag_elderly_living_alone": "独居老人"})) == ["标签 独居老人"]


def test_evidence_names_nobody(tag_store: GraphStore, found: dict[str, list[str]]) -> None:
    wanted = pl.DataFrame(
        [(rule, each) for rule, ids in found.items() for each in ids], schema=["rule", "id"], orient="row"
    )
    texts = [text for *_, text in evidence_texts(evaluator(tag_store), RULES, wanted)]
    assert len(texts) == wanted.height > 20
    for name in ("钱玉珍", "李秀英", "王建国", "孙明", "桂花苑", "1601234", "8801021975"):
        assert name not in "".join(texts)


def test_the_day_counts(tag_store: GraphStore) -> None:
    rules = [RULES[name] for name in ("elderly_living_alone", "frequent_complainant", "contentious_compound")]
    assert evaluate(evaluator(tag_store, date(2026, 3, 31)), rules)["rule"].to_list() == ["elderly_living_alone"]
    # Two days before she was sixty.
    assert evaluate(evaluator(tag_store, date(2005, 11, 18)), rules[:1]).is_empty()


def test_the_same_day_gives_the_same(tag_store: GraphStore, found: dict[str, list[str]]) -> None:
    frame = evaluate(evaluator(tag_store), RULES.values())
    assert {str(name): group["id"].to_list() for (name,), group in frame.group_by("rule")} == found
