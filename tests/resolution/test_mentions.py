# Fixtures: none; people and scopes are written out, since the posterior is arithmetic on them.
"""Who is meant: the nearer, the fewer and the better fitting, the surer; what nobody listed keeps its share."""

from __future__ import annotations

import pytest

from resolution.mentions import TIERS, Known, Scope, Tier, Words, posterior, shipped

MODEL = shipped()
SIZES: dict[Tier, float] = {"door": 2.6, "unit": 30.0, "building": 120.0, "compound": 1200.0, "town": 20_000.0}


def scope(nearest: Tier, *, listed: frozenset[Tier] = frozenset({"door", "unit", "building"})) -> Scope:
    return Scope(nearest, SIZES, listed, commonness=0.05, year=2026)


def name_scope(nearest: Tier, bearers: int) -> Scope:
    return Scope(nearest, SIZES, frozenset(TIERS), commonness=(bearers + 0.2) / SIZES["town"], year=2026)


def test_the_only_neighbour_of_a_full_name_is_meant() -> None:
    found = posterior(Words(name="王建国", surname="王"), [Known("per_a", "unit")], name_scope("unit", 1), MODEL)
    assert found["per_a"] > 0.99


def test_a_full_name_elsewhere_in_town_is_no_proof() -> None:
    found = posterior(Words(name="王建国", surname="王"), [Known("per_a", "town")], name_scope("unit", 1), MODEL)
    assert 0.1 < found["per_a"] < MODEL.linked


def test_a_surname_alone_in_a_unit_is_not_enough() -> None:
    found = posterior(Words(surname="王"), [Known("per_a", "unit")], scope("unit"), MODEL)
    assert 0.5 < found["per_a"] < MODEL.linked


def test_a_surname_at_a_named_door_is_enough() -> None:
    found = posterior(Words(surname="王"), [Known("per_a", "door")], scope("door"), MODEL)
    assert found["per_a"] > MODEL.linked


def test_two_of_a_surname_at_a_door_share_it_and_a_title_decides() -> None:
    people = [Known("per_man", "door", sex="1", birth_year=1960), Known("per_woman", "door", sex="2", birth_year=1962)]
    alike = posterior(Words(surname="王"), people, scope("door"), MODEL)
    assert alike["per_man"] == pytest.approx(alike["per_woman"])
    told = posterior(Words(surname="王", sex="2", least_age=50), people, scope("door"), MODEL)
    assert told["per_woman"] > MODEL.linked > told["per_man"]


def test_a_child_is_no_old_lady() -> None:
    people = [Known("per_child", "door", sex="2", birth_year=2016), Known("per_old", "door", sex="2", birth_year=1950)]
    found = posterior(Words(surname="王", sex="2", least_age=50), people, scope("door"), MODEL)
    assert found["per_old"] > 5 * found["per_child"]


def test_who_has_moved_away_is_less_likely_and_a_name_that_only_sounds_alike_too() -> None:
    people = [Known("per_here", "unit"), Known("per_gone", "unit", left=True)]
    found = posterior(Words(surname="王"), people, scope("unit"), MODEL)
    assert found["per_here"] > found["per_gone"] > 0
    heard = [Known("per_same", "unit"), Known("per_sound", "unit", sounds_alike=True)]
    said = posterior(Words(name="王建国", surname="王"), heard, name_scope("unit", 1), MODEL)
    assert said["per_same"] > 10 * said["per_sound"]


@pytest.mark.parametrize("nearest", TIERS)
def test_probabilities_never_reach_one_and_nobody_gives_nothing(nearest: Tier) -> None:
    people = [Known(f"per_{tier}", tier) for tier in TIERS]
    assert 0.0 < sum(posterior(Words(surname="王"), people, scope(nearest), MODEL).values()) < 1.0
    assert posterior(Words(surname="王"), [], scope(nearest), MODEL) == {}


def test_the_masses_of_every_nearest_tier_are_a_distribution() -> None:
    assert set(MODEL.masses) == set(TIERS)
    for masses in MODEL.masses.values():
        assert sum(masses.values()) == pytest.approx(1.0)
