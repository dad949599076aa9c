"""Taggings over time: they begin, go on, end and begin again, and nothing is ever deleted."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import orjson
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.linking.changes import latest_state
from graph.linking.inputs import GraphState
from graph.tags.changes import tag_changes
from graph.tags.evaluate import TAGGINGS
from graph.tags.rules import builtin_rules

RULES = builtin_rules()
RULE = "elderly_living_alone"


class Log:
    """A projection log that grows with each evaluation."""

    def __init__(self) -> None:
        self.nodes: pl.DataFrame | None = None
        self.edges: pl.DataFrame | None = None
        self.seq = 0

    @property
    def state(self) -> GraphState:
        if self.nodes is None or self.edges is None:
            return GraphState()
        return latest_state(self.nodes, self.edges)

    def run(self, day: date, *found: str, since: date | None = None, rules=RULES) -> tuple[pl.DataFrame, pl.DataFrame]:
        self.seq += 1
        rows = [(RULE, 1, "Person", person, since, '{"dwelling":"d"}') for person in found]
        frame = pl.DataFrame(rows, schema=TAGGINGS, orient="row")
        nodes, edges = tag_changes(self.state, frame, rules, as_of=day, seq=self.seq)
        self.nodes = nodes if self.nodes is None else pl.concat([self.nodes, nodes])
        self.edges = edges if self.edges is None else pl.concat([self.edges, edges])
        return nodes, edges

    def spans(self, person: str) -> list[tuple[str, str | None]]:
        rows = self.state.edges.filter(pl.col("from_id") == person)["props"]
        return sorted((props["valid_from"], props.get("valid_to")) for props in map(orjson.loads, rows))


def test_the_first_evaluation_makes_tags_and_taggings() -> None:
    log = Log()
    nodes, edges = log.run(date(2026, 1, 1), "p")
    assert set(nodes["label"]) == {"Tag"}
    assert nodes.height == len(RULES)
    assert edges.select("op", "type", "from_label", "from_id", "to_label", "to_id").rows() == [
        ("create", "TAGGED", "Person", "p", "Tag", f"tag_{RULE}")
    ]
    assert log.spans("p") == [("2026-01-01", None)]


def test_what_goes_on_changes_nothing() -> None:
    log = Log()
    log.run(date(2026, 1, 1), "p")
    for day in (date(2026, 1, 1), date(2026, 2, 1)):
        nodes, edges = log.run(day, "p")
        assert nodes.is_empty()
        assert edges.is_empty()


def test_what_no_longer_holds_is_ended() -> None:
    log = Log()
    log.run(date(2026, 1, 1), "p", "q")
    _, edges = log.run(date(2026, 2, 1), "q")
    assert edges["op"].to_list() == ["update"]
    assert log.spans("p") == [("2026-01-01", "2026-02-01")]
    assert log.run(date(2026, 3, 1), "q")[1].is_empty()


def test_what_holds_again_is_a_second_tagging() -> None:
    log = Log()
    log.run(date(2026, 1, 1), "p", since=date(2020, 1, 1))
    log.run(date(2026, 2, 1))
    log.run(date(2026, 3, 1), "p", since=date(2020, 1, 1))
    assert log.spans("p") == [("2020-01-01", "2026-02-01"), ("2026-02-01", None)]


def test_a_new_version_of_the_rule_is_told() -> None:
    log = Log()
    log.run(date(2026, 1, 1), "p")
    frame = pl.DataFrame([(RULE, 2, "Person", "p", None, "{}")], schema=TAGGINGS, orient="row")
    _, edges = tag_changes(log.state, frame, RULES, as_of=date(2026, 2, 1), seq=9)
    (row,) = edges.iter_rows(named=True)
    assert row["op"] == "update"
    assert orjson.loads(row["props"])["version"] == 2
    assert orjson.loads(row["props"])["valid_from"] == "2026-01-01"


def test_a_retired_rule_ends_its_taggings() -> None:
    log = Log()
    log.run(date(2026, 1, 1), "p")
    log.run(date(2026, 2, 1), rules=[rule for rule in RULES if rule.name != RULE])
    assert log.spans("p") == [("2026-01-01", "2026-02-01")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.sampled_from("pqr")), min_size=1, max_size=7))
def test_whoever_bears_the_tag_now_has_just_one_open_tagging(history: list[set[str]]) -> None:
    log = Log()
    for month, found in enumerate(history, start=1):
        log.run(date(2026, month, 1), *sorted(found))
    for person in "pqr":
        spans = log.spans(person)
        assert [end for _, end in spans].count(None) == (person in history[-1])
        for (_, end), (start, _) in pairwise(spans):
            assert end is not None
            assert end <= start
    again = log.run(date(2026, len(history), 1), *sorted(history[-1]))
    assert all(frame.is_empty() for frame in again)
