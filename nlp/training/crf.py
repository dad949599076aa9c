"""The loss of a linear-chain conditional random field and its gradient, for many texts at once.

Forward and backward sums run in the probability domain, each step scaled to sum 1 (Rabiner 1989, V.A): a step is one
matrix product over the whole batch, which makes many tags cheap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.models.encoders import Floats, Indices


class Gradient(NamedTuple):
    """Sums over the batch: the loss in nats, and its derivatives by emissions, transitions, starts and ends."""

    loss: float
    emissions: Floats
    transitions: Floats
    starts: Floats
    ends: Floats


def crf_gradient(
    emissions: Floats, mask: NDArray[np.bool_], tags: Indices, transitions: Floats, starts: Floats, ends: Floats
) -> Gradient:
    """`emissions` (texts, steps, tags) and the rest as log-scores, -inf (or -1e4) where forbidden."""
    rows, last = np.arange(len(emissions)), mask.sum(1) - 1
    moves = np.exp(transitions)
    first, final = np.exp(starts), np.exp(ends)
    highest = emissions.max(2, keepdims=True)
    local = np.exp(emissions - highest)
    local[:, 0] *= first
    local[rows, last] *= final
    forward, scale = _forward(local, mask, moves)
    backward, expected = _backward(local, mask, moves, forward, scale)
    margins = forward * backward
    margins /= np.maximum(margins.sum(2, keepdims=True), np.float32(1e-30))
    margins *= mask[:, :, None]
    at_text, at_step = np.nonzero(mask)
    gold_tags = tags[at_text, at_step]
    loss = float((np.log(scale) * mask).sum() + (highest[:, :, 0] * mask).sum())
    loss -= float(emissions[at_text, at_step, gold_tags].sum())
    loss -= float(starts[tags[:, 0]].sum() + ends[tags[rows, last]].sum())
    margins[at_text, at_step, gold_tags] -= 1
    following = mask[:, 1:]
    pairs = tags[:, :-1][following], tags[:, 1:][following]
    loss -= float(transitions[pairs].sum())
    np.subtract.at(expected, pairs, np.float32(1))
    return Gradient(loss, margins, expected, margins[:, 0].sum(0), margins[rows, last].sum(0))


def _forward(local: Floats, mask: NDArray[np.bool_], moves: Floats) -> tuple[Floats, Floats]:
    forward, scale = np.empty_like(local), np.ones(local.shape[:2], dtype=np.float32)
    scale[:, 0] = local[:, 0].sum(1)
    state = local[:, 0] / scale[:, :1]
    forward[:, 0] = state
    for step in range(1, local.shape[1]):
        running = mask[:, step]
        reached = (state @ moves) * local[:, step]
        scale[:, step] = np.where(running, np.maximum(reached.sum(1), np.float32(1e-30)), 1)
        state = np.where(running[:, None], reached / scale[:, step, None], state)
        forward[:, step] = state
    return forward, scale


def _backward(
    local: Floats, mask: NDArray[np.bool_], moves: Floats, forward: Floats, scale: Floats
) -> tuple[Floats, Floats]:
    """The backward sums, and the expected number of every transition."""
    backward = np.empty_like(local)
    state = np.ones_like(local[:, 0])
    backward[:, -1] = state
    expected = np.zeros_like(moves)
    back = np.ascontiguousarray(moves.T)
    for step in range(local.shape[1] - 1, 0, -1):
        running = mask[:, step, None]
        weighed = np.where(running, local[:, step] * state / scale[:, step, None], 0)
        expected += forward[:, step - 1].T @ weighed
        state = np.where(running, weighed @ back, state)
        backward[:, step - 1] = state
    expected *= moves
    return backward, expected
