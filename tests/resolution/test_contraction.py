from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resolution.clusters.contraction import cluster


def test_positive_chains_join_and_strangers_stay_alone() -> None:
    assert cluster(4, [(0, 1, 3.0), (1, 2, 2.0)], exclusive=[None] * 4).labels == [0, 0, 0, 3]


def test_a_chain_never_joins_two_exclusive_values_and_breaks_at_its_weakest_link() -> None:
    # 0 and 3 carry different valid ids; 1 and 2 carry none. The weakest link of the chain is 1-2.
    pairs = [(0, 1, 9.0), (1, 2, 2.0), (2, 3, 8.0)]
    result = cluster(4, pairs, exclusive=["A", None, None, "B"])
    assert result.labels == [0, 0, 2, 2]
    assert (result.contested_components, result.refused_contractions, result.dropped_links) == (1, 1, 1)


def test_a_weak_bridge_between_groups_that_disagree_is_cut() -> None:
    inside = [(0, 1, 10.0), (2, 3, 10.0)]
    bridge = [(1, 2, 1.0), (0, 2, -6.0), (0, 3, -6.0), (1, 3, -6.0)]
    assert cluster(4, inside + bridge, exclusive=[None] * 4).labels == [0, 0, 2, 2]


def test_one_disagreeing_pair_does_not_break_a_cluster_that_agrees_otherwise() -> None:
    pairs = [(0, 1, 10.0), (1, 2, 10.0), (0, 2, -3.0)]
    assert cluster(3, pairs, exclusive=[None] * 3).labels == [0, 0, 0]


_EDGES = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(-9, 9).map(float)).filter(lambda e: e[0] < e[1]),
    max_size=40,
    unique_by=lambda e: (e[0], e[1]),
)
_VALUES = st.lists(st.sampled_from([None, "A", "B", "C"]), min_size=12, max_size=12)


@given(_EDGES, _VALUES, st.randoms(use_true_random=False))
def test_no_cluster_holds_two_values_and_the_order_of_pairs_does_not_matter(edges, values, random) -> None:  # type: ignore[no-untyped-def]
    labels = cluster(12, edges, exclusive=values).labels
    for label in set(labels):
        assert len({values[node] for node in range(12) if labels[node] == label} - {None}) <= 1
        assert label == labels.index(label)
    shuffled = list(edges)
    random.shuffle(shuffled)
    assert cluster(12, shuffled, exclusive=values).labels == labels
