"""Planted structures among noise: each must be found, with its evidence, and nothing else."""

from __future__ import annotations

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analytics.disputes import Pattern, Thresholds, dispute_groups
from graph.analytics.participation import Participation, disputes

START = date(2024, 1, 1)


def quarrel(event: str, *parties: str, day: int = 0, role: str = "party") -> list[Participation]:
    return [Participation(event, party, role, START + timedelta(days=day)) for party in parties]


def accusation(event: str, accuser: str, accused: str, day: int = 0) -> list[Participation]:
    on = START + timedelta(days=day)
    return [
        Participation(event, accuser, "complainant", on),
        Participation(event, accused, "respondent", on, "Organization"),
    ]


def by_pattern(rows: list[Participation], pattern: Pattern):
    return [group for group in dispute_groups(rows) if group.pattern is pattern]


def test_feuding_neighbours_are_a_repeat_pair_with_dates() -> None:
    rows = quarrel("e1", "a", "b", day=10) + quarrel("e2", "b", "a", day=40) + quarrel("e3", "a", "c", day=50)
    (pair,) = by_pattern(rows, Pattern.REPEAT_PAIR)
    assert pair.members == ("a", "b")
    assert pair.events == ("e1", "e2")
    assert pair.dates == (START + timedelta(days=10), START + timedelta(days=40))
    assert (pair.first, pair.last) == (pair.dates[0], pair.dates[1])


def test_one_dispute_with_two_statements_is_no_repetition() -> None:
    rows = quarrel("e1", "a", "b") + quarrel("e1", "a", "b", role="respondent")
    assert not by_pattern(rows, Pattern.REPEAT_PAIR)


def test_mass_complaints_centre_on_the_accused() -> None:
    rows = [row for n in range(7) for row in accusation(f"e{n}", f"p{n}", "org", day=n)]
    (mass,) = by_pattern(rows, Pattern.ONE_AGAINST_MANY)
    assert mass.centre == "org"
    assert len(mass.members) == 8
    assert len(mass.events) == 7
    assert 6.5 < mass.score <= 7


def test_one_insistent_caller_is_not_many() -> None:
    rows = [row for n in range(9) for row in accusation(f"e{n}", "same", "org", day=n)]
    assert not by_pattern(rows, Pattern.ONE_AGAINST_MANY)
    assert len(by_pattern(rows, Pattern.REPEAT_PAIR)) == 1


def test_accusers_of_one_event_are_not_opposed_to_each_other() -> None:
    rows = [
        Participation("e", "a", "complainant"),
        Participation("e", "b", "complainant"),
        Participation("e", "c", "respondent"),
    ]
    (case,) = disputes(rows)
    assert list(case.pairs()) == [("a", "c"), ("b", "c")]


def test_mediators_and_witnesses_join_nobody() -> None:
    rows = quarrel("e1", "a", "b") + quarrel("e2", "c", "d")
    rows += [Participation("e1", "m", "mediator"), Participation("e2", "m", "mediator")]
    assert not dispute_groups(rows)


def test_components_gather_chains() -> None:
    rows = quarrel("e1", "a", "b") + quarrel("e2", "b", "c") + quarrel("e3", "x", "y")
    (component,) = by_pattern(rows, Pattern.COMPONENT)
    assert component.members == ("a", "b", "c")
    assert component.events == ("e1", "e2")


def test_dense_parts_of_a_large_component_become_communities() -> None:
    rows: list[Participation] = []
    for side in "lr":
        people = [f"{side}{n}" for n in range(7)]
        for i, a in enumerate(people):
            for b in people[i + 1 :]:
                rows += quarrel(f"{a}{b}", a, b)
    rows += quarrel("bridge", "l0", "r0")
    communities = by_pattern(rows, Pattern.COMMUNITY)
    assert sorted(group.members for group in communities) == [
        tuple(f"l{n}" for n in range(7)),
        tuple(f"r{n}" for n in range(7)),
    ]


def test_old_disputes_weigh_less() -> None:
    rows = quarrel("e1", "a", "b", day=0) + quarrel("e2", "a", "b", day=10)
    rows += quarrel("e3", "c", "d", day=720) + quarrel("e4", "c", "d", day=730)
    fresh, stale = by_pattern(rows, Pattern.REPEAT_PAIR)
    assert fresh.members == ("c", "d")
    assert fresh.score > 3 * stale.score


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 25), st.integers(0, 30), st.sampled_from(["party", "complainant", "respondent", "witness"])
        ),
        max_size=80,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_nothing(rows: list[tuple[int, int, str]], rng: random.Random) -> None:
    items = [Participation(f"e{e:02}", f"p{p:02}", role, START + timedelta(days=e)) for e, p, role in rows]
    shuffled = items[:]
    rng.shuffle(shuffled)
    limits = Thresholds(large_component=4, accusers=2)
    assert dispute_groups(items, limits) == dispute_groups(shuffled, limits)
