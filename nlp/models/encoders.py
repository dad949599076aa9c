"""Characters in their context as vectors: the deep half of a sequence model, in numpy.

Two kinds of layer. `gru` reads the text from both sides (bidirectional gated recurrent units, gates in ONNX's order
update, reset, candidate, `linear_before_reset`); `conv` sees a window of three and is ten times faster. Each function
gives its output and what the backward pass of training needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Parameters = Mapping[str, Floats]

KINDS: Final = ("gru", "conv")


class GruCache(NamedTuple):
    """Inputs (2, texts, steps, width) and per step (steps, 2, texts, hidden) gates and states."""

    inputs: Floats
    update: Floats
    reset: Floats
    candidate: Floats
    recurrent: Floats
    states: Floats


class ConvCache(NamedTuple):
    window: Floats
    active: NDArray[np.bool_]


def reversed_within(lengths: Indices, longest: int) -> Indices:
    """Positions (texts, longest) that read each text from its last character to its first, padding left in place."""
    steps = np.arange(longest)[None, :]
    return np.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)


def gru(parameters: Parameters, layer: int, inputs: Floats, backwards: Indices) -> tuple[Floats, GruCache]:
    """(texts, steps, width) → (texts, steps, 2 × hidden)."""
    weights, recurrent = parameters[f"gru{layer}.input"], parameters[f"gru{layer}.recurrent"]
    texts, steps, width = inputs.shape
    hidden = recurrent.shape[1]
    rows = np.arange(texts)[:, None]
    both = np.stack([inputs, inputs[rows, backwards]])
    gates = both.reshape(2, texts * steps, width) @ weights + parameters[f"gru{layer}.input_bias"][:, None]
    gates = gates.reshape(2, texts, steps, 3 * hidden)
    bias = parameters[f"gru{layer}.recurrent_bias"][:, None]
    state = np.zeros((2, texts, hidden), dtype=np.float32)
    kept = [np.empty((steps, 2, texts, hidden), dtype=np.float32) for _ in range(5)]
    update, reset, candidate, recurrences, states = kept
    for step in range(steps):
        gate, again = gates[:, :, step], state @ recurrent + bias
        open_ = _sigmoid(gate[..., : 2 * hidden] + again[..., : 2 * hidden])
        update[step], reset[step] = open_[..., :hidden], open_[..., hidden:]
        recurrences[step] = again[..., 2 * hidden :]
        candidate[step] = np.tanh(gate[..., 2 * hidden :] + reset[step] * recurrences[step])
        state = candidate[step] + update[step] * (state - candidate[step])
        states[step] = state
    forth, back = states[:, 0].transpose(1, 0, 2), states[:, 1].transpose(1, 0, 2)
    outputs = np.concatenate([forth, back[rows, backwards]], axis=2)
    return outputs, GruCache(both, update, reset, candidate, recurrences, states)


def conv(parameters: Parameters, layer: int, inputs: Floats, mask: NDArray[np.bool_]) -> tuple[Floats, ConvCache]:
    """(texts, steps, width) → the same shape: the input plus a rectified window of three, `2 ** layer` apart."""
    apart = 2**layer
    window = np.concatenate([shifted(inputs, apart), inputs, shifted(inputs, -apart)], axis=2)
    lifted = window @ parameters[f"conv{layer}.weights"] + parameters[f"conv{layer}.bias"]
    active = (lifted > 0) & mask[:, :, None]
    return inputs + lifted * active, ConvCache(window, active)


def shifted(values: Floats, by: int) -> Floats:
    """Every text moved right by `by` characters (left if negative), zeros moving in."""
    moved = np.zeros_like(values)
    if abs(by) >= values.shape[1]:
        return moved
    if by > 0:
        moved[:, by:] = values[:, :-by]
    else:
        moved[:, :by] = values[:, -by:]
    return moved


def _sigmoid(values: Floats) -> Floats:
    result: Floats = np.reciprocal(1 + np.exp(-np.clip(values, -30, 30)), dtype=np.float32)
    return result
