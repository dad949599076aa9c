"""Who is bound to a grid sees what lies in it, by whatever way it is asked; the office's graph, with a second grid.

张伟's door (dwe_1) lies in grid G1; dwe_x9 with 钱七 (per_x9) in grid G2; both are parties to evt_x9, which happened at
dwe_x9.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from api.ask import ask
from governance.access import AccessContext, Role
from services.app import App

HERE = AccessContext(subject="王网格", role=Role.GRID_WORKER, grids=("G1",))
THERE = AccessContext(subject="李网格", role=Role.GRID_WORKER, grids=("G2",))
EVERYWHERE = AccessContext(subject="分析员", role=Role.ANALYST)


@pytest.fixture(scope="module")
def two_grids(office: App) -> Iterator[App]:
    store, since = office.store, date(2020, 1, 1)
    made = [
        "CREATE (:Grid {id: 'grd_x1', code: 'G1', name: '一网格'})",
        "CREATE (:Grid {id: 'grd_x2', code: 'G2', name: '二网格'})",
        "CREATE (:Building {id: 'bld_x2', name: '9栋'})",
        "CREATE (:Dwelling {id: 'dwe_x9', address: '枫桥新村9栋901室'})",
        "CREATE (:Person {id: 'per_x9', name: '钱七', name_key: '钱七'})",
        "CREATE (:Event {id: 'evt_x9', kind: 'dispute', status: 'open'})",
        "MATCH (a {id: 'bld_1'}), (b {id: 'grd_x1'}) CREATE (a)-[:PART_OF {id: 'x1'}]->(b)",
        "MATCH (a {id: 'bld_x2'}), (b {id: 'grd_x2'}) CREATE (a)-[:PART_OF {id: 'x2'}]->(b)",
        "MATCH (a {id: 'dwe_x9'}), (b {id: 'bld_x2'}) CREATE (a)-[:PART_OF {id: 'x3'}]->(b)",
        "MATCH (a {id: 'per_x9'}), (b {id: 'dwe_x9'}) CREATE (a)-[:LIVES_IN {id: 'x4', valid_from: $since}]->(b)",
        "MATCH (a {id: 'evt_x9'}), (b {id: 'dwe_x9'}) CREATE (a)-[:OCCURRED_AT {id: 'x5', valid_from: $since}]->(b)",
        "MATCH (a {id: 'per_x9'}), (b {id: 'evt_x9'}) CREATE (a)-[:PARTY_TO {id: 'x6', role: 'respondent'}]->(b)",
        "MATCH (a {id: 'per_a'}), (b {id: 'evt_x9'}) CREATE (a)-[:PARTY_TO {id: 'x7', role: 'complainant'}]->(b)",
        "MATCH ()-[r:PARTY_TO]->(:Event {id: 'evt_x9'}) SET r.valid_from = $since",
        "MATCH (a {id: 'per_a'}), (b {id: 'per_x9'}) CREATE (a)-[:KIN {id: 'x8', kind: 'sibling'}]->(b)",
    ]
    for statement in made:
        store.write(statement, since=since)
    yield office
    ids = ["grd_x1", "grd_x2", "bld_x2", "dwe_x9", "per_x9", "evt_x9"]
    store.write("UNWIND $ids AS id MATCH (n {id: id}) DETACH DELETE n", ids=ids)


def data(app: App, reader: AccessContext, query: str) -> dict:
    answer = ask(app, reader, query)
    assert "errors" not in answer, answer
    return answer["data"]


@pytest.mark.parametrize(("reader", "seen"), [(HERE, False), (THERE, True), (EVERYWHERE, True)])
def test_somebody_of_another_grid_is_not_there(two_grids: App, reader: AccessContext, seen: bool) -> None:
    queries = {
        "by id": '{ found: person(id: "per_x9") { id } }',
        "as a node": '{ found: node(id: "per_x9") { id } }',
        "a home": '{ found: dwelling(id: "dwe_x9") { id } }',
        "an event": '{ found: event(id: "evt_x9") { id } }',
    }
    assert {
        name: data(two_grids, reader, query)["found"] is not None for name, query in queries.items()
    } == dict.fromkeys(queries, seen)
    listed = data(two_grids, reader, '{ persons(filter: {name: {eq: "钱七"}}) { totalCount nodes { id } } }')["persons"]
    assert (listed["totalCount"], len(listed["nodes"])) == ((1, 1) if seen else (0, 0))


def test_links_do_not_lead_out_of_the_grid(two_grids: App) -> None:
    asked = '{ person(id: "per_a") { kin { nodes { id } } events(filter: {kind: {eq: "dispute"}}) { nodes { id } } } }'
    here = data(two_grids, HERE, asked)["person"]
    assert {node["id"] for node in here["kin"]["nodes"]} == {"per_m"}
    assert here["events"]["nodes"] == []
    everywhere = data(two_grids, EVERYWHERE, asked)["person"]
    assert {node["id"] for node in everywhere["kin"]["nodes"]} == {"per_m", "per_x9"}
    assert everywhere["events"]["nodes"] == [{"id": "evt_x9"}]


def test_a_pattern_shows_nobody_of_another_grid(two_grids: App) -> None:
    asked = """{ pattern(nodes: [{name: "a", kind: "person"}, {name: "b", kind: "person"}],
        edges: [{from: "a", link: "kin", to: "b"}]) { rows { cells { node { ... on Person { id } } } } } }"""
    rows = data(two_grids, HERE, asked)["pattern"]["rows"]
    assert {cell["node"]["id"] for row in rows for cell in row["cells"]} == {"per_a", "per_m"}
    rows = data(two_grids, EVERYWHERE, asked)["pattern"]["rows"]
    assert {cell["node"]["id"] for row in rows for cell in row["cells"]} == {"per_a", "per_m", "per_x9"}


def test_counting_does_not_tell_of_other_grids(two_grids: App) -> None:
    """A filter may speak of what lies elsewhere, but only of objects that the reader sees."""
    asked = '{ persons(filter: {livesIn: {grid: {code: {eq: "G2"}}}}) { totalCount } }'
    assert data(two_grids, HERE, asked)["persons"]["totalCount"] == 0
    assert data(two_grids, THERE, asked)["persons"]["totalCount"] == 1
    asked = '{ persons(filter: {kin: {name: {eq: "钱七"}}}) { totalCount } }'
    assert data(two_grids, HERE, asked)["persons"]["totalCount"] == 0
    assert data(two_grids, EVERYWHERE, asked)["persons"]["totalCount"] == 1
    asked = '{ persons(filter: {count: {of: "kin", gte: 2}}) { nodes { id } } }'
    assert data(two_grids, HERE, asked)["persons"]["nodes"] == []
    assert data(two_grids, EVERYWHERE, asked)["persons"]["nodes"] == [{"id": "per_a"}]


def test_dispute_groups_have_nobody_of_another_grid(two_grids: App) -> None:
    asked = "{ disputeGroups(minEvents: 1, limit: 100) { eventIds parties { ... on Person { id } } } }"

    def told(reader: AccessContext) -> set[str]:
        groups = data(two_grids, reader, asked)["disputeGroups"]
        return {each["id"] for group in groups for each in group["parties"] if each} | {
            event for group in groups for event in group["eventIds"]
        }

    assert {"per_x9", "evt_x9"} <= told(EVERYWHERE)
    assert not {"per_x9", "evt_x9"} & told(HERE)


def test_a_record_is_seen_by_those_who_see_what_it_describes(two_grids: App) -> None:
    two_grids.store.write(
        "MATCH (p:Person {id: 'per_x9'}) "
        "CREATE (:Record {id: 'rec_x9', feed: 'grid_visits', kind: 'person'})-[:DESCRIBES {id: 'x10'}]->(p)"
    )
    asked = '{ node(id: "rec_x9") { id } }'
    try:
        assert data(two_grids, HERE, asked)["node"] is None
        assert data(two_grids, THERE, asked)["node"] == {"id": "rec_x9"}
    finally:
        two_grids.store.write("MATCH (r:Record {id: 'rec_x9'}) DETACH DELETE r")


def test_a_count_across_other_grids_is_refused(two_grids: App) -> None:
    asked = '{ persons(filter: {count: {of: "livesIn.residents", gte: 1}}) { totalCount } }'
    refused = ask(two_grids, HERE, asked)
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["WN-GR-009"]
    assert data(two_grids, EVERYWHERE, asked)["persons"]["totalCount"] >= 1


def test_a_pattern_leads_to_tags_and_records_too(two_grids: App) -> None:
    asked = """{ pattern(nodes: [{name: "a", kind: "record"}, {name: "b", kind: "person"}],
        edges: [{from: "b", link: "records", to: "a"}]) { rows { cells { name node { id } } } } }"""
    assert data(two_grids, EVERYWHERE, asked)["pattern"]["rows"]


@pytest.fixture(scope="module")
def sensitive_tag(office: App) -> Iterator[App]:
    office.store.write("CREATE (:Tag {id: 'tag_x', name: 'on_welfare', label: '低保对象', level: 'sensitive'})")
    office.store.write(
        "MATCH (a:Person {id: 'per_a'}), (b:Tag {id: 'tag_x'}) CREATE (a)-[:TAGGED {id: 'tx', valid_from: $day}]->(b)",
        day=date(2024, 1, 1),
    )
    yield office
    office.store.write("MATCH (n:Tag {id: 'tag_x'}) DETACH DELETE n")


def test_who_bears_a_sensitive_tag_is_told_only_for_a_purpose(sensitive_tag: App) -> None:
    with_purpose = AccessContext(subject="王网格", role=Role.GRID_WORKER, purpose="走访核实")
    tags = '{ person(id: "per_a") { tags { totalCount nodes { name } } } }'
    assert data(sensitive_tag, EVERYWHERE, tags)["person"]["tags"]["nodes"] == []
    assert data(sensitive_tag, with_purpose, tags)["person"]["tags"]["nodes"] == [{"name": "on_welfare"}]


@pytest.mark.parametrize(
    "where", ['{has: {tag: "低保对象"}}', '{not: {has: {tag: "on_welfare"}}}', '{tags: {id: {eq: "tag_x"}}}']
)
def test_nobody_is_found_by_a_sensitive_tag_without_a_purpose(sensitive_tag: App, where: str) -> None:
    asked = f"{{ persons(filter: {where}) {{ totalCount }} }}"
    refused = ask(sensitive_tag, EVERYWHERE, asked)
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["WN-AC-003"]
    with_purpose = AccessContext(subject="王网格", role=Role.GRID_WORKER, purpose="走访核实")
    assert data(sensitive_tag, with_purpose, asked)["persons"]["totalCount"] >= 1


def test_a_count_of_tags_leaves_out_sensitive_ones(sensitive_tag: App) -> None:
    asked = '{ persons(filter: {count: {of: "tags", gte: 1}}) { totalCount } }'
    assert data(sensitive_tag, EVERYWHERE, asked)["persons"]["totalCount"] == 0
