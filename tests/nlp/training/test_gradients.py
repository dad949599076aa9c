# Each layer alone on random numbers: its backward pass against differences of small steps.

from __future__ import annotations

import numpy as np
import pytest

from nlp.models.encoders import conv, gru, reversed_within
from nlp.training.fitting import Recipe, random_start
from nlp.training.gradients import conv_back, gru_back

WIDTH, LENGTHS = 4, np.array([5, 3])
MASK = np.arange(5)[None] < LENGTHS[:, None]


@pytest.mark.parametrize("kind", ["gru", "conv"])
def test_backward_is_the_derivative_of_forward(kind: str) -> None:
    random = np.random.default_rng(2)
    start = random_start(np.array([65]), Recipe(layers=(kind,), width=WIDTH, from_lac=False), 3)
    parameters = {name: value * 2 for name, value in start.items()}
    inputs = (random.normal(size=(2, 5, WIDTH)) * MASK[:, :, None]).astype(np.float32)
    wanted = (random.normal(size=(2, 5, WIDTH)) * MASK[:, :, None]).astype(np.float32)
    backwards = reversed_within(LENGTHS, 5)

    def run() -> float:
        outputs = gru(parameters, 0, inputs, backwards)[0] if kind == "gru" else conv(parameters, 0, inputs, MASK)[0]
        return float((outputs * wanted).sum())

    if kind == "gru":
        by_inputs, found = gru_back(parameters, 0, gru(parameters, 0, inputs, backwards)[1], backwards, wanted)
    else:
        by_inputs, found = conv_back(parameters, 0, conv(parameters, 0, inputs, MASK)[1], wanted)
    for array, gradient in [
        (inputs, by_inputs * MASK[:, :, None]),
        *((parameters[name], found[name]) for name in found),
    ]:
        for place in list(np.ndindex(array.shape))[::3]:
            if array is inputs and not MASK[place[:2]]:
                continue
            step = np.float32(2e-3)
            array[place] += step
            above = run()
            array[place] -= 2 * step
            below = run()
            array[place] += step
            assert gradient[place] == pytest.approx((above - below) / 4e-3, abs=2e-2)
