"""Linking again, and what changes between two states."""

from __future__ import annotations

import polars as pl

from graph.linking.changes import diff, latest_state
from graph.linking.frames import nodes_of
from graph.linking.inputs import EDGE_COLUMNS, GraphState
from graph.linking.link import link
from tests.graph.linking.town import TownBuilder, little_town


def built() -> tuple[TownBuilder, GraphState, tuple[pl.DataFrame, pl.DataFrame]]:
    town = little_town()
    log = diff(GraphState(), link(town.inputs()), 1)
    return town, latest_state(*log), log


def test_the_first_run_creates_everything() -> None:
    _, state, (nodes, edges) = built()
    assert set(nodes["op"]) | set(edges["op"]) == {"create"}
    assert set(nodes["seq"]) == {1}
    assert state.nodes.height == nodes.height > 40
    assert state.edges.height == edges.height > 60


def test_linking_the_same_again_changes_nothing() -> None:
    town, state, _ = built()
    nodes, edges = diff(state, link(town.inputs(state)), 2)
    assert nodes.is_empty()
    assert edges.is_empty()


def test_even_without_the_previous_props_unchanged_entities_are_not_written_again() -> None:
    _, state, _ = built()
    nodes, edges = diff(state, link(little_town().inputs()), 2)
    assert nodes.is_empty()
    assert edges.is_empty()


def test_a_corrected_value_updates_one_node() -> None:
    town, state, _ = built()
    town.entity("person", "li", name="李秀英", sex="2", birth_date="1977-07-01", phone="16087654321")
    nodes, edges = diff(state, link(town.inputs(state)), 2)
    assert nodes.select("op", "id").rows() == [("update", "per_li")]
    assert edges.is_empty()


def test_new_evidence_updates_an_edge_under_the_same_id() -> None:
    town, state, _ = built()
    town.lives("wang", "g501", "grid_visits", observed="2026-06-01")
    nodes, edges = diff(state, link(town.inputs(state)), 2)
    assert edges.filter(pl.col("type") == "LIVES_IN")["op"].to_list() == ["update"]
    assert set(nodes.filter(pl.col("op") == "create")["label"]) == {"Record"}


def test_a_merged_entity_goes_and_leaves_a_redirect() -> None:
    town, state, _ = built()
    for row in town._assignments:
        row["entity_id"] = row["entity_id"].replace("per_boss", "per_wang")
    town.changes.append({"change": "merged", "kind": "person", "entity_id": "per_boss", "other_id": "per_wang"})
    nodes, edges = diff(state, link(town.inputs(state)), 2)
    ops = {(op, label) for op, label, node_id in nodes.select("op", "label", "id").rows() if node_id == "per_boss"}
    assert ops == {("delete", "Person"), ("create", "Redirect")}
    moved = edges.filter(pl.col("type") == "LEGAL_REPRESENTATIVE_OF")
    assert sorted(moved.select("op", "from_id").rows()) == [("create", "per_wang"), ("delete", "per_boss")]


def test_taggings_stay_unless_their_node_goes() -> None:
    town, state, _ = built()
    tagged = [
        ("TAGGED", f"t{n}", "Person", node, "Tag", "tag_x", "{}", "h") for n, node in enumerate(("per_li", "per_boss"))
    ]
    edges = pl.DataFrame(tagged, schema=dict.fromkeys(EDGE_COLUMNS, pl.String), orient="row")
    tags = nodes_of("Tag", [("tag_x", {"name": "x"})])
    state = GraphState(pl.concat([state.nodes, tags]), pl.concat([state.edges, edges]))
    without_boss = town.inputs(state)
    kept = without_boss.assignments.filter(pl.col("entity_id") != "per_boss")
    changed = diff(state, link(replaced(without_boss, kept)), 2)
    assert "tag_x" not in changed[0]["id"].to_list()
    assert changed[1].filter(pl.col("type") == "TAGGED").select("op", "id").rows() == [("delete", "t1")]


def replaced(inputs, assignments):
    from dataclasses import replace

    return replace(inputs, assignments=assignments)


def test_the_newest_row_of_the_log_counts() -> None:
    town, _, log = built()
    town.entity("person", "li", name="李秀英")
    state = latest_state(*log)
    again = diff(state, link(town.inputs(state)), 2)
    both = latest_state(*(pl.concat([old, new]) for old, new in zip(log, again, strict=True)))
    assert both.nodes.height == state.nodes.height
    (row,) = both.nodes.filter(pl.col("id") == "per_li").iter_rows(named=True)
    assert "phone" not in row["props"]


def test_an_empty_lake_gives_an_empty_graph() -> None:
    graph = link(TownBuilder().inputs())
    assert graph.nodes.is_empty()
    assert graph.edges.is_empty()
    assert all(frame.is_empty() for frame in diff(GraphState(), graph, 1))


def test_records_alone_make_a_graph() -> None:
    town = TownBuilder()
    town.entity("person", "a", name="王建国")
    town.record("person", "a")
    graph = link(town.inputs())
    assert graph.nodes["label"].to_list() == ["Person", "Record"]
    assert graph.edges["type"].to_list() == ["DESCRIBES"]
