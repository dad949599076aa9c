"""Connected components on arrays, and the part of a clustering that new evidence can reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Nodes = NDArray[np.int64]
Weights = NDArray[np.float64]
Mask = NDArray[np.bool_]


def components(size: int, a: NDArray[np.integer], b: NDArray[np.integer]) -> Nodes:
    """The smallest node of each node's connected component, for nodes 0 … size-1 and edges (a[i], b[i]).

    Every root takes the smallest root beside it, then all paths are halved until they are flat (Liu & Tarjan 2022,
    "Simple concurrent connected components algorithms"); a logarithmic number of rounds over arrays.
    """
    label = np.arange(size, dtype=np.int64)
    x, y = label[a], label[b]
    while True:
        apart = x != y
        x, y = x[apart], y[apart]
        if not x.size:
            return label
        np.minimum.at(label, np.maximum(x, y), np.minimum(x, y))
        _flatten(label)
        x, y = label[x], label[y]


def affected(
    component: Nodes,
    touched: NDArray[np.integer],
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    weight: Weights,
    *,
    together: Nodes | None = None,
) -> tuple[Mask, Nodes]:
    """The nodes whose cluster can change, and the components of all nodes now.

    `component[node]` is any node of the component that it was in before over links and human yeses (itself for a node
    that is new); `a`, `b`, `weight` are the pairs that came since, `together` the yeses that came, as rows of two
    nodes. `touched` are nodes that something else happened to: a value changed, a pair was withdrawn, a judgement
    given or undone (both ends).

    Evidence acts only within a component of links, so to cluster the returned nodes, with all the pairs among them,
    gives what clustering everything would give. `component` may be coarser than the truth (withdrawn links), never
    finer.
    """
    link = weight > 0
    ends = [np.asarray(a)[link], np.asarray(b)[link]]
    if together is not None and len(together):
        ends = [np.concatenate([end, together[:, side]]) for side, end in enumerate(ends)]
    # An edge to the old root stands for all that joined the old component.
    now = components(len(component), *(component[end] for end in ends))[component]
    inside = now[a] == now[b]
    reached = np.zeros(len(component), dtype=np.bool_)
    for nodes in (touched, ends[0], np.asarray(a)[inside]):
        reached[now[nodes]] = True
    return reached[now], now


def _flatten(label: Nodes) -> None:
    while True:
        above = label[label]
        if np.array_equal(above, label):
            return
        label[:] = above
