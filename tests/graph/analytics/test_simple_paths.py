"""Paths in memory, against networkx on random graphs; no database."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from graph.analytics.simple_paths import best_paths, between

NODES = [f"n{number}" for number in range(9)]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[nx.Graph, dict[str, int]]:
    pairs = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda pair: pair[0] != pair[1])
    graph = nx.Graph()
    graph.add_nodes_from(NODES)
    graph.add_edges_from(draw(st.lists(pairs, max_size=22)))
    return graph, {node: draw(st.integers(0, 3)) for node in NODES}


def expected(graph: nx.Graph, weights: dict[str, int], longest: int) -> list[tuple[str, ...]]:
    found = (tuple(path) for path in nx.all_simple_paths(graph, "n0", "n8", cutoff=longest))
    return sorted(found, key=lambda path: (len(path), sum(weights[node] for node in path[1:-1]), path))


@given(graphs(), st.integers(1, 6), st.integers(1, 60))
def test_the_best_of_all_simple_paths_in_their_order(case, longest: int, limit: int) -> None:
    graph, weights = case
    found = best_paths(nx.to_dict_of_lists(graph), "n0", "n8", weights, longest=longest, limit=limit)
    assert found.paths == expected(graph, weights, longest)[:limit]
    assert found.complete


@given(graphs(), st.integers(1, 8))
def test_the_shortest_paths_and_no_longer_ones(case, longest: int) -> None:
    graph, weights = case
    every = expected(graph, weights, longest)
    found = best_paths(nx.to_dict_of_lists(graph), "n0", "n8", weights, longest=longest, limit=100, shortest=True)
    assert found.paths == [path for path in every if len(path) == len(every[0])]


@given(graphs(), st.integers(1, 5))
def test_every_path_lies_between_its_ends(case, longest: int) -> None:
    graph, weights = case
    inside = between(nx.to_dict_of_lists(graph), "n0", "n8", longest)
    assert {node for path in expected(graph, weights, longest) for node in path} <= inside


def test_what_is_cut_short_says_so() -> None:
    """All orders of 12 nodes that know each other: a hundred million paths of ten steps."""
    crowd = nx.to_dict_of_lists(nx.complete_graph([f"p{number:02}" for number in range(12)]))
    weights = dict.fromkeys(crowd, 1)
    found = best_paths(crowd, "p00", "p11", weights, longest=10, limit=50)
    assert [len(path) for path in found.paths] == [2] + [3] * 10 + [4] * 39
    assert found.complete
    found = best_paths(crowd, "p00", "p11", weights, longest=10, limit=5_000, work=3_000)
    assert found.paths[:11] == sorted(found.paths, key=lambda path: (len(path), path))[:11]
    assert 11 < len(found.paths) < 5_000
    assert not found.complete
