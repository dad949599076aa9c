"""What would change a verdict: the fewest changes, and only such as people would call natural."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resolution.counterfactual import what_would_change
from resolution.evidence import Reason
from resolution.model.model import shipped_model
from tests.resolution.little_world import THRESHOLD, WANG, Records, Row, World


def test_what_would_change_the_verdict_is_the_smallest_set_of_changes(records: Records) -> None:
    far: Row = WANG | {"phone": "16111111111", "birth_date": None}
    told = World(records("person", [WANG, far])).explain(0, 1)
    assert (told.same, told.total) == (False, pytest.approx(-2.0, abs=0.01))
    assert [[(c.comparison, c.level, c.difference) for c in changes] for changes in told.changes] == [
        [("birth", "same", pytest.approx(8.0))],
        [("phone", "same", pytest.approx(8.0))],
        [("id", "same", pytest.approx(15.0))],
    ]


def test_a_verdict_that_needs_two_changes_names_two(records: Records) -> None:
    rows: list[Row] = [WANG, {"name": "李秀英", "phone": "16111111111", "birth_date": "1970-01-02"}]
    told = World(records("person", rows)).explain(0, 1)
    assert told.total == pytest.approx(-20.0, abs=0.01)
    assert [len(changes) for changes in told.changes] == [2, 2, 2]
    for changes in told.changes:
        assert told.total + sum(change.difference for change in changes) > THRESHOLD
        for left_out in changes:
            rest = sum(change.difference for change in changes if change is not left_out)
            assert told.total + rest <= THRESHOLD


def _shipped(world: World, levels: dict[str, tuple[str, float]]) -> list[Reason]:
    """Reasons of the shipped person comparisons: the level and the weight that each stands at."""
    declared = shipped_model("person").declaration
    return [
        replace(
            world.explain(0, 1).reasons[0], comparison=c.name, level=level, weight=weight,
            missing=next(one.missing for one in c.levels if one.name == level),
        )
        for c in declared.comparisons for level, weight in [levels.get(c.name, ("missing", 0.0))]
    ]  # fmt: skip


def test_agreeing_more_is_never_told_as_what_parts_two_records(records: Records) -> None:
    reasons = _shipped(
        World(records("person", [WANG, WANG])), {"name": ("same", 11.0), "contact": ("sole_phone", 27.0)}
    )
    told = [c for changes in what_would_change(shipped_model("person"), reasons, 25.0, 2.0) for c in changes]
    assert told
    assert all(c.difference < 0 for c in told)
    assert {c.level for c in told if c.comparison == "contact"} <= {"different"}


def test_what_would_join_two_records_is_plain_agreement(records: Records) -> None:
    world = World(records("person", [WANG, WANG]))
    reasons = _shipped(world, {"name": ("same", 11.0), "birth": ("different", -8.0)})
    told = what_would_change(shipped_model("person"), reasons, -9.0, 2.0)
    assert ("birth", "same") in {(c.comparison, c.level) for changes in told for c in changes}
    assert {c.level for changes in told for c in changes} <= {"same", "phone_and_door"}
    near = _shipped(world, {"name": ("same", 11.0), "contact": ("own_phone", 15.5)})
    fewer = [reason for reason in near if reason.comparison in ("name", "contact")]
    ((only,),) = what_would_change(shipped_model("person"), fewer, 1.0, 8.0)
    assert only.level == "sole_phone"  # no plain agreement is enough
