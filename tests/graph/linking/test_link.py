"""A little town stated by hand, linked once, and read for what a grid worker would expect to find."""

from __future__ import annotations

from base64 import b64decode

import polars as pl
import pytest

from graph.linking.place_votes import build
from graph.linking.places import Place


def test_sensitive_values_are_masked_and_sealed_under_the_entity(linked) -> None:
    wang = linked.node("per_wang")
    assert wang["citizen_id"] == "880102********1230"
    sealed = b64decode(wang["citizen_id_sealed"])
    assert linked.town.vault.open(sealed, field="citizen_id", owner="per_wang") == "880102197503121230"
    text = "".join(linked.graph.nodes["props"]) + "".join(linked.graph.edges["props"])
    for secret in ("880102197503121230", "88010220160505123X", "16012345678", "16398765432"):
        assert secret not in text


def test_a_child_has_no_readable_name_or_keys(linked) -> None:
    son = linked.node("per_son")
    assert "子轩" not in str(son)
    assert not {"name_key", "pinyin", "initials"} & set(son)
    assert linked.town.vault.open(b64decode(son["name_sealed"]), field="name", owner="per_son") == "王子轩"


def test_names_have_lookup_keys(linked) -> None:
    wang = linked.node("per_wang")
    assert (wang["name"], wang["name_key"], wang["initials"]) == ("王建国", "王建国", "wjg")
    assert "wangjianguo" in wang["pinyin"]
    assert linked.node("dwe_g501")["dwelling_key"] == "桂花苑|3|2|501"


def test_equal_statements_of_several_feeds_are_one_edge(linked) -> None:
    (owned,) = linked.edges("OWNS", from_id="per_wang")
    assert owned["sources"] == ["housing_register", "property_owners"]
    assert owned["valid_from"] == "2010-06-01"
    assert owned["share"] == "单独所有"
    assert owned["confidence"] > 0.97
    (stay,) = linked.edges("LIVES_IN", from_id="per_alone")
    assert stay["sources"] == ["grid_visits", "police_population"]
    assert stay["observed_at"] == "2026-05-02T00:00:00"


def test_missing_levels_are_completed_by_the_majority_of_the_compound(linked) -> None:
    building = linked.place("Building", "桂花苑3幢")
    for door in ("g501", "g502", "g503"):
        (inside,) = linked.edges("PART_OF", from_id=f"dwe_{door}")
        assert inside["to_id"] == building
    parents = {edge["to_label"]: edge["to_id"] for edge in linked.edges("PART_OF", from_id=building)}
    assert parents["Grid"] == linked.place("Grid", "880102001001-03")
    above = {edge["to_label"]: edge["to_id"] for edge in linked.edges("PART_OF", from_id=parents["Compound"])}
    assert above["Community"] == linked.place("Community", "枫桥社区")
    (street,) = linked.edges("PART_OF", from_id=above["Community"])
    assert street["to_id"] == linked.place("Street", "梧桐街道")
    (of_grid,) = linked.edges("PART_OF", from_id=parents["Grid"])
    assert of_grid["to_id"] == above["Community"]


def test_two_compounds_of_one_name_stay_two(linked) -> None:
    (inside,) = linked.edges("PART_OF", from_id="dwe_other")
    (compound,) = linked.edges("PART_OF", from_id=inside["to_id"])
    assert linked.node(compound["to_id"])["name"] == "桂花苑"
    (street,) = linked.edges("PART_OF", from_id=compound["to_id"])
    assert linked.node(street["to_id"])["name"] == "滨湖街道"


def test_a_house_number_and_a_village_group_are_places_of_their_own(linked) -> None:
    (road,) = linked.edges("PART_OF", from_id="dwe_road")
    assert linked.node(road["to_id"]) == {
        "label": "Compound", "name": "梧桐路18号", "kind": "road_number", "key": "880102001|梧桐路18",
    }  # fmt: skip
    (village,) = linked.edges("PART_OF", from_id="dwe_village")
    assert linked.node(village["to_id"])["name"] == "柳湾村3组"


@pytest.mark.parametrize(
    ("from_id", "to_id", "kind"),
    [
        ("per_li", "per_wang", "spouse"),
        ("per_wang", "per_son", "child"),
        ("per_granny", "per_wang", "child"),
    ],
)
def test_kin_follow_from_the_relation_to_the_head(linked, from_id: str, to_id: str, kind: str) -> None:
    (edge,) = linked.edges("KIN", from_id=from_id, to_id=to_id)
    assert edge["kind"] == kind


def test_kin_that_composition_leaves_open_are_marked_as_inferred(linked) -> None:
    stated = [edge for edge in linked.edges("KIN") if edge["sources"] != ["inferred"]]
    assert len(stated) == 3
    assert not any("rule" in edge for edge in stated)
    (mother,) = linked.edges("KIN", from_id="per_li", to_id="per_son")
    assert (mother["kind"], mother["sources"], mother["rule"]) == ("child", ["inferred"], "spouse_of_parent")
    assert 0.9 <= mother["confidence"] < 1
    assert "户主配偶" in mother["evidence"]


