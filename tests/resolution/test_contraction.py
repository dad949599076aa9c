from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolution.clusters.components import affected, components
from resolution.clusters.contraction import Clustering, cluster, recluster

Pairs = list[tuple[int, int, float]]
NODES = 10


def clustered(size: int, pairs: Pairs, **rest: object) -> Clustering:
    rest.setdefault("exclusive", [None] * size)
    return cluster(size, *columns(pairs), **rest)  # type: ignore[arg-type]


def columns(pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([a for a, _, _ in pairs], dtype=np.int64),
        np.array([b for _, b, _ in pairs], dtype=np.int64),
        np.array([weight for _, _, weight in pairs], dtype=np.float64),
    )


def labels(size: int, pairs: Pairs, **rest: object) -> list[int]:
    return clustered(size, pairs, **rest).labels.tolist()


def group(nodes: range, weight: float) -> Pairs:
    return [(a, b, weight) for a, b in combinations(nodes, 2)]


def test_positive_chains_join_and_strangers_stay_alone() -> None:
    assert labels(4, [(0, 1, 3.0), (1, 2, 2.0)]) == [0, 0, 0, 3]


def test_nothing_to_cluster() -> None:
    assert labels(0, []) == []
    assert labels(2, []) == [0, 1]


def test_a_weight_that_is_not_a_number_says_nothing_and_infinite_ones_are_borne() -> None:
    pairs = [(0, 1, np.nan), (1, 2, np.inf), (2, 3, np.inf), (1, 3, -np.inf)]
    assert labels(4, pairs) == [0, 1, 1, 3]


def test_a_chain_never_joins_two_exclusive_values_and_breaks_at_its_weakest_link() -> None:
    # 0 and 3 carry different valid ids; 1 and 2 carry none. The weakest link of the chain is 1-2.
    pairs = [(0, 1, 9.0), (1, 2, 2.0), (2, 3, 8.0)]
    result = clustered(4, pairs, exclusive=["A", None, None, "B"])
    assert result.labels.tolist() == [0, 0, 2, 2]
    assert (result.contested_components, result.refused_contractions) == (1, 1)
    assert (result.links_kept, result.dropped_links, result.bridges_cut) == (2, 1, 0)


def test_a_weak_bridge_between_two_groups_that_disagree_is_cut_and_counted() -> None:
    against = [(a, b, -4.0) for a in range(4) for b in range(4, 8) if (a, b) != (3, 4)]
    result = clustered(8, [*group(range(4), 10.0), *group(range(4, 8), 10.0), (3, 4, 6.0), *against])
    assert result.labels.tolist() == [0] * 4 + [4] * 4
    assert (result.links_kept, result.dropped_links, result.bridges_cut) == (12, 1, 1)


def test_one_disagreeing_pair_does_not_break_a_cluster_that_agrees_otherwise() -> None:
    result = clustered(3, [(0, 1, 10.0), (1, 2, 10.0), (0, 2, -3.0)])
    assert result.labels.tolist() == [0, 0, 0]
    assert (result.contested_components, result.overruled) == (0, 1)


@pytest.mark.parametrize(("weight", "joined"), [(3.7, False), (3.8, True)])
def test_where_unscored_pairs_count_a_lone_link_must_outweigh_them(weight: float, joined: bool) -> None:
    # Groups of 4 and 4 that met in one pair only: 15 unscored pairs of .25 bits.
    pairs = [*group(range(4), 10.0), *group(range(4, 8), 10.0), (3, 4, weight)]
    assert labels(8, pairs, absent=0.25) == ([0] * 8 if joined else [0] * 4 + [4] * 4)
    assert labels(8, pairs) == [0] * 8


def test_unscored_pairs_do_not_break_a_chain_of_few_records() -> None:
    assert labels(4, [(0, 1, 3.0), (1, 2, 3.0), (2, 3, 3.0)], absent=0.25) == [0] * 4


def test_a_yes_joins_what_evidence_keeps_apart_and_unites_two_values() -> None:
    pairs = [(0, 1, -20.0), (1, 2, 5.0), (0, 3, 5.0)]
    exclusive = ["A", "B", "B", "C"]
    assert labels(4, pairs, exclusive=exclusive) == [0, 1, 1, 3]
    # Both values are one entity now; a third one is still none of it.
    assert labels(4, pairs, exclusive=exclusive, together=[(1, 0)]) == [0, 0, 0, 3]


