"""Taggings over time: they begin, go on, run out, end and begin again, and nothing is ever deleted.

Fixture strategy: a projection log in memory that grows with each evaluation; what each one found is stated by hand.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import orjson
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from graph.linking.changes import EDGE_CHANGES, latest_state
from graph.linking.inputs import empty_nodes
from graph.tags.changes import borne, compare, edge_row, edge_rows, node_rows, rule_node
from graph.tags.evaluate import FOUND
from graph.tags.rules import TagRule, builtin_rules

PLAIN = next(rule for rule in builtin_rules() if rule.name == "elderly_living_alone")
LASTING = replace(PLAIN, name="lasting", label="久的", valid_days=30)
DAY = date(2026, 1, 1)


class Log:
    def __init__(self) -> None:
        self.edges = pl.DataFrame(schema=EDGE_CHANGES)
        self.seq = 0
        self.counts: dict[str, tuple[int, int, int]] = {}

    @property
    def state(self) -> pl.DataFrame:
        return latest_state(empty_nodes().with_columns(seq=pl.lit(0), op=pl.lit("")), self.edges).edges

    def run(
        self,
        day: date,
        *found: str,
        rules: tuple[TagRule, ...] = (PLAIN,),
        within: dict[str, list[str]] | None = None,
    ) -> pl.DataFrame:
        self.seq += 1
        rows = [(rule.name, "Person", person) for rule in rules for person in found]
        plan = compare(borne(self.state), pl.DataFrame(rows, schema=FOUND, orient="row"), rules, day, within=within)
        because = [(rule, each, f'{{"made":"{each}"}}') for rule, each in plan.unexplained.iter_rows()]
        made = edge_rows(plan, because, rules, day, self.seq)
        self.counts = plan.counts(day)
        self.edges = pl.concat([self.edges, made])
        return made

    def props(self, person: str) -> list[dict[str, Any]]:
        found = map(orjson.loads, self.state.filter(pl.col("from_id") == person)["props"])
        return sorted(found, key=lambda props: str(props["valid_from"]))

    def spans(self, person: str) -> list[tuple[str, str | None]]:
        return [(props["valid_from"], props.get("valid_to")) for props in self.props(person)]

    def bore(self, person: str, day: date) -> bool:
        text = day.isoformat()
        return any(start <= text and (end is None or text < end) for start, end in self.spans(person))


def test_a_tagging_says_what_other_relations_say() -> None:
    log = Log()
    made = log.run(DAY, "p")
    assert made.select("op", "type", "from_label", "from_id", "to_label", "to_id").rows() == [
        ("create", "TAGGED", "Person", "p", "Tag", f"tag_{PLAIN.name}")
    ]
    assert log.props("p") == [
        {
            "rule": PLAIN.name,
            "version": PLAIN.version,
            "evidence": '{"made":"p"}',
            "valid_from": "2026-01-01",
            "observed_at": "2026-01-01T00:00:00",
            "confidence": 1.0,
            "sources": ["rule"],
        }
    ]


def test_what_goes_on_changes_nothing() -> None:
    log = Log()
    log.run(DAY, "p")
    for day in (DAY, date(2026, 2, 1)):
        assert log.run(day, "p").is_empty()


def test_what_no_longer_holds_is_ended() -> None:
    log = Log()
    log.run(DAY, "p", "q")
    assert log.run(date(2026, 2, 1), "q")["op"].to_list() == ["update"]
    assert log.counts == {PLAIN.name: (0, 1, -1)}
    assert log.spans("p") == [("2026-01-01", "2026-02-01")]
    assert log.run(date(2026, 3, 1), "q").is_empty()
    assert [log.bore("p", day) for day in (DAY, date(2026, 1, 31), date(2026, 2, 1))] == [True, True, False]


def test_what_holds_again_is_a_second_tagging() -> None:
    log = Log()
    log.run(DAY, "p")
    log.run(date(2026, 2, 1))
    log.run(date(2026, 3, 1), "p")
    assert log.spans("p") == [("2026-01-01", "2026-02-01"), ("2026-03-01", None)]


def test_what_was_taken_back_on_the_same_day_never_ended() -> None:
    log = Log()
    log.run(DAY, "p")
    log.run(date(2026, 2, 1))
    log.run(date(2026, 2, 1), "p")
    assert log.counts == {PLAIN.name: (1, 0, 1)}
    assert log.spans("p") == [("2026-01-01", None)]


def test_a_lasting_tag_outlives_its_condition() -> None:
    log, rules = Log(), (LASTING,)
    log.run(DAY, "p", rules=rules)
    log.run(date(2026, 2, 1), rules=rules)
    assert log.counts == {"lasting": (0, 1, 0)}  # still borne for thirty days
    assert log.spans("p") == [("2026-01-01", "2026-03-03")]
    assert log.run(date(2026, 2, 20), rules=rules).is_empty()
    log.run(date(2026, 2, 25), "p", rules=rules)
    assert log.spans("p") == [("2026-01-01", None)]
    log.run(date(2026, 3, 1), rules=rules)
    log.run(date(2026, 6, 1), "p", rules=rules)
    assert log.spans("p") == [("2026-01-01", "2026-03-31"), ("2026-06-01", None)]


def test_a_new_version_of_the_rule_is_told_with_new_evidence() -> None:
    log = Log()
    log.run(DAY, "p", "q")
    made = log.run(date(2026, 2, 1), "p", "q", rules=(replace(PLAIN, version=9),))
    assert made["op"].to_list() == ["update", "update"]
    (told,) = log.props("p")
    assert (told["version"], told["valid_from"], told["observed_at"]) == (9, "2026-01-01", "2026-02-01T00:00:00")


def test_a_rule_that_is_gone_ends_its_taggings_at_once() -> None:
    log = Log()
    log.run(DAY, "p", rules=(PLAIN, LASTING))
    log.run(date(2026, 2, 1), "p", rules=(PLAIN,))
    spans = {props["rule"]: props.get("valid_to") for props in log.props("p")}
    assert spans == {PLAIN.name: None, "lasting": "2026-02-01"}


def test_only_those_asked_about_can_lose_it() -> None:
    log = Log()
    log.run(DAY, "p", "q")
    log.run(date(2026, 2, 1), within={PLAIN.name: ["p", "r"]})
    assert log.spans("p") == [("2026-01-01", "2026-02-01")]
    assert log.spans("q") == [("2026-01-01", None)]


def test_tags_that_people_gave_are_left_alone() -> None:
    log = Log()
    props = {"author": "li", "valid_from": "2025-05-01", "sources": ["hand"], "evidence": '{"hand":"htg_1"}'}
    row = edge_row("create", "rel_hand", "Person", "p", PLAIN.name, props, 0)
    log.edges = pl.DataFrame([row], schema=EDGE_CHANGES, orient="row")
    assert log.run(DAY).is_empty()
    log.run(DAY, "p")
    assert log.spans("p") == [("2025-05-01", None), ("2026-01-01", None)]


def test_a_tag_node_is_written_when_it_says_something_new() -> None:
    first = node_rows(empty_nodes(), [rule_node(PLAIN)], 1)
    assert first.select("op", "id").rows() == [("create", f"tag_{PLAIN.name}")]
    known = first.select("label", "id", "props", "hash")
    assert node_rows(known, [rule_node(PLAIN)], 2).is_empty()
    changed = node_rows(known, [rule_node(replace(PLAIN, label="独自居住的老人"))], 2)
    assert changed["op"].to_list() == ["update"]


@given(st.lists(st.sets(st.sampled_from("pqr")), min_size=1, max_size=8), st.sampled_from([PLAIN, LASTING]))
def test_whoever_fulfils_a_rule_now_has_just_one_open_tagging(history: list[set[str]], rule: TagRule) -> None:
    log = Log()
    days = [DAY + timedelta(days=20 * number) for number in range(len(history))]
    for day, found in zip(days, history, strict=True):
        log.run(day, *sorted(found), rules=(rule,))
    for person in "pqr":
        spans = log.spans(person)
        assert [end for _, end in spans].count(None) == (person in history[-1])
        for (_, end), (start, _) in pairwise(spans):
            assert end is not None
            assert end < start
        for day, found in zip(days, history, strict=True):
            if person in found:
                assert log.bore(person, day)
            elif rule.valid_days is None:
                assert not log.bore(person, day)
    assert log.run(days[-1], *sorted(history[-1]), rules=(rule,)).is_empty()