def test_a_household_is_where_its_members_live(linked) -> None:
    (home,) = linked.edges("LOCATED_AT", from_id="hou_H1")
    assert (home["to_id"], home["confidence"], home["valid_from"]) == ("dwe_g501", 1.0, "2015-03-01")


def test_an_organization_is_located_where_its_address_leads(linked) -> None:
    (place,) = linked.edges("LOCATED_AT", from_id="org_pm")
    assert (place["to_label"], place["to_id"], place["valid_from"]) == ("Dwelling", "dwe_g401", "2012-02-03")


def test_an_event_happened_at_the_deepest_place_that_file_or_text_name(linked) -> None:
    (by_text,) = linked.edges("OCCURRED_AT", from_id="evt_RX1")
    assert by_text["to_id"] == "dwe_g502"
    assert by_text["valid_from"] == "2026-03-15"
    (by_field,) = linked.edges("OCCURRED_AT", from_id="evt_TJ1")
    assert by_field["to_id"] == linked.place("Building", "桂花苑3幢")


def test_events_tell_their_parties_and_keep_the_words_for_strangers(linked) -> None:
    roles = {(edge["from_id"], edge["role"]) for edge in linked.edges("PARTY_TO", to_id="evt_RX1")}
    assert roles == {("per_li", "complainant")}
    event = linked.node("evt_RX1")
    assert event["parties_text"] == ["张大妈"]
    assert event["category"] == "噪音扰民"
    assert "160****5678" in event["text"]
    assert "per_text_only" not in linked.ids("Person")
    assert {edge["from_id"] for edge in linked.edges("PARTY_TO", to_id="evt_TJ1")} == {"per_wang", "org_pm"}


def test_handling_keeps_each_step(linked) -> None:
    steps = sorted(linked.edges("HANDLED_BY", from_id="evt_RX1"), key=lambda step: step["step"])
    assert [(step["step"], step["action"]) for step in steps] == [(1, "派单"), (2, "签收")]
    assert linked.node(steps[1]["to_id"])["name"] == "梧桐街道办事处"
    (single,) = linked.edges("HANDLED_BY", from_id="evt_TJ1")
    assert linked.node(single["to_id"])["name"] == "枫桥社区人民调解委员会"


def test_every_entity_can_be_traced_to_its_records(linked) -> None:
    described = {edge["to_id"] for edge in linked.edges("DESCRIBES")}
    for label in ("Person", "Organization", "Dwelling", "Household", "Event"):
        assert linked.ids(label) <= described
    (source,) = linked.edges("DESCRIBES", to_id="evt_RX1")
    assert linked.node(source["from_id"])["department"] == "12345"


def test_edges_end_at_nodes_and_ids_are_unique(linked) -> None:
    nodes, edges = linked.graph.nodes, linked.graph.edges
    assert nodes["id"].is_unique().all()
    assert edges["id"].is_unique().all()
    known = nodes.select("label", "id")
    for end in ("from", "to"):
        lost = edges.join(known, left_on=[f"{end}_label", f"{end}_id"], right_on=["label", "id"], how="anti")
        assert lost.is_empty(), lost.select("type").unique()
    assert not nodes.select(pl.any_horizontal(pl.all().is_null().any())).item()


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("桂花苑3栋502", "Dwelling"),
        ("梧桐街道桂花苑三幢", "Building"),
        ("梧桐街道桂花苑9幢101室", "Compound"),
        ("梧桐街道桂花苑北侧", "Compound"),
        ("梧桐街道枫桥社区", "Community"),
        ("桂花苑", None),
        ("梧桐路18号门口", "Compound"),
        ("柳湾镇柳湾村3组12号", "Dwelling"),
        ("月球基地", None),
        ("", None),
    ],
)
def test_any_address_leads_as_deep_as_it_can(linked, address: str, label: str | None) -> None:
    dwellings = [
        (node_id, linked.node(node_id)["address"], linked.node(node_id).get("grid_code"))
        for node_id in linked.ids("Dwelling")
    ]
    place = build(dwellings).find(address)
    assert (place.label if place else None) == label


def test_a_road_number_belongs_to_the_compound_that_stands_there() -> None:
    rows = [(f"d{n}", f"梧桐街道梧桐路12号桂花苑{n}幢101室", None) for n in (1, 2)]
    tree = build([*rows, ("d3", "梧桐街道梧桐路12号3幢101室", None)])
    (compound,) = {place.key for place in tree.props if place.label == "Compound"}
    assert compound.endswith("|桂花苑")
    assert tree.find("梧桐路12号2幢101室") == Place("Dwelling", "d2")
