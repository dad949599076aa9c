"""Spans that are more probable than not, in place of those of the likeliest whole sequence.

What is counted is right spans; a sequence that is right in all of its spans at once is more than is asked for. With the
posterior probability of every span at hand, those above one half are given: two that overlap exclude each other, so no
two of them can be above it (the minimum-risk decision for spans; Goodman 1996 for parse trees). Probabilities are those
of a linear-chain field by forward and backward sums, each step scaled to sum 1 (Rabiner 1989, V.A).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.models.tags import Span, TagScheme

Floats = NDArray[np.float32]

_HALF: Final = 0.5
_TINY: Final = np.float32(1e-30)


def likely_spans(
    scores: Floats, lengths: NDArray[np.int64], scheme: TagScheme, transitions: Floats, starts: Floats, ends: Floats
) -> list[list[Span]]:
    """Spans of each text; `scores` (characters of all texts, tags) and the rest as for `viterbi.best_tags`."""
    texts, longest = len(lengths), int(lengths.max())
    kept = np.arange(longest) < lengths[:, None]
    local = np.ones((texts, longest, scores.shape[1]), dtype=np.float32)
    local[kept] = np.exp(scores - scores.max(1, keepdims=True))
    local[:, 0] *= np.exp(starts)
    local[np.arange(texts), lengths - 1] *= np.exp(ends)
    moves = np.exp(transitions)
    forward, scale = _forward(local, moves)
    backward = _backward(local, scale, lengths, moves)
    first = np.arange(len(scheme.labels)) * 4 + 1
    found: list[list[Span]] = [[] for _ in range(texts)]

    def keep(chances: Floats, length: int) -> None:
        sure = (chances > _HALF) & (np.arange(chances.shape[1])[None, :] + length <= lengths[:, None])[:, :, None]
        for text, start, label in zip(*(axis.tolist() for axis in np.nonzero(sure)), strict=True):
            found[text].append((start, start + length, scheme.labels[label]))

    keep(forward[:, :, first + 3] * backward[:, :, first + 3], 1)
    going = forward[:, :, first]  # the chance to begin at a place and to be inside still
    into = moves[first, first + 1], moves[first, first + 2]
    for length in range(2, longest + 1):
        reached = slice(length - 1, longest)
        going = going[:, : longest - length + 1] / scale[:, reached, None]
        keep(going * into[1] * local[:, reached, first + 2] * backward[:, reached, first + 2], length)
        going = going * into[0] * local[:, reached, first + 1]
        if (going * backward[:, reached, first + 1]).max(initial=0) <= _HALF:
            break
        into = moves[first + 1, first + 1], moves[first + 1, first + 2]
    return [sorted(spans) for spans in found]


def _forward(local: Floats, moves: Floats) -> tuple[Floats, Floats]:
    """Scaled sums (texts, steps, tags) of all ways that lead to a tag, and the scale (texts, steps)."""
    forward, scale = np.empty_like(local), np.empty(local.shape[:2], dtype=np.float32)
    for step in range(local.shape[1]):
        state = local[:, step] if step == 0 else (forward[:, step - 1] @ moves) * local[:, step]
        scale[:, step] = np.maximum(state.sum(1), _TINY)
        forward[:, step] = state / scale[:, step, None]
    return forward, scale


def _backward(local: Floats, scale: Floats, lengths: NDArray[np.int64], moves: Floats) -> Floats:
    """Scaled sums of all ways that lead on from a tag to the text's end."""
    backward = np.ones_like(local)
    back = np.ascontiguousarray(moves.T)
    for step in range(local.shape[1] - 2, -1, -1):
        running = (lengths > step + 1)[:, None]
        onward = (local[:, step + 1] * backward[:, step + 1] / scale[:, step + 1, None]) @ back
        backward[:, step] = np.where(running, onward, 1)
    return backward
