"""Why two records are one or two."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest

from resolution.evidence import key_labels, masked_values
from resolution.explain import explain
from resolution.explain_entity import explain_entity
from resolution.model.declaration import declaration
from resolution.narrate import entity_lines, pair_lines
from resolution.waterfall import waterfall
from tests.resolution.little_world import THRESHOLD, WANG, MakeId, Records, Row, World


def test_the_bits_add_up_and_each_comparison_tells_its_share(records: Records) -> None:
    told = World(records("person", [WANG, WANG | {"phone": "16111111111"}])).explain(0, 1)
    assert told.prior == pytest.approx(-10.0, abs=0.01)
    assert {r.comparison: (r.level, r.weight) for r in told.reasons} == {
        "name": ("same", pytest.approx(9.0)),
        "phone": ("different", pytest.approx(-1.0)),
        "birth": ("same", pytest.approx(8.0)),
        "id": ("missing", 0.0),
    }
    assert told.total == pytest.approx(told.prior + 9 - 1 + 8, abs=1e-3)
    assert (told.same, told.decided_by) == (True, "weight")
    assert sum(r.share for r in told.reasons) == pytest.approx(1.0)
    assert told.reasons[0].share == pytest.approx(9 / 18)


def test_values_are_masked_and_nothing_clear_leaks(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    world = World(records("person", [WANG | {"citizen_id": number}, WANG | {"citizen_id": number}]))
    told = world.explain(0, 1)
    everything = f"{told.as_dict()}{world.text(0, 1)}{world.text(0, 1, 'en')}{waterfall(told)}"
    for secret in (number, "16012345678", "王建国", "1958-03-12"):
        assert secret not in everything
    assert "160****5678" in everything


def test_a_frequent_name_counts_for_less_and_the_part_is_told_apart(records: Records) -> None:
    world = World(records("person", [WANG, WANG]))
    common = world.state.frequencies["name"].with_columns(tf_name=pl.lit(2.0**-8))
    world.state.frequencies["name"] = common
    name = world.explain(0, 1).reasons[0]
    assert (name.weight, name.frequency) == (pytest.approx(6.0), pytest.approx(-3.0))


def test_each_blocking_key_has_a_name_of_its_own() -> None:
    for kind in ("person", "organization", "dwelling"):
        declared = declaration(kind)
        for labels in zip(*(key_labels(declared, key) for key in declared.blocking), strict=True):
            assert len(set(labels)) == len(declared.blocking)


def test_records_without_a_shared_key_were_not_compared_and_the_keys_are_named(records: Records) -> None:
    world = World(records("person", [WANG, {"name": "王建国"}]))
    told = world.explain(0, 1)
    assert (told.same, told.decided_by) == (False, "not_compared")
    assert {key.name: key.state for key in told.keys} == dict.fromkeys(("name_birth", "name_phone", "phone"), "missing")
    assert "姓名 + 出生日期 (name_birth)：一方缺失" in world.text(0, 1)


def test_a_key_that_too_many_share_is_named_as_the_reason(records: Records) -> None:
    rows: list[Row] = [{"name": f"王建{c}", "phone": "16012345678"} for c in "国军民华平强伟"]
    told = World(records("person", rows)).explain(0, 1)
    assert {key.name: key.state for key in told.keys}["phone"] == "oversized"


def test_two_valid_numbers_are_a_rule_that_no_weight_crosses(records: Records, make_id: MakeId) -> None:
    ids = [make_id("880102", "19580312", n) for n in (123, 125)]
    world = World(records("person", [WANG | {"citizen_id": number} for number in ids]))
    told = world.explain(0, 1)
    assert told.total > THRESHOLD
    assert (told.same, told.decided_by) == (False, "cannot_link")
    assert told.rules[0].label == "公民身份号码"
    assert "须先更正公民身份号码" in world.text(0, 1)
    assert "cannot link: different citizen id" in world.text(0, 1, "en")
    assert "But citizen id must be corrected first" in world.text(0, 1, "en")


def test_a_human_no_decides_whatever_the_weight(records: Records) -> None:
    world = World(records("person", [WANG, WANG]), judgements=[(0, 1, "negative")])
    told = world.explain(0, 1)
    assert (told.same, told.decided_by) == (False, "judgement")
    assert "撤销上述人工判定后，由证据与聚类决定：这一对的权重高于阈值。" in world.text(0, 1)
    assert "evidence and clustering decide: the weight of this pair is above" in world.text(0, 1, "en")


def test_what_a_human_decided_is_not_sent_to_review_again(records: Records) -> None:
    rows: list[Row] = [WANG, {"name": "王建国", "phone": "16111111111", "birth_date": "1958-03-12"}]
    for judgements in ([], [(0, 1, "positive")], [(0, 1, "negative")]):
        world = World(records("person", rows), judgements=judgements)
        world.state = replace(world.state, decision=replace(world.state.decision, upper=9.0))
        assert world.explain(0, 1).in_review is not bool(judgements)
        assert ("请人工复核" in world.text(0, 1)) is not bool(judgements)
        assert ("a person should decide" in world.text(0, 1, "en")) is not bool(judgements)


def test_a_judgement_tells_its_time_to_the_minute(records: Records) -> None:
    world = World(records("person", [WANG, WANG]), judgements=[(0, 1, "negative")])
    told = world.state.judgements.with_columns(at=pl.lit("2026-03-01 12:10:01.837046"))
    lines = pair_lines(explain(world.state, *world.ids, masked_values("person", world.records), judgements=told), str)
    assert "  不是同一个  2026-03-01 12:10" in list(lines)


def test_a_human_yes_joins_what_weight_would_not(records: Records) -> None:
    world = World(records("person", [WANG, {"name": "李秀英"}]), judgements=[(0, 1, "positive")])
    told = world.explain(0, 1)
    assert (told.same, told.decided_by) == (True, "judgement")


CHAIN: list[Row] = [
    WANG | {"phone": None},
    WANG,
    {"name": "王建国", "phone": "16012345678"},
]


def test_records_joined_through_a_third_show_the_path(records: Records) -> None:
    world = World(records("person", CHAIN))
    told = world.explain(0, 2)
    assert (told.same, told.decided_by) == (True, "chain")
    assert [(link.record_a, link.record_b) for link in told.path] == [
        (world.ids[0], world.ids[1]),
        (world.ids[1], world.ids[2]),
    ]


def test_records_that_clustering_cut_show_where(records: Records, make_id: MakeId) -> None:
    ids = [make_id("880102", "19580312", n) for n in (123, 125)]
    rows = [CHAIN[0] | {"citizen_id": ids[0]}, CHAIN[1], CHAIN[2] | {"citizen_id": ids[1]}]
    world = World(records("person", rows))
    alone = next(pair for pair in ((0, 1), (1, 2)) if not world.explain(*pair).same)
    told = world.explain(*alone)
    assert told.decided_by == "clustering"
    assert told.total > THRESHOLD
    assert any(link.cut for link in told.path)
    assert "在此分开" in world.text(*alone)


def test_an_entity_is_held_by_its_strongest_links_and_names_its_weakest(records: Records) -> None:
    world = World(records("person", CHAIN))
    told = explain_entity(world.state, "per_0")
    assert len(told.tree) == len(told.groups) - 1 == 2
    weights = [branch.link.weight for branch in told.tree]
    assert weights == sorted(weights, reverse=True)
    assert told.weakest is not None
    assert told.weakest.link.weight == weights[-1]
    assert sorted((*told.weakest.side_a, *told.weakest.side_b)) == world.ids
    assert told.tree[0].because[0][0] == "姓名相同"
    text = "\n".join(entity_lines(told, lambda record: record))
    assert "最弱的一环" in text
    assert "人工判定" not in text


def test_an_entity_tells_what_people_decided_about_it(records: Records) -> None:
    world = World(records("person", CHAIN), [(0, 2, "positive")])
    text = "\n".join(entity_lines(explain_entity(world.state, "per_0"), lambda record: record))
    assert f"人工判定：\n  是同一个：{world.ids[0]} — {world.ids[2]}" in text


def test_an_entity_tells_the_evidence_against_it(records: Records, make_id: MakeId) -> None:
    number = make_id("880102", "19580312", 123)
    rows: list[Row] = [
        WANG | {"citizen_id": number},
        WANG | {"citizen_id": number},
        {"name": "李秀英", "phone": "16012345678", "birth_date": "1970-01-02"},
    ]
    world = World(records("person", rows), judgements=[(0, 2, "positive")])
    told = explain_entity(world.state, "per_0")
    assert {(c.record_a, c.record_b) for c in told.conflicts} >= {(world.ids[1], world.ids[2])}
    assert told.judgements == ((world.ids[0], world.ids[2], "positive"),)


def test_unknown_records_and_entities_are_key_errors(records: Records) -> None:
    world = World(records("person", [WANG, WANG]))
    with pytest.raises(KeyError):
        explain(world.state, "rec_0", world.ids[0], masked_values("person", world.records))
    with pytest.raises(KeyError):
        explain_entity(world.state, "per_99")


def test_both_languages_say_all_and_english_no_chinese(records: Records) -> None:
    world = World(records("person", [WANG, WANG | {"phone": "16111111111"}]))
    assert len(world.text(0, 1).splitlines()) == len(world.text(0, 1, "en").splitlines())
    assert not re.search(r"[\u4e00-\u9fff]", world.text(0, 1, "en").replace("王", ""))
