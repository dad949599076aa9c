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
    inputs: Floats
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


def conv(
    parameters: Parameters, layer: int, inputs: Floats, mask: NDArray[np.bool_], spread: Floats | None = None
) -> tuple[Floats, ConvCache]:
    """(texts, steps, width) → the same shape: the input plus a rectified window of three, `2 ** layer` apart.

    `spread` is the inputs times `beside(weights)`, where the caller has it already.
    """
    apart, width = 2**layer, inputs.shape[2]
    if spread is None:
        spread = inputs @ beside(parameters[f"conv{layer}.weights"])
    lifted = spread[:, :, width : 2 * width] + parameters[f"conv{layer}.bias"]
    lifted[:, apart:] += spread[:, :-apart, :width]
    lifted[:, :-apart] += spread[:, apart:, 2 * width :]
    active = (lifted > 0) & mask[:, :, None]
    lifted *= active
    lifted += inputs
    return lifted, ConvCache(inputs, active)


def beside(weights: Floats) -> Floats:
    """Weights (3 × width, width) of a window's left, middle and right side as (width, 3 × width)."""
    width = weights.shape[1]
    return np.ascontiguousarray(weights.reshape(3, width, width).transpose(1, 0, 2).reshape(width, 3 * width))


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
