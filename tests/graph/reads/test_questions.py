"""The three questions, and the participations that the dispute analytics starts from."""

from __future__ import annotations

from datetime import date

from graph.analytics.disputes import Pattern, Thresholds, dispute_groups
from graph.reads.disputes import Grouping, participations
from graph.reads.questions import complainants, open_complaints, who_lives_here

NOW = date(2026, 6, 30)


def test_who_lives_at_this_door_and_which_departments_know_them(counting) -> None:
    found = {resident.person.id: resident for resident in who_lives_here(counting, "dwe_g501", as_of=NOW)}
    assert counting.reads == 1
    assert set(found) == {"per_wang", "per_li", "per_son", "per_granny"}
    assert found["per_wang"].departments == ("住建", "公安", "物业", "综治")
    assert found["per_li"].departments == ("12345", "公安", "卫健")
    assert found["per_son"].household.id == "hou_H1"
    assert not who_lives_here(counting, "dwe_g501", as_of=date(2014, 1, 1))


def test_open_complaints_of_a_household(counting) -> None:
    (complaint,) = open_complaints(counting, "hou_H1", as_of=NOW)
    assert counting.reads == 1
    assert complaint.event.id == "evt_RX1"
    assert [member["id"] for member in complaint.members] == ["per_li"]
    assert complaint.departments == ("12345热线", "梧桐街道办事处")
    # TJ1, in which 王建国 takes part, is closed; TJ3 is open and belongs to the woman in 502.
    assert [item.event.id for item in open_complaints(counting, "hou_H2", as_of=NOW)] == ["evt_TJ3"]


def test_complainants_of_an_organization_and_where_they_live(counting) -> None:
    found = complainants(counting, "org_pm", as_of=NOW)
    assert counting.reads == 1
    assert [item.person.id for item in found] == ["per_alone", "per_zhou", "per_wang"]
    assert [item.dwelling.id for item in found] == ["dwe_g502", "dwe_g503", "dwe_g501"]
    assert {item.compound.props["name"] for item in found} == {"桂花苑"}
    assert found[0].latest == date(2026, 3, 5)


def test_participations_by_party_and_by_household(counting) -> None:
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
