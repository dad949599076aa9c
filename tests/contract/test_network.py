"""Paths and neighbourhoods, the same on every database.

Random graphs of people, homes and events are written by hand and asked about; networkx says what the answer must be.
Hubs are large enough to pass the bounds: a department with 3,000 events, an employer with 1,500 people.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, pairwise
from math import log
from typing import Any

import networkx as nx
import pytest

from core.errors import EntityUnknown, QueryInvalid
from graph.reads import neighbourhood as around
from graph.reads.neighbourhood import Neighbourhood, neighbourhood
from graph.reads.paths import Bounds, paths
from graph.reads.steps import TELLING, Allowed
from graph.store import GraphStore

DAY = date(2024, 6, 1)
PREFIX = {"Person": "per", "Dwelling": "dwe", "Event": "evt", "Household": "hou"}
ENDS = (
    ("LIVES_IN", "Person", "Dwelling"),
    ("OWNS", "Person", "Dwelling"),
    ("KIN", "Person", "Person"),
    ("PARTY_TO", "Person", "Event"),
    ("OCCURRED_AT", "Event", "Dwelling"),
    ("MEMBER_OF", "Person", "Household"),
)


@dataclass
class Town:
    """What is written, for the database and for networkx."""

    nodes: dict[str, str] = field(default_factory=dict)
    edges: list[dict[str, Any]] = field(default_factory=list)

    def node(self, label: str, node_id: str) -> str:
        self.nodes[node_id] = label
        return node_id

    def edge(self, kind: str, source: str, target: str, since: date | None = None, until: date | None = None) -> None:
        props = {"id": f"rel_{len(self.edges)}", "valid_from": since, "valid_to": until, "sources": ["made"]}
        self.edges.append({"type": kind, "source": source, "target": target, "props": props})

    def write(self, store: GraphStore) -> None:
        for label in set(self.nodes.values()):
            ids = [node for node, its in self.nodes.items() if its == label]
            store.write(f"UNWIND $ids AS id CREATE (n:{label}) SET n.id = id", ids=ids)
        groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for edge in self.edges:
            key = (edge["type"], self.nodes[edge["source"]], self.nodes[edge["target"]])
            groups.setdefault(key, []).append(edge)
        for (kind, start, end), rows in groups.items():
            for begin in range(0, len(rows), 10_000):
                store.write(
                    f"UNWIND $rows AS row MATCH (a:{start} {{id: row.source}}), (b:{end} {{id: row.target}}) "
                    f"CREATE (a)-[r:{kind}]->(b) SET r = row.props",
                    rows=rows[begin : begin + 10_000],
                )

    def graph(self, day: date | None = None, hidden: frozenset[str] = frozenset()) -> nx.MultiGraph:
        made = nx.MultiGraph()
        made.add_nodes_from(node for node in self.nodes if node not in hidden)
        for edge in self.edges:
            since, until = edge["props"]["valid_from"], edge["props"]["valid_to"]
            holds = day is None or ((since is None or since <= day) and (until is None or day < until))
            if holds and not hidden & {edge["source"], edge["target"]}:
                made.add_edge(edge["source"], edge["target"], key=edge["props"]["id"])
        return made


def random_town(seed: int) -> Town:
    rng = random.Random(seed)
    town = Town()
    by_label = {
        label: [town.node(label, f"{prefix}_{number}") for number in range(9 if label == "Person" else 3)]
        for label, prefix in PREFIX.items()
    }
    for _ in range(rng.randint(14, 30)):
        kind, start, end = rng.choice(ENDS)
        source, target = rng.choice(by_label[start]), rng.choice(by_label[end])
        if source != target:
            since = rng.choice([None, date(2020, 1, 1), date(2024, 7, 1)])
            until = rng.choice([None, None, DAY, date(2025, 1, 1)])
            town.edge(kind, source, target, since, until)
    return town


@pytest.fixture(params=range(5))
def town(request: pytest.FixtureRequest, store: GraphStore) -> Town:
    made = random_town(request.param)
    made.write(store)
    return made


class Measured:
    """A store that counts statements and the items that they gave."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.statements = self.items = 0

    def read(self, cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        rows = self._store.read(cypher, **params)
        self.statements += 1
        self.items += sum(len(row["found"]) if "found" in row else 1 for row in rows)
        return rows


def all_but(hidden: frozenset[str]) -> Allowed | None:
    return (lambda _label, ids: set(ids) - hidden) if hidden else None


def expected_paths(town: Town, source: str, target: str, longest: int, **narrowed: Any) -> list[tuple[str, ...]]:
    degree = town.graph().degree
    found = {tuple(path) for path in nx.all_simple_paths(nx.Graph(town.graph(**narrowed)), source, target, longest)}
    return sorted(found, key=lambda path: (len(path), round(sum(log(degree[n]) for n in path[1:-1]), 5), path))


# --- paths ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "hidden"),
    [(None, frozenset()), (DAY, frozenset()), (None, frozenset({"per_1", "dwe_0"})), (DAY, frozenset({"dwe_1"}))],
)
def test_paths_are_those_of_networkx_in_our_order(
    town: Town, store: GraphStore, day: date | None, hidden: frozenset[str]
) -> None:
    ends = [pair for pair in combinations(sorted(town.nodes), 2) if not hidden & set(pair)]
    for source, target in random.Random(1).sample(ends, 12):
        every = expected_paths(town, source, target, 5, day=day, hidden=hidden)
        found = paths(store, source, target, shortest=False, max_hops=5, limit=50, as_of=day, allowed=all_but(hidden))
        assert [path.nodes for path in found.paths] == every[:50]
        assert found.complete
        shortest = paths(store, source, target, max_hops=8, limit=50, as_of=day, allowed=all_but(hidden))
        least = expected_paths(town, source, target, 8, day=day, hidden=hidden)
        assert [path.nodes for path in shortest.paths] == [path for path in least if len(path) == len(least[0])][:50]


