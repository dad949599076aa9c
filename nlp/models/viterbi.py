"""The best sequence of tags, for many texts at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
FORBIDDEN: Final = np.float32(-1e4)


def best_tags(
    emissions: Floats, lengths: NDArray[np.int64], transitions: Floats, starts: Floats, ends: Floats
) -> NDArray[np.int64]:
    """Tag indices (texts, longest); beyond a text's length they mean nothing.

    `emissions` (texts, longest, tags) and `transitions` (tag, next tag) are log-scores; so are `starts` and `ends`.
    """
    texts, longest, tags = emissions.shape
    rows = np.arange(texts)
    final = np.zeros((texts, longest, 1), dtype=np.float32)
    final[rows, lengths - 1] = 1
    reached = np.empty((longest, texts, tags), dtype=np.float32)
    reached[0] = emissions[:, 0] + starts + final[:, 0] * ends
    for step in range(1, longest):
        best = (reached[step - 1][:, :, None] + transitions).max(1)
        best += emissions[:, step] + final[:, step] * ends
        running = (step < lengths)[:, None]
        reached[step] = np.where(running, best, reached[step - 1])
    path = np.empty((texts, longest), dtype=np.int64)
    path[:, -1] = reached[-1].argmax(1)
    into = np.ascontiguousarray(transitions.T)
    for step in range(longest - 1, 0, -1):  # the tags before are found again along the best path alone
        before = (reached[step - 1] + into[path[:, step]]).argmax(1)
        path[:, step - 1] = np.where(step < lengths, before, path[:, step])
    return path