def test_a_no_holds_through_others() -> None:
    pairs = [(0, 1, 9.0), (1, 2, 8.0), (0, 2, 1.0)]
    result = clustered(3, pairs, apart=[(2, 0)])
    assert result.labels.tolist() == [0, 0, 2]
    assert result.refused_contractions == 1
    assert labels(3, [], together=[(0, 1)], apart=[(1, 2)]) == [0, 0, 2]


def test_yeses_that_contradict_a_no_give_up_the_one_with_the_least_evidence() -> None:
    result = clustered(3, [(0, 1, 2.0), (1, 2, 5.0)], together=[(0, 1), (1, 2)], apart=[(0, 2)])
    assert result.labels.tolist() == [0, 1, 1]
    assert result.judgements_refused == 1


def test_ties_are_broken_by_name() -> None:
    pairs = [(0, 1, 3.0), (1, 2, 3.0)]
    exclusive = ["A", None, "B"]
    assert labels(3, pairs, exclusive=exclusive, order=["a", "b", "c"]) == [0, 0, 2]
    assert labels(3, pairs, exclusive=exclusive, order=["c", "b", "a"]) == [0, 1, 1]


def test_a_large_component_ends_soon() -> None:
    random = np.random.default_rng(1)
    a, b = np.sort(random.choice(4_000, (16_000, 2)), axis=1).T
    keep = np.unique(np.stack([a, b], axis=1)[a != b], axis=0, return_index=True)[0]
    result = cluster(4_000, keep[:, 0], keep[:, 1], random.normal(1.0, 4.0, len(keep)), exclusive=[None] * 4_000)
    assert result.contested_components == 1
    assert result.dropped_links > 0


_NODE = st.integers(0, NODES - 1)
_PAIR = st.tuples(_NODE, _NODE).filter(lambda pair: pair[0] < pair[1])
_WEIGHTS = st.one_of(st.integers(-9, 9).map(float), st.floats(-9, 9))
_PAIRS = st.dictionaries(_PAIR, _WEIGHTS, max_size=30).map(lambda d: [(a, b, w) for (a, b), w in d.items()])
_VALUES = st.lists(st.sampled_from([None, None, "A", "B", "C"]), min_size=NODES, max_size=NODES)
_JUDGED = st.lists(_PAIR, max_size=3, unique=True)
_ABSENT = st.sampled_from([0.0, 0.25, 2.0])
_RANDOM = st.randoms(use_true_random=False)
NAMES = [f"r{node}" for node in range(NODES)]


def partition(found: np.ndarray, names: list[str]) -> set[frozenset[str]]:
    return {frozenset(names[node] for node in np.flatnonzero(found == label)) for label in set(found.tolist())}


@settings(max_examples=60, deadline=None)
@given(_PAIRS, _VALUES, _JUDGED, _JUDGED, _ABSENT, _RANDOM)
def test_the_numbering_and_order_of_the_input_do_not_matter(
    pairs: Pairs,
    values: list[str | None],
    yes: list[tuple[int, int]],
    no: list[tuple[int, int]],
    absent: float,
    random: Random,
) -> None:
    yes = [pair for pair in yes if pair not in no]
    first = clustered(NODES, pairs, exclusive=values, together=yes, apart=no, order=NAMES, absent=absent)
    place = random.sample(range(NODES), NODES)
    moved = [(place[a], place[b], weight) for a, b, weight in pairs]
    random.shuffle(moved)
    back = [place.index(node) for node in range(NODES)]
    names = [NAMES[node] for node in back]
    second = clustered(
        NODES,
        moved,
        exclusive=[values[node] for node in back],
        together=[(place[b], place[a]) for a, b in yes],
        apart=[(place[a], place[b]) for a, b in no],
        order=names,
        absent=absent,
    )
    assert partition(second.labels, names) == partition(first.labels, NAMES)
    assert (second.dropped_links, second.bridges_cut) == (first.dropped_links, first.bridges_cut)


