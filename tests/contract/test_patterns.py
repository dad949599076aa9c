"""Graph patterns against a search by hand over random small graphs, on each database; and what is refused.

The graphs have people, homes, households and events with relations of four types, some of them ended; the pattern is
searched in Python by trying every combination of nodes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.catalogue.links import LINKS
from core.errors import FilterInvalid, PatternInvalid, QueryTooComplex
from graph import patterns
from graph.patterns.model import EdgeInput, NodeInput
from graph.store import GraphStore

DAY = date(2024, 6, 1)
KINDS = {"per": "Person", "dwe": "Dwelling", "hou": "Household", "evt": "Event"}
FOLLOWED = [("Person", name) for name in ("livesIn", "household", "events", "kin")]
FOLLOWED += [("Dwelling", "residents"), ("Household", "members"), ("Event", "parties")]


@dataclass(frozen=True)
class Held:
    type: str
    start: str
    end: str
    ended: bool


def _ids(prefix: str) -> list[str]:
    return [f"{prefix}_{number}" for number in range(3)]


def _relations() -> st.SearchStrategy[list[Held]]:
    def of(kind: str, target: str) -> st.SearchStrategy[Held]:
        ends = st.tuples(st.sampled_from(_ids("per")), st.sampled_from(_ids(target))).filter(lambda p: p[0] != p[1])
        return st.builds(lambda pair, ended: Held(kind, *pair, ended), ends, st.booleans())

    each = st.one_of(of("LIVES_IN", "dwe"), of("MEMBER_OF", "hou"), of("PARTY_TO", "evt"), of("KIN", "per"))
    return st.lists(each, max_size=12, unique_by=lambda held: (held.type, frozenset((held.start, held.end))))


@st.composite
def _patterns(draw: st.DrawFn) -> tuple[list[NodeInput], list[EdgeInput]]:
    first = draw(st.sampled_from(sorted({source for source, _ in FOLLOWED})))
    nodes, edges = [NodeInput("n0", first.lower())], []
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.sampled_from(nodes))
        label = start.kind.capitalize()
        name = draw(st.sampled_from([name for source, name in FOLLOWED if source == label]))
        target = next(each for each in LINKS[label, name].targets if each in KINDS.values())
        known = [node for node in nodes if node.kind == target.lower() and node.name != start.name]
        if known and draw(st.booleans()):
            end = draw(st.sampled_from(known))
        else:
            where = {"name": {"eq": "甲"}} if target == "Person" and draw(st.booleans()) else None
            end = NodeInput(f"n{len(nodes)}", target.lower(), where)
            nodes.append(end)
        edges.append(EdgeInput(start.name, name, end.name))
    return nodes, edges


def _by_hand(held: list[Held], nodes: list[NodeInput], edges: list[EdgeInput]) -> set[tuple[str, ...]]:
    label_ids = {label: _ids(prefix) for prefix, label in KINDS.items()}
    found = set()
    for chosen in itertools.product(*(label_ids[node.kind.capitalize()] for node in nodes)):
        at = dict(zip((node.name for node in nodes), chosen, strict=True))
        named = all(not node.where or at[node.name] == "per_0" for node in nodes)
        if len(set(chosen)) == len(chosen) and named and all(_joined(held, at, nodes, edge) for edge in edges):
            found.add(chosen)
    return found


def _joined(held: list[Held], at: dict[str, str], nodes: list[NodeInput], edge: EdgeInput) -> bool:
    label = next(node.kind for node in nodes if node.name == edge.start).capitalize()
    link = LINKS[label, edge.link]
    ways = [(at[edge.start], at[edge.end])] if not link.reverse else [(at[edge.end], at[edge.start])]
    ways += [(b, a) for a, b in ways] if link.both else []
    return any(one.type == link.type and (one.start, one.end) in ways and not one.ended for one in held)


def _write(store: GraphStore, held: list[Held]) -> None:
    store.write("MATCH (n) WHERE NOT n:Watermark AND NOT n:SchemaVersion DETACH DELETE n")
    for prefix, label in KINDS.items():
        rows = [{"id": node_id, "name_key": "甲" if node_id == "per_0" else "乙"} for node_id in _ids(prefix)]
        store.write(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row", rows=rows)
    for number, one in enumerate(held):
        ends = f"MATCH (a:{KINDS[one.start[:3]]} {{id: $start}}) MATCH (b:{KINDS[one.end[:3]]} {{id: $end}})"
        store.write(
            f"{ends} CREATE (a)-[r:{one.type} {{id: $id, valid_from: $since, valid_to: $until}}]->(b)",
            id=f"r{number}",
            start=one.start,
            end=one.end,
            since=date(2020, 1, 1),
            until=date(2024, 1, 1) if one.ended else None,
        )


def _found(
    store: GraphStore, nodes: list[NodeInput], edges: list[EdgeInput], limit: int = 1_000
) -> list[patterns.Match]:
    pattern = patterns.parse(nodes, edges)
    return patterns.match(store, pattern, as_of=DAY, blind=lambda _type, _key: "", limit=limit)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=_relations(), asked=_patterns())
def test_a_pattern_is_found_wherever_it_is_and_nowhere_else(store: GraphStore, held, asked) -> None:
    _write(store, held)
    matches = _found(store, *asked)
    rows = [tuple(match.nodes[node.name].id for node in asked[0]) for match in matches]
    assert len(set(rows)) == len(rows)
    assert set(rows) == _by_hand(held, *asked)


def test_pages_of_matches_follow_each_other(store: GraphStore) -> None:
    _write(store, [Held("LIVES_IN", person, "dwe_0", False) for person in _ids("per")])
    nodes = [NodeInput("a", "person"), NodeInput("b", "person"), NodeInput("d", "dwelling")]
    edges = [EdgeInput("a", "livesIn", "d"), EdgeInput("b", "livesIn", "d")]
    whole = [tuple(n.id for n in m.nodes.values()) for m in _found(store, nodes, edges)]
    assert len(whole) == 6
    pattern = patterns.parse(nodes, edges)
    pages = [
        tuple(n.id for n in m.nodes.values())
        for skip in (0, 2, 4)
        for m in patterns.match(store, pattern, as_of=DAY, blind=lambda _type, _key: "", limit=2, skip=skip)
    ]
    assert pages == whole


def test_kinship_is_told_from_the_side_that_was_asked(store: GraphStore) -> None:
    _write(store, [])
    store.write(
        "MATCH (a:Person {id: 'per_0'}) MATCH (b:Person {id: 'per_1'}) CREATE (a)-[:KIN {id: 'k', kind: 'child'}]->(b)"
    )
    nodes = [NodeInput("parent", "person"), NodeInput("child", "person")]
    child = _found(store, nodes, [EdgeInput("parent", "kin", "child", {"kind": {"eq": "child"}})])
    assert [(m.nodes["parent"].id, m.nodes["child"].id) for m in child] == [("per_0", "per_1")]
    parent = _found(store, nodes, [EdgeInput("child", "kin", "parent", {"kind": {"eq": "parent"}})])
    assert [(m.nodes["parent"].id, m.nodes["child"].id) for m in parent] == [("per_0", "per_1")]
    assert parent[0].edges[0].props["kind"] == "parent"


def test_a_pattern_that_would_read_the_whole_graph_is_refused_before_it_runs(store: GraphStore, monkeypatch) -> None:
    _write(store, [])
    monkeypatch.setattr("graph.patterns.matching.MAX_COST", 5)
    read = []
    original = GraphStore.read
    monkeypatch.setattr(GraphStore, "read", lambda self, text, **p: (read.append(text), original(self, text, **p))[1])
    nodes = [NodeInput("a", "person"), NodeInput("b", "person"), NodeInput("c", "person")]
    with pytest.raises(QueryTooComplex, match="图样预计要走"):
        _found(store, nodes, [EdgeInput("a", "kin", "b"), EdgeInput("b", "kin", "c")])
    assert all("count(n)" in text for text in read)


@pytest.mark.parametrize(
    ("nodes", "edges", "error"),
    [
        ([], [], PatternInvalid),
        ([NodeInput(f"n{n}", "person") for n in range(7)], [], PatternInvalid),
        ([NodeInput("a", "person"), NodeInput("a", "person")], [], PatternInvalid),
        ([NodeInput("a", "person"), NodeInput("b", "person")], [], PatternInvalid),
        ([NodeInput("a) DETACH DELETE (n", "person")], [], PatternInvalid),
        ([NodeInput("a", "watermark")], [], PatternInvalid),
        ([NodeInput("a", "person")], [EdgeInput("a", "livesIn", "b")], PatternInvalid),
        ([NodeInput("a", "person"), NodeInput("b", "event")], [EdgeInput("a", "livesIn", "b")], PatternInvalid),
        ([NodeInput("a", "person"), NodeInput("b", "event")], [EdgeInput("a", "KIN", "b")], PatternInvalid),
        ([NodeInput("a", "person", {"nonsense": 1})], [], FilterInvalid),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(nodes, edges, error) -> None:
    with pytest.raises(error) as refused:
        patterns.parse(nodes, edges)
    assert refused.value.message
