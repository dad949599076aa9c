"""Single records after clustering: each goes to its strongest link, and nothing that was kept apart comes together."""

from __future__ import annotations

from typing import Any

import numpy as np

from resolution.clusters.adoption import adopt
from resolution.clusters.contraction import cluster

Link = tuple[int, int, float]


def _adopted(labels: list[int], links: list[Link], **given: Any) -> tuple[list[int], int]:
    a, b, weight = (np.array(values) for values in zip(*links, strict=True))
    exclusive = given.pop("exclusive", [None] * len(labels))
    joined, count = adopt(np.array(labels), a, b, weight.astype(float), exclusive=exclusive, **given)
    return joined.tolist(), count


def test_one_strong_link_outweighs_what_the_other_members_lack() -> None:
    links: list[Link] = [(0, 1, 9.0), (0, 2, 9.0), (1, 2, 9.0), (0, 3, 2.0), (1, 3, -3.0), (2, 3, -3.0)]
    a, b, weight = (np.array(values) for values in zip(*links, strict=True))
    before = cluster(4, a, b, weight, exclusive=[None] * 4).labels
    assert before.tolist() == [0, 0, 0, 3]
    assert adopt(before, a, b, weight, exclusive=[None] * 4)[0].tolist() == [0, 0, 0, 0]


def test_a_single_record_does_not_join_two_clusters() -> None:
    assert _adopted([0, 0, 2, 2, 4], [(0, 4, 3.0), (2, 4, 5.0)]) == ([0, 0, 2, 2, 2], 1)


def test_the_label_stays_the_smallest_node() -> None:
    assert _adopted([0, 1, 1], [(0, 2, 1.0)]) == ([0, 0, 0], 1)


def test_a_link_that_speaks_against_adopts_nobody() -> None:
    assert _adopted([0, 0, 2], [(0, 2, -1.0), (1, 2, 0.0)]) == ([0, 0, 2], 0)


def test_two_single_records_stay_alone() -> None:
    assert _adopted([0, 1], [(0, 1, 1.0)]) == ([0, 1], 0)


def test_another_exclusive_value_is_not_taken_in() -> None:
    labels, links = [0, 0, 2, 3], [(0, 2, 5.0), (1, 3, 4.0)]
    assert _adopted(labels, links, exclusive=["x", None, "y", "x"]) == ([0, 0, 2, 0], 1)
    # The stronger link goes first, and its value then holds for the cluster.
    assert _adopted(labels, links, exclusive=[None, None, "y", "x"]) == ([0, 0, 0, 3], 1)


def test_a_human_no_sends_a_record_to_its_next_link() -> None:
    labels, links = [0, 0, 2, 2, 4], [(0, 4, 5.0), (2, 4, 3.0)]
    assert _adopted(labels, links, apart=[(1, 4)]) == ([0, 0, 2, 2, 2], 1)


def test_ties_fall_by_name_however_nodes_are_numbered() -> None:
    labels, links = [0, 0, 2, 2, 4], [(0, 4, 3.0), (2, 4, 3.0)]
    assert _adopted(labels, links, order=["c", "d", "a", "b", "e"]) == ([0, 0, 2, 2, 2], 1)
    assert _adopted(labels, links, order=["a", "b", "c", "d", "e"]) == ([0, 0, 2, 2, 0], 1)
