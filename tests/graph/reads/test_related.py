"""What a page of entities is related to: right, as of a day, and in one statement whatever the page's size."""

from __future__ import annotations

from datetime import date

import pytest

from core.catalogue.links import LINKS
from core.errors import EntityUnknown
from graph.reads.fetch import by_ids, redirect
from graph.reads.follow import Branch, follow

NOW = date(2026, 6, 30)


def related(store, link, ids, *, as_of=None, limit=100) -> dict:
    return follow(store, [Branch(link=link, ids=ids, day=as_of, limit=limit)])[0]


def ids(found: dict, node_id: str) -> list[str]:
    return [item.node.id for item in found[node_id]]


@pytest.mark.parametrize("key", sorted(LINKS), ids=".".join)
@pytest.mark.parametrize("as_of", [None, NOW])
def test_every_relation_is_one_statement_for_any_number_of_ids(counting, key, as_of) -> None:
    page = ["per_wang", "per_li", "dwe_g501", "dwe_g502", "org_pm", "hou_H1", "evt_RX1", "evt_TJ1", "nobody"]
    found = related(counting, LINKS[key], page, as_of=as_of)
    assert counting.reads == 1
    assert set(found) == set(page)
    assert found["nobody"] == []


def test_no_ids_need_no_statement(counting) -> None:
    assert related(counting, LINKS["Person", "kin"], []) == {}
    assert by_ids(counting, "Person", []) == {}
    assert counting.reads == 0


def test_nodes_by_id(town_store) -> None:
    found = by_ids(town_store, "Person", ["per_wang", "per_li", "nobody", "dwe_g501"])
    assert set(found) == {"per_wang", "per_li"}
    assert found["per_wang"].props["name"] == "王建国"


def test_an_unknown_label_is_refused_before_it_reaches_a_statement(town_store) -> None:
    with pytest.raises(EntityUnknown):
        by_ids(town_store, "Person) DETACH DELETE n //", ["x"])


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, ["dwe_g502", "dwe_g503"]),
        (NOW, ["dwe_g502"]),
        (date(2015, 3, 1), ["dwe_g502"]),
        (date(2015, 2, 28), ["dwe_g503"]),
        (date(2009, 1, 1), []),
    ],
)
def test_where_somebody_lived_on_a_day(town_store, as_of, expected) -> None:
    found = related(town_store, LINKS["Person", "livesIn"], ["per_alone"], as_of=as_of)
    assert ids(found, "per_alone") == expected


def test_who_lived_behind_two_doors_on_a_day(town_store) -> None:
    residents = LINKS["Dwelling", "residents"]
    found = related(town_store, residents, ["dwe_g503", "dwe_g501"], as_of=date(2014, 1, 1))
    assert ids(found, "dwe_g503") == ["per_alone"]
    now = related(town_store, residents, ["dwe_g503", "dwe_g501"], as_of=NOW)
    assert ids(now, "dwe_g503") == ["per_zhou"]
    assert len(now["dwe_g501"]) == 4
    assert now["dwe_g503"][0].edge.props["valid_from"] == date(2015, 3, 1)


def test_the_limit_holds_for_each_id(town_store) -> None:
    found = related(town_store, LINKS["Dwelling", "residents"], ["dwe_g501", "dwe_g502"], limit=1)
    assert [len(items) for items in found.values()] == [1, 1]


def test_kin_are_named_from_the_asker(town_store) -> None:
    found = related(town_store, LINKS["Person", "kin"], ["per_wang", "per_son"])
    words = {item.node.id: item.edge.props["kind"] for item in found["per_wang"]}
    assert words == {"per_li": "spouse", "per_son": "child", "per_granny": "parent"}
    words = {item.node.id: item.edge.props["kind"] for item in found["per_son"]}
    assert words == {"per_wang": "parent", "per_li": "parent", "per_granny": "grandparent"}


def test_an_event_is_not_known_before_it_happened(town_store) -> None:
    events = LINKS["Person", "events"]
    assert ids(related(town_store, events, ["per_li"], as_of=NOW), "per_li") == ["evt_RX1"]
    assert ids(related(town_store, events, ["per_li"], as_of=date(2026, 3, 14)), "per_li") == []


def test_a_place_gives_each_dwelling_and_event_within_it_once(town_store) -> None:
    (home,) = related(town_store, LINKS["Dwelling", "building"], ["dwe_g501"])["dwe_g501"]
    above = {}
    for label, name in (("Building", "parent"), ("Building", "grid")):
        (item,) = related(town_store, LINKS[label, name], [home.node.id])[home.node.id]
        above[item.node.label] = item.node.id
    assert set(above) == {"Compound", "Grid"}
    (community,) = related(town_store, LINKS["Compound", "parent"], [above["Compound"]])[above["Compound"]]
    for label, node_id, dwellings in (
        ("Building", home.node.id, 3),
        ("Compound", above["Compound"], 4),
        ("Grid", above["Grid"], 4),
        ("Community", community.node.id, 4),
    ):
        found = related(town_store, LINKS[label, "dwellings"], [node_id])[node_id]
        assert len(found) == len({item.node.id for item in found}) == dwellings, label
        happened = related(town_store, LINKS[label, "events"], [node_id], as_of=NOW)[node_id]
        assert sorted(item.node.id for item in happened) == ["evt_RX1", "evt_TJ1", "evt_TJ2", "evt_TJ3"], label


def test_handling_comes_in_the_order_of_steps(town_store) -> None:
    found = related(town_store, LINKS["Event", "handledBy"], ["evt_RX1"])["evt_RX1"]
    assert [item.node.props["name"] for item in found] == ["12345热线", "梧桐街道办事处"]
    assert [item.edge.props["action"] for item in found] == ["派单", "签收"]


def test_merged_ids_lead_to_the_present_one(town_store) -> None:
    assert redirect(town_store, "per_old") == "per_wang"
    assert redirect(town_store, "per_older") == "per_wang"
    assert redirect(town_store, "per_wang") is None
    assert redirect(town_store, "nobody") is None


def test_several_links_are_one_statement_each_with_its_own_page(counting) -> None:
    """Of different nodes, days and pages; one that has no ids leads nowhere."""
    lives, kin = LINKS["Person", "livesIn"], LINKS["Person", "kin"]
    branches = [
        Branch(link=lives, ids=["per_alone"], day=None, limit=1),
        Branch(link=lives, ids=["per_alone"], day=None, limit=1, skip=1),
        Branch(link=lives, ids=["per_alone"], day=date(2015, 2, 28), limit=9),
        Branch(link=kin, ids=[], day=NOW, limit=9),
    ]
    found = follow(counting, branches)
    assert counting.reads == 1
    assert [ids(each, "per_alone") for each in found[:3]] == [["dwe_g502"], ["dwe_g503"], ["dwe_g503"]]
    assert found[3] == {}
