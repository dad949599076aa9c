"""Records that clustering left alone go to the cluster of their strongest link.

Correlation clustering adds up what all members of a cluster say about a record. Their evidence is not independent: a
record that lacks half its fields is told apart from each of twenty members by the same lack, and twenty times a little
against it outweighs one strong link. Between two clusters that caution is wanted, for a wrong join puts many pairs
together; a single record joins nothing but itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resolution.clusters.components import Nodes, Weights

Values = Sequence[str | None] | pl.Series


def adopt(
    labels: Nodes,
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    weight: Weights,
    *,
    exclusive: Values,
    apart: Sequence[tuple[int, int]] = (),
    order: Sequence[str] | pl.Series | None = None,
) -> tuple[Nodes, int]:
    """The labels after every single node with a positive link has joined a cluster of two or more, and how many did.

    Arguments are those of `contraction.cluster`, `labels` its result: `labels[node]` is the smallest node of its
    cluster, before and after. The stronger link goes first; neither two `exclusive` values nor the two sides of
    `apart` come into one cluster. Nodes that join decide nothing for other nodes. Ties fall by `order` (names of the
    nodes; the node number without it).
    """
    places = np.arange(labels.size) if order is None else pl.Series(order).rank("ordinal").to_numpy()
    values = pl.Series(exclusive, dtype=pl.String).to_list()
    held = {label: value for label, value in zip(labels.tolist(), values, strict=True) if value is not None}
    foes: dict[int, set[int]] = {}
    for x, y in apart:
        foes.setdefault(x, set()).add(y)
        foes.setdefault(y, set()).add(x)
    joined = labels.copy()
    adopted = 0
    for node, cluster in _links_of_singles(labels, a, b, weight, places):
        value = values[node]
        settled = joined[node] != labels[node]
        if settled or (value is not None and held.get(cluster, value) != value):
            continue
        if any(joined[foe] == cluster for foe in foes.get(node, ())):
            continue
        joined[node] = cluster
        adopted += 1
        if value is not None:
            held[cluster] = value
    least = np.full(labels.size, labels.size, dtype=np.int64)
    np.minimum.at(least, joined, np.arange(labels.size))
    return least[joined], adopted


def _links_of_singles(
    labels: Nodes, a: NDArray[np.integer], b: NDArray[np.integer], weight: Weights, places: NDArray[np.integer]
) -> list[tuple[int, int]]:
    """(single node, label of a larger cluster) of each positive link between the two, the strongest first."""
    size = np.bincount(labels, minlength=labels.size)
    positive = weight > 0
    x = np.concatenate([a[positive], b[positive]]).astype(np.int64)
    y = np.concatenate([b[positive], a[positive]]).astype(np.int64)
    bits = np.concatenate([weight[positive], weight[positive]])
    kept = (size[labels[x]] == 1) & (size[labels[y]] > 1)
    x, y, bits = x[kept], y[kept], bits[kept]
    ranked = np.lexsort((places[y], places[x], -bits))
    return list(zip(x[ranked].tolist(), labels[y[ranked]].tolist(), strict=True))
