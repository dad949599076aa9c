"""The way back through the layers of `nlp.models.encoders`."""

from __future__ import annotations

import numpy as np

from nlp.models.encoders import ConvCache, Floats, GruCache, Indices, Parameters, beside, shifted

Gradients = dict[str, Floats]


def gru_back(
    parameters: Parameters, layer: int, cache: GruCache, backwards: Indices, wanted: Floats
) -> tuple[Floats, Gradients]:
    """From the derivative by the outputs (texts, steps, 2 × hidden) to that by the inputs and by the parameters."""
    weights, recurrent = parameters[f"gru{layer}.input"], parameters[f"gru{layer}.recurrent"]
    _, texts, steps, width = cache.inputs.shape
    hidden = recurrent.shape[1]
    rows = np.arange(texts)[:, None]
    by_state = np.stack(
        [wanted[..., :hidden].transpose(1, 0, 2), wanted[..., hidden:][rows, backwards].transpose(1, 0, 2)], axis=1
    )
    gates = np.empty((2, texts, steps, 3 * hidden), dtype=np.float32)
    again = np.empty((2, steps, texts, 3 * hidden), dtype=np.float32)
    before = np.zeros((2, steps, texts, hidden), dtype=np.float32)
    before[:, 1:] = cache.states[:-1].transpose(1, 0, 2, 3)
    back = np.ascontiguousarray(recurrent.transpose(0, 2, 1))
    error = np.zeros((2, texts, hidden), dtype=np.float32)
    for step in range(steps - 1, -1, -1):
        error = error + by_state[step]
        update, reset, candidate = cache.update[step], cache.reset[step], cache.candidate[step]
        by_update = error * (before[:, step] - candidate) * update * (1 - update)
        by_candidate = error * (1 - update) * (1 - candidate * candidate)
        by_reset = by_candidate * cache.recurrent[step] * reset * (1 - reset)
        gates[:, :, step] = np.concatenate([by_update, by_reset, by_candidate], axis=2)
        again[:, step, :, : 2 * hidden] = gates[:, :, step, : 2 * hidden]
        again[:, step, :, 2 * hidden :] = by_candidate * reset
        error = error * update + again[:, step] @ back
    flat_again = again.reshape(2, steps * texts, 3 * hidden)
    flat_gates = gates.reshape(2, texts * steps, 3 * hidden)
    inputs = cache.inputs.reshape(2, texts * steps, width)
    found = {
        f"gru{layer}.input": inputs.transpose(0, 2, 1) @ flat_gates,
        f"gru{layer}.input_bias": flat_gates.sum(1),
        f"gru{layer}.recurrent": before.reshape(2, steps * texts, hidden).transpose(0, 2, 1) @ flat_again,
        f"gru{layer}.recurrent_bias": flat_again.sum(1),
    }
    both = (flat_gates @ weights.transpose(0, 2, 1)).reshape(2, texts, steps, width)
    return both[0] + both[1][rows, backwards], found


def conv_back(parameters: Parameters, layer: int, cache: ConvCache, wanted: Floats) -> tuple[Floats, Gradients]:
    lifted: Floats = wanted * cache.active
    width, apart = wanted.shape[2], 2**layer
    spread: Floats = np.concatenate([shifted(lifted, -apart), lifted, shifted(lifted, apart)], axis=2)
    flat = cache.inputs.reshape(-1, width).T @ spread.reshape(-1, 3 * width)
    found = {
        f"conv{layer}.weights": flat.reshape(width, 3, width).transpose(1, 0, 2).reshape(3 * width, width),
        f"conv{layer}.bias": lifted.sum((0, 1)),
    }
    return wanted + spread @ beside(parameters[f"conv{layer}.weights"]).T, found
