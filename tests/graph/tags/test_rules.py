"""Rules: the built-in ones are sound, and a bad one is told what is wrong with it, and where.

Fixture strategy: one good rule, and a change of it for each fault.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.catalogue import Level
from core.errors import TagRuleInvalid
from graph.tags.rules import BUILTIN, builtin_rules, levels, load_rules, parse_rule, rule_set

GOOD: dict[str, Any] = {
    "name": "a_rule",
    "label": "规则",
    "applies_to": "Person",
    "level": "internal",
    "version": 1,
    "filter": {"livesIn": {"residents": {"age": {"gte": 60}}}},
}


def rule(name: str, *, asks: str = "", **change: Any):
    given = {"filter": {"has": {"tag": asks}}} if asks else {}
    return parse_rule(GOOD | {"name": name, "label": f"标签{name}"} | given | change)


def test_builtin_rules_are_named_after_their_files_and_explained() -> None:
    assert [one.name for one in builtin_rules()] == sorted(path.stem for path in BUILTIN.glob("*.yaml"))
    assert len(builtin_rules()) >= 25
    for one in builtin_rules():
        assert one.description.endswith("。")
        assert one.owner
    assert len({one.label for one in builtin_rules()}) == len(builtin_rules())


def test_what_shows_need_or_disability_is_sensitive() -> None:
    chosen = {"subsistence_allowance", "extreme_poverty", "disabled_person", "disabled_without_guardian"}
    assert {one.level for one in builtin_rules() if one.name in chosen} == {Level.SENSITIVE}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "Bad Name"}, "name"),
        ({"name": 7}, "name"),
        ({"label": "  "}, "label"),
        ({"label": "长" * 40}, "label"),
        ({"label": "换\n行"}, "label"),
        ({"applies_to": "Tag"}, "applies_to"),
        ({"applies_to": ["Person"]}, "applies_to"),
        ({"level": "top"}, "level"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"valid_days": 0}, "valid_days"),
        ({"valid_days": "soon"}, "valid_days"),
        ({"cypher": "MATCH (n) RETURN n"}, "cypher"),
        ({"filter": {}}, "filter"),
        ({"filter": []}, "filter"),
        ({"filter": {"livesIn": {"residents": {"height": {"gte": 60}}}}}, r"filter\.livesIn\.residents\.height"),
        ({"filter": {"age": {"eq": "old"}}}, r"filter\.age"),
        ({"filter": {"phone": {"eq": "16012345678"}}}, "证件号码"),
        ({"filter": {"household": {"members": {"citizenId": {"in": ["88010220160505123X"]}}}}}, "证件号码"),
        ({"filter": {"assistance": {"eq": "城市低保"}}}, "level"),
        ({"filter": {"livesIn": {"residents": {"disability": {"isNull": False}}}}}, "level"),
        ({"applies_to": "Dwelling", "filter": {"address": {"eq": "桂花苑"}}}, "写到室"),
        ({"filter": {"tags": {}}}, "哪个标签"),
        ({"filter": {"count": {"of": "tags", "gte": 2}}}, "哪个标签"),
        ({"filter": {"not": {"tags": {"label": {"contains": "老"}}}}}, "哪个标签"),
    ],
)
def test_a_bad_rule_is_refused_with_the_place(change: dict[str, Any], word: str) -> None:
    with pytest.raises(TagRuleInvalid, match=word):
        parse_rule(GOOD | change)


def test_a_refusal_does_not_repeat_the_number() -> None:
    with pytest.raises(TagRuleInvalid) as refused:
        parse_rule(GOOD | {"filter": {"phone": {"eq": "16012345678"}}})
    assert "1601234" not in str(refused.value.as_dict())


def test_a_count_of_places_may_use_what_is_sensitive() -> None:
    """Many people hide one; a tag of a household would tell of each."""
    counted = {"count": {"of": "dwellings.residents", "where": {"disability": {"isNull": False}}, "gte": 10}}
    assert parse_rule(GOOD | {"applies_to": "Building", "filter": counted}).level is Level.INTERNAL


@pytest.mark.parametrize("key", ["name", "label", "applies_to", "filter", "level", "version"])
def test_a_missing_part_is_named(key: str) -> None:
    with pytest.raises(TagRuleInvalid, match=key):
        parse_rule({name: value for name, value in GOOD.items() if name != key})


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "name: [", "\x00", "1: 2\n", "a: &x [*x]\n"])
def test_a_file_that_is_no_rule_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TagRuleInvalid, match=r"odd\.yaml"):
        load_rules(tmp_path)


def test_a_rule_survives_being_written_and_read(tmp_path: Path) -> None:
    for one in builtin_rules():
        again = parse_rule(one.body() | {"version": one.version})
        assert again == one
    assert rule_set(builtin_rules()) != rule_set(builtin_rules()[1:])


def test_turns_follow_what_is_asked_for() -> None:
    chosen = [rule("third", asks="second"), rule("second", asks="标签first"), rule("first"), rule("other")]
    assert [[one.name for one in turn] for turn in levels(chosen)] == [["first", "other"], ["second"], ["third"]]


def test_a_circle_is_named() -> None:
    chosen = [rule("one", asks="two"), rule("two", asks="three"), rule("three", asks="标签one"), rule("free")]
    with pytest.raises(TagRuleInvalid, match=r"one → two → three → one|two → three → one → two|three → one → two"):
        levels(chosen)
    with pytest.raises(TagRuleInvalid, match=r"selfish → selfish"):
        levels([rule("selfish", asks="selfish")])


def test_a_tag_that_no_rule_gives_is_named(tmp_path: Path) -> None:
    (tmp_path / "a_rule.yaml").write_text(
        yaml.safe_dump(GOOD | {"filter": {"has": {"tag": "nothing"}}}), encoding="utf-8"
    )
    with pytest.raises(TagRuleInvalid, match="nothing"):
        load_rules(tmp_path)