def test_a_path_carries_every_relation_of_its_steps(town: Town, store: GraphStore) -> None:
    graph = town.graph()
    for source, target in combinations(sorted(town.nodes)[:8], 2):
        for path in paths(store, source, target, limit=5).paths:
            told = [relation.id for relation in path.relations]
            for one, other in pairwise(path.nodes):
                between = set(graph[one][other])
                assert set(told[: len(between)]) == between
                told = told[len(between) :]
            assert not told


def test_only_relations_that_are_asked_for(store: GraphStore) -> None:
    town = Town()
    wang, li = town.node("Person", "per_wang"), town.node("Person", "per_li")
    home, tag, record = town.node("Dwelling", "dwe_1"), town.node("Tag", "tag_1"), town.node("Record", "rec_1")
    for person in (wang, li):
        town.edge("TAGGED", person, tag)
        town.edge("DESCRIBES", record, person)
    town.write(store)
    assert not paths(store, wang, li).paths
    assert [path.nodes for path in paths(store, wang, li, via=["TAGGED"]).paths] == [(wang, tag, li)]
    assert [path.nodes for path in paths(store, wang, li, via=["TAGGED", "DESCRIBES"]).paths] == [
        (wang, record, li),
        (wang, tag, li),
    ]
    assert paths(store, wang, home).complete
    with pytest.raises(QueryInvalid):
        paths(store, wang, li, via=["KIN]-() DETACH DELETE a //"])


def test_a_street_is_passed_only_when_its_tree_is_asked_for(store: GraphStore) -> None:
    town = Town()
    shops = [town.node("Organization", f"org_{number}") for number in range(2)]
    street = town.node("Street", "str_1")
    for shop in shops:
        town.edge("LOCATED_AT", shop, street)
    town.write(store)
    assert not paths(store, *shops).paths
    assert [path.nodes for path in paths(store, shops[0], street).paths] == [(shops[0], street)]
    assert paths(store, *shops, via=[*TELLING, "PART_OF"]).paths[0].nodes == (shops[0], street, shops[1])


def test_ends_that_are_unknown_hidden_merged_or_one(store: GraphStore) -> None:
    town = Town()
    wang, li = town.node("Person", "per_wang"), town.node("Person", "per_li")
    town.edge("KIN", wang, li)
    town.write(store)
    store.write("CREATE (:Redirect {id: 'per_old', target: 'per_wang'})")
    merged = paths(store, "per_old", li)
    assert (merged.source, merged.paths[0].nodes) == (wang, (wang, li))
    for source, target in ((wang, "nobody"), ("nobody", wang), ("", li)):
        with pytest.raises(EntityUnknown):
            paths(store, source, target)
    with pytest.raises(EntityUnknown):
        paths(store, wang, li, allowed=all_but(frozenset({li})))
    with pytest.raises(QueryInvalid):
        paths(store, wang, "per_old")


