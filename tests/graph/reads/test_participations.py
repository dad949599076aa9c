"""The participations that the dispute analytics starts from, in the little town of conftest."""

from __future__ import annotations

from datetime import date

from graph.analytics.disputes import Pattern, Thresholds, dispute_groups
from graph.reads.disputes import Grouping, participations
from tests.graph.linking.database import CountingStore


def test_participations_by_party_and_by_household(counting: CountingStore) -> None:
    rows = participations(counting)
    assert counting.reads == 1
    assert {(row.event_id, row.party_id, row.role) for row in rows} >= {
        ("evt_TJ1", "per_wang", "complainant"),
        ("evt_TJ1", "org_pm", "respondent"),
    }
    (mass,) = [
        group for group in dispute_groups(rows, Thresholds(accusers=3)) if group.pattern is Pattern.ONE_AGAINST_MANY
    ]
    assert mass.centre == "org_pm"
    households = {row.party_id for row in participations(counting, by=Grouping.HOUSEHOLD)}
    assert households == {"hou_H1", "hou_H2", "hou_H3", "org_pm"}
    early = participations(counting, since=date(2026, 2, 1), until=date(2026, 3, 1))
    assert {row.event_id for row in early} == {"evt_TJ2"}
