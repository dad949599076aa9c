"""Rule files: the built-in ones are sound, and a bad one is told what is wrong with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.errors import TagRuleInvalid
from graph.tags.rules import BUILTIN, builtin_rules, load_rules, parse_rule

GOOD = {
    "name": "a_rule",
    "label": "规则",
    "applies_to": "Person",
    "level": "internal",
    "version": 1,
    "evidence": ["dwelling"],
    "cypher": "MATCH (p:Person)-[l:LIVES_IN]->(d) WHERE VALID(l) RETURN p.id AS id, d.id AS dwelling",
}


def test_builtin_rules_are_named_after_their_files() -> None:
    assert [rule.name for rule in builtin_rules()] == sorted(path.stem for path in BUILTIN.glob("*.yaml"))
    assert len(builtin_rules()) >= 5
    for rule in builtin_rules():
        assert rule.label
        assert rule.description


def test_validity_and_parameters_are_filled_in() -> None:
    rule = parse_rule(GOOD | {"windows": {"since": 90}, "ages": {"born": 60}, "parameters": {"n": 3}})
    assert "VALID" not in rule.statement
    assert "l.valid_from <= $as_of" in rule.statement
    assert rule.arguments(date(2024, 2, 29)) == {
        "as_of": date(2024, 2, 29),
        "since": date(2023, 12, 1),
        "born": date(1964, 2, 29),
        "n": 3,
    }
    assert parse_rule(GOOD | {"ages": {"born": 1}}).arguments(date(2024, 2, 29))["born"] == date(2023, 2, 28)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "Bad Name"}, "name"),
        ({"applies_to": "Dog"}, "applies_to"),
        ({"level": "top"}, "level"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"evidence": "dwelling"}, "evidence"),
        ({"evidence": ["nothing"]}, "nothing"),
        ({"windows": {"since": "soon"}}, "windows"),
        ({"color": "red"}, "color"),
        ({"cypher": "MATCH (p) DETACH DELETE p RETURN p.id AS id, 1 AS dwelling"}, "DE"),
        ({"cypher": "MATCH (p) SET p.x = 1 RETURN p.id AS id, 1 AS dwelling"}, "SET"),
        ({"cypher": "MATCH (p)"}, "RETURN"),
    ],
)
def test_a_bad_rule_is_refused_with_the_reason(change: dict, word: str) -> None:
    with pytest.raises(TagRuleInvalid, match=word):
        parse_rule(GOOD | change)


def test_a_missing_part_is_named() -> None:
    with pytest.raises(TagRuleInvalid, match="label"):
        parse_rule({key: value for key, value in GOOD.items() if key != "label"})


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "name: [", "\x00"])
def test_a_file_that_is_no_rule_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(TagRuleInvalid, match=r"odd\.yaml"):
        load_rules(tmp_path)