# --- hubs ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office() -> Town:
    """A department with 3,000 events, two neighbours who each complained once, an employer with 1,500 people."""
    town = Town()
    department, employer = town.node("Department", "dep_1"), town.node("Organization", "org_1")
    for number in range(3_000):
        town.edge("HANDLED_BY", town.node("Event", f"evt_{number}"), department)
    for number in range(1_500):
        town.edge("WORKS_AT", town.node("Person", f"per_{number}"), employer)
    for number in (0, 1):
        town.edge("PARTY_TO", f"per_{number}", f"evt_{number}", DAY)
    for name in ("near", "far"):
        town.node("Person", f"per_{name}")
    town.edge("KIN", "per_2", "per_near")
    town.edge("KIN", "per_near", "per_far")
    return town


def test_hubs_are_met_and_not_searched(store: GraphStore, office: Town) -> None:
    office.write(store)
    counted = Measured(store)
    colleagues = paths(counted, "per_0", "per_1", shortest=False)
    assert [path.nodes for path in colleagues.paths] == [("per_0", "org_1", "per_1")]
    assert colleagues.hubs == {"org_1": "Organization"}
    assert not colleagues.complete
    # Beyond the employer by way of its other people: met from their side.
    assert [path.nodes for path in paths(counted, "per_0", "per_far").paths] == [
        ("per_0", "org_1", "per_2", "per_near", "per_far")
    ]
    handled = paths(counted, "per_0", "per_1", via=["PARTY_TO", "HANDLED_BY"])
    assert [path.nodes for path in handled.paths] == [("per_0", "evt_0", "dep_1", "evt_1", "per_1")]
    assert [path.nodes for path in paths(counted, "dep_1", "per_1", via=["PARTY_TO", "HANDLED_BY"]).paths] == [
        ("dep_1", "evt_1", "per_1")
    ]
    assert counted.items < 500
    _the_surroundings_of_a_hub(store)


def _the_surroundings_of_a_hub(store: GraphStore) -> None:
    counted = Measured(store)
    picture = neighbourhood(counted, "dep_1", depth=2, limit=100)
    assert len(picture.nodes) == 100
    assert (picture.nodes[0].degree, picture.nodes[0].more) == (3_000, 3_000 - 99)
    assert len(picture.relations) == 99
    beside = {node.id: node for node in neighbourhood(counted, "per_0", depth=3, limit=1_000).nodes}
    assert set(beside) == {"per_0", "evt_0", "org_1", "dep_1"}  # hubs are shown; nobody comes in through them
    assert beside["dep_1"].more == 3_000 - 1
    assert counted.items < 1_000
    around_employer = neighbourhood(counted, "org_1", depth=1, limit=1_000)
    assert len(around_employer.nodes) == 1_000
    assert around_employer.nodes[0].more == 1_500 - 999


def test_a_search_that_reaches_its_bound_says_so(store: GraphStore) -> None:
    """Everybody knows everybody of the next row: paths abound, and ten relations are all that may be followed."""
    town = Town()
    rows = [[town.node("Person", f"per_{row}{place}") for place in range(8)] for row in range(4)]
    for row, following in pairwise(rows):
        for one in row:
            for other in following:
                town.edge("KIN", one, other)
    town.write(store)
    found = paths(store, "per_00", "per_30", shortest=False, max_hops=3, limit=50)
    assert len(found.paths) == 50
    assert found.complete
    cut = paths(store, "per_00", "per_30", shortest=False, max_hops=3, limit=50, bounds=Bounds(work=30))
    assert not cut.complete
    assert {path.nodes for path in cut.paths} <= set(expected_paths(town, "per_00", "per_30", 3))


@pytest.mark.parametrize(("max_hops", "statements"), [(2, 12), (8, 22)])
def test_statements_grow_with_hops_and_not_with_rows(
    town: Town, store: GraphStore, max_hops: int, statements: int
) -> None:
    for source, target in combinations(sorted(town.nodes)[:7], 2):
        counted = Measured(store)
        paths(counted, source, target, max_hops=max_hops)
        assert counted.statements <= statements


