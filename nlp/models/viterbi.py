"""The best sequence of tags, for many texts at once.

Of the BIOES tags (`nlp.models.tags`: O, then B, I, E, S of each label) few may follow one another: into I and E leads
only B or I of the same label, into O, B and S only O, E or S. A step looks at those pairs alone: for ten labels 461 of
1,681, for twenty-one 1,891 of 7,225.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
FORBIDDEN: Final = np.float32(-1e4)


def best_tags(
    scores: Floats, lengths: NDArray[np.int64], transitions: Floats, starts: Floats, ends: Floats
) -> NDArray[np.int64]:
    """Tag indices (characters of all texts), given the scores (characters of all texts, tags) and the texts' lengths.

    `transitions` (tag, next tag) are log-scores of BIOES tags, FORBIDDEN where BIOES forbids; so are `starts`, `ends`.
    No text may be empty.
    """
    tags = scores.shape[1]
    order, count = _order(tags), (tags - 1) // 4
    left, entered = slice(0, 2 * count + 1), slice(count, 3 * count + 1)
    end, begin, inside = slice(0, count), slice(2 * count + 1, 3 * count + 1), slice(3 * count + 1, tags)
    moves = transitions[np.ix_(order, order)]
    across = np.ascontiguousarray(moves[left, entered])
    linked = across[0, 0] if (across == across[0, 0]).all() else None
    into_end, again_end = moves[begin, end].diagonal(), moves[inside, end].diagonal()
    into_inside, again_inside = moves[begin, inside].diagonal(), moves[inside, inside].diagonal()
    places, bounds = _packed(lengths)
    best = scores[:, order][places]
    best[bounds[0] : bounds[1]] += starts[order]
    lasts = _lasts(bounds)
    best[lasts] += ends[order]
    for step in range(1, len(bounds) - 1):  # `best` become the scores of the best way that leads to each tag
        now = best[bounds[step] : bounds[step + 1]]
        before = best[bounds[step - 1] : bounds[step - 1] + len(now)]
        began, continued = before[:, begin], before[:, inside]
        if linked is None:
            now[:, entered] += (before[:, left, None] + across).max(1)
        else:
            now[:, entered] += before[:, left].max(1, keepdims=True) + linked
        now[:, end] += np.maximum(began + into_end, continued + again_end)
        now[:, inside] += np.maximum(began + into_inside, continued + again_inside)
    back = np.ascontiguousarray(moves.T)
    path = np.empty(len(best), dtype=np.int64)
    path[lasts] = best[lasts].argmax(1)
    for step in range(len(bounds) - 3, -1, -1):  # the tags before are found again along the best path alone
        following = path[bounds[step + 1] : bounds[step + 2]]
        here = slice(bounds[step], bounds[step] + len(following))
        path[here] = (best[here] + back[following]).argmax(1)
    result = np.empty(len(best), dtype=np.int64)
    result[places] = order[path]
    return result


def _packed(lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[int]]:
    """Where the first characters of all texts stand, then the second ones …, the longest text first; and the bounds."""
    longest = np.argsort(-lengths, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[longest]
    running = np.arange(lengths.max())[:, None] < lengths[longest][None, :]
    places = (starts[None, :] + np.arange(len(running))[:, None])[running]
    return places, [0, *np.cumsum(running.sum(1)).tolist()]


def _lasts(bounds: list[int]) -> NDArray[np.int64]:
    """Of a packed row, the places of the texts' last characters: what has nothing behind it in the next step."""
    sizes = np.diff([*bounds, bounds[-1]])
    return np.concatenate(
        [np.arange(bounds[step] + sizes[step + 1], bounds[step + 1]) for step in range(len(sizes) - 1)]
    )


@lru_cache(maxsize=16)
def _order(tags: int) -> NDArray[np.int64]:
    """All E, all S, O, all B, all I: what a span may be left from stands together, and so does what may follow."""
    first = np.arange(1, tags, 4)
    return np.concatenate([first + 2, first + 3, [0], first, first + 1])