@settings(max_examples=60, deadline=None)
@given(_PAIRS, _VALUES, _JUDGED, _JUDGED, _ABSENT)
def test_no_cluster_crosses_a_constraint_and_none_gains_by_joining(
    pairs: Pairs, values: list[str | None], yes: list[tuple[int, int]], no: list[tuple[int, int]], absent: float
) -> None:
    found = labels(NODES, pairs, exclusive=values, apart=no, absent=absent)
    assert all(label == found.index(label) for label in found)
    assert all(found[a] != found[b] for a, b in no)
    held = {label: {values[node] for node in range(NODES) if found[node] == label} - {None} for label in found}
    assert all(len(values) <= 1 for values in held.values())
    scored = {(a, b): weight for a, b, weight in pairs}
    for x, y in combinations(sorted(set(found)), 2):
        across = [(a, b) for a, b in combinations(range(NODES), 2) if {found[a], found[b]} == {x, y}]
        gain = sum(scored.get(pair, -absent) for pair in across)
        forbidden = len(held[x] | held[y]) > 1 or any(pair in no for pair in across)
        assert gain <= 1e-6 or forbidden
    free = [pair for pair in yes if pair not in no]
    united = labels(NODES, pairs, exclusive=values, together=free, absent=absent)
    assert all(united[a] == united[b] for a, b in free)


@settings(max_examples=60, deadline=None)
@given(_PAIRS, _PAIRS, _VALUES, _JUDGED, _JUDGED, _ABSENT)
def test_to_cluster_what_new_pairs_can_reach_gives_what_clustering_all_would_give(
    old: Pairs,
    new: Pairs,
    values: list[str | None],
    yes: list[tuple[int, int]],
    no: list[tuple[int, int]],
    absent: float,
) -> None:
    before = clustered(NODES, old, exclusive=values, order=NAMES, absent=absent)
    known = {(a, b) for a, b, _ in old}
    new = [(a, b, weight) for a, b, weight in new if (a, b) not in known]
    yes = [pair for pair in yes if pair not in no]
    was = components(NODES, *columns([pair for pair in old if pair[2] > 0])[:2])
    judged = np.array([node for pair in yes + no for node in pair], dtype=np.int64)
    reached, now = affected(was, judged, *columns(new), together=np.array(yes, dtype=np.int64).reshape(-1, 2))
    rest = {"exclusive": values, "together": yes, "apart": no, "order": NAMES, "absent": absent}
    whole = clustered(NODES, old + new, **rest)
    local = recluster(before.labels, reached, *columns(old + new), **rest)  # type: ignore[arg-type]
    assert local.labels.tolist() == whole.labels.tolist()
    links = [pair[:2] for pair in old + new if pair[2] > 0] + yes
    assert now.tolist() == components(NODES, *np.array(links, dtype=np.int64).reshape(-1, 2).T).tolist()


@settings(max_examples=60, deadline=None)
@given(_PAIRS, st.sets(st.integers(0, 29)), _VALUES, _ABSENT)
def test_the_same_holds_when_pairs_are_withdrawn(
    pairs: Pairs, withdrawn: set[int], values: list[str | None], absent: float
) -> None:
    before = clustered(NODES, pairs, exclusive=values, absent=absent)
    was = components(NODES, *columns([pair for pair in pairs if pair[2] > 0])[:2])
    gone = [pair for place, pair in enumerate(pairs) if place in withdrawn]
    left = [pair for place, pair in enumerate(pairs) if place not in withdrawn]
    touched = np.array([node for pair in gone for node in pair[:2]], dtype=np.int64)
    reached, _ = affected(was, touched, *columns([]))
    local = recluster(before.labels, reached, *columns(left), exclusive=values, absent=absent)
    assert local.labels.tolist() == labels(NODES, left, exclusive=values, absent=absent)


def test_what_no_new_pair_can_reach_is_left_alone() -> None:
    was = components(6, np.array([0, 2]), np.array([1, 3]))
    reached, _ = affected(was, np.array([], dtype=np.int64), *columns([(1, 4, 5.0), (2, 5, -5.0)]))
    assert reached.tolist() == [True, True, False, False, True, False]