# --- neighbourhoods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(("day", "hidden"), [(None, frozenset()), (DAY, frozenset()), (DAY, frozenset({"per_1"}))])
def test_a_neighbourhood_is_the_ball_around_its_centre(
    town: Town, store: GraphStore, depth: int, day: date | None, hidden: frozenset[str]
) -> None:
    graph = town.graph(day, hidden)
    for centre in ("per_0", "per_2", "dwe_1", "evt_0"):
        counted = Measured(store)
        picture = neighbourhood(counted, centre, depth=depth, as_of=day, allowed=all_but(hidden))
        ball = nx.single_source_shortest_path_length(graph, centre, depth)
        assert {node.id: node.distance for node in picture.nodes} == ball
        assert [node.distance for node in picture.nodes] == sorted(ball.values())
        assert {relation.id for relation in picture.relations} == {
            key for _, _, key in graph.subgraph(ball).edges(keys=True)
        }
        assert counted.statements <= 4 + 2 * depth
        for node in picture.nodes:
            outside = sum(other not in ball for _, other, _ in graph.edges(node.id, keys=True))
            assert (node.degree, node.more) == ((None, None) if hidden else (graph.degree(node.id), outside))


def test_only_the_kinds_that_are_asked_for(town: Town, store: GraphStore) -> None:
    picture = neighbourhood(store, "per_0", depth=2, labels=["Dwelling"])
    everything = town.graph()
    homes = {node for node in everything["per_0"] if node.startswith("dwe")}
    assert {node.id for node in picture.nodes} == {"per_0"} | homes
    ties = sum(everything.number_of_edges("per_0", home) for home in homes)
    assert (picture.nodes[0].degree, picture.nodes[0].more) == (ties, 0)
    with pytest.raises(QueryInvalid):
        neighbourhood(store, "per_0", labels=["Dwelling) DETACH DELETE a //"])


@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_a_full_picture_says_what_it_leaves_out(town: Town, store: GraphStore, limit: int) -> None:
    graph = town.graph()
    picture = neighbourhood(store, "per_0", depth=3, limit=limit)
    shown = {node.id for node in picture.nodes}
    assert len(shown) == min(limit, len(nx.single_source_shortest_path_length(graph, "per_0", 3)))
    assert nx.is_connected(nx.Graph(graph).subgraph(shown))
    for node in picture.nodes:
        assert node.more == sum(other not in shown for _, other, _ in graph.edges(node.id, keys=True))


@pytest.fixture
def fans() -> around.Bounds:
    return around.Bounds(hub=6, fan=2)


def test_every_branch_brings_in_its_latest_first(store: GraphStore, fans: around.Bounds) -> None:
    town = Town()
    centre = town.node("Person", "per_c")
    for branch in range(3):
        home = town.node("Dwelling", f"dwe_{branch}")
        town.edge("LIVES_IN", centre, home)
        for guest in range(4 if branch else 8):
            town.edge("LIVES_IN", town.node("Person", f"per_{branch}{guest}"), home, date(2010 + guest, 1, 1))
    town.write(store)

    def people(picture: Neighbourhood) -> set[str]:
        return {node.id for node in picture.nodes if node.distance == 2}

    # The first home has nine relations: a hub, shown and not expanded.
    assert people(neighbourhood(store, centre, depth=2, bounds=fans)) == {"per_13", "per_12", "per_23", "per_22"}
    assert people(neighbourhood(store, centre, depth=2, limit=6, bounds=fans)) == {"per_13", "per_23"}


def test_nobody_is_around_whom_one_may_not_see(store: GraphStore) -> None:
    town = Town()
    wang, home = town.node("Person", "per_wang"), town.node("Dwelling", "dwe_1")
    guests = [town.node("Person", f"per_{number:02}") for number in range(12)]
    for person in (wang, *guests):
        town.edge("LIVES_IN", person, home)
    town.write(store)
    hidden = frozenset(guests[:10])
    picture = neighbourhood(store, home, limit=4, allowed=all_but(hidden))
    assert {node.id for node in picture.nodes} == {home, wang, *guests[10:]}
    assert all(node.more is None for node in picture.nodes)
    for unseen in ("nobody", home):
        with pytest.raises(EntityUnknown):
            neighbourhood(store, unseen, allowed=all_but(frozenset({home})))
