"""What a change reaches, on ids alone; and which addresses a change of the dwellings leads elsewhere."""

from __future__ import annotations

import polars as pl
import pytest

from graph.linking.place_votes import build
from graph.linking.replacing import moved
from graph.linking.scope import Change, Ground, open_homes, reach

# Two families and a lodger: a1 and a2 are a household at da, b1 and b2 another at db, and l lodges with b1.
HOMES = [
    ("MEMBER_OF", "per_a1", "hou_a"),
    ("MEMBER_OF", "per_a2", "hou_a"),
    ("LIVES_IN", "per_a1", "dwe_a"),
    ("LIVES_IN", "per_a2", "dwe_a"),
    ("MEMBER_OF", "per_b1", "hou_b"),
    ("MEMBER_OF", "per_b2", "hou_b"),
    ("LIVES_IN", "per_b1", "dwe_b"),
    ("LIVES_IN", "per_b2", "dwe_far"),
    ("LIVES_IN", "per_l", "dwe_b"),
    ("LIVES_IN", "per_far", "dwe_far"),
]
ENTITIES = sorted({end for _, *ends in HOMES for end in ends} | {"org_o"})
NOTHING: frozenset[str] = frozenset()


def ground(*ends: tuple[str, str, str]) -> Ground:
    """Every entity has one record, `rec_` and its id."""
    columns = ["type", "from_id", "to_id"]
    return Ground(
        assigned=pl.DataFrame({"record_id": [f"rec_{one}" for one in ENTITIES], "entity_id": ENTITIES}),
        ends=pl.DataFrame(list(ends), schema=dict.fromkeys(columns, pl.String), orient="row"),
        homes=pl.DataFrame(HOMES, schema=columns, orient="row"),
    )


def change(**parts: set[str]) -> Change:
    empty = dict.fromkeys(("nodes", "stirred", "related", "events"), NOTHING)
    return Change(**{**empty, **{name: frozenset(ids) for name, ids in parts.items()}})


def test_a_changed_person_reaches_the_household_and_who_lives_at_its_doors() -> None:
    scope = reach(change(nodes={"per_b1"}), ground())
    assert scope.nodes == {"per_b1"}
    assert {"per_b1", "per_b2", "per_l", "per_far", "hou_b"} <= scope.starts
    assert not {"per_a1", "per_a2", "hou_a"} & scope.known
    assert scope.records == {"rec_per_b1"}


def test_a_changed_organization_reaches_nobody() -> None:
    employed = ("WORKS_AT", "rec_per_a1", "rec_org_o")
    assert reach(change(nodes={"org_o"}), ground(employed)).starts == {"org_o"}


def test_who_points_at_an_entity_of_another_id_is_linked_anew() -> None:
    employed = ("WORKS_AT", "rec_per_a1", "rec_org_o")
    scope = reach(change(nodes={"org_o"}, stirred={"rec_org_o"}), ground(employed))
    assert {"org_o", "per_a1", "per_a2", "hou_a"} <= scope.starts
    assert "per_b1" not in scope.known


def test_somebody_who_moves_reaches_the_new_door_too() -> None:
    stay = ("LIVES_IN", "rec_per_a1", "rec_dwe_b")
    scope = reach(change(related={"rec_per_a1", "rec_dwe_b"}), ground(stay))
    assert {"per_a1", "per_a2", "per_b1", "per_l", "hou_a", "hou_b"} <= scope.starts
    assert not scope.nodes


def test_a_changed_event_reaches_its_parties_and_its_record() -> None:
    scope = reach(change(events={"evt_e"}), ground(("PARTY_TO", "rec_per_l", "evt_e")))
    assert scope.events == {"evt_e"}
    assert "rec_e" in scope.records
    assert scope.starts == {"per_l"}
    assert {"per_b1", "per_b2"} <= scope.context


def test_only_homes_of_today_count() -> None:
    rows = [("LIVES_IN", f"per_{n}", "dwe_a", props) for n, props in enumerate(
        ('{"role":"owner"}', '{"valid_to":"2020-01-01"}', '{"role":"dormitory"}')
    )]  # fmt: skip
    edges = pl.DataFrame(rows, schema=["type", "from_id", "to_id", "props"], orient="row")
    assert open_homes(edges)["from_id"].to_list() == ["per_0"]


TOWN = [(f"d{n}", f"梧桐街道枫桥社区梧桐路12号桂花苑{n}幢101室", None) for n in (1, 2)] + [
    (f"e{n}", f"梧桐街道枫桥社区健康街7号静安新村{n}幢101室", None) for n in (1, 2)
]


@pytest.mark.parametrize(
    ("address", "concerned"),
    [
        ("桂花苑3幢101室", True),
        ("梧桐街道桂花苑3栋", True),
        ("梧桐路12号3幢101室", True),
        ("桂花苑对面的路口", True),
        ("静安新村1幢101室", False),
        ("梧桐街道枫桥社区", False),
        ("月球基地", False),
    ],
)
def test_a_new_door_concerns_the_addresses_of_its_compound(address: str, concerned: bool) -> None:
    before, after = build(TOWN), build([*TOWN, ("d3", "梧桐街道枫桥社区梧桐路12号桂花苑3幢101室", None)])
    change = moved(before, after)
    assert change.concerns(address) is concerned
    assert change.dwellings == {"d3"}
    if before.find(address) != after.find(address):
        assert concerned


def test_the_same_dwellings_concern_nobody() -> None:
    assert not moved(build(TOWN), build(TOWN)).concerns("桂花苑1幢101室")
