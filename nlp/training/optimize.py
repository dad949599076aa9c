"""Adam for what every batch touches, AdaGrad for rows that few batches touch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nlp.models.encoders import Floats, Indices

_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8
_LONGEST_STEP = 5.0


class Adam:
    """Kingma and Ba 2015; the gradient of all parameters together is cut to norm 5."""

    def __init__(self, parameters: Mapping[str, Floats]) -> None:
        self._parameters = parameters
        self._mean = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._square = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._steps = 0

    def step(self, gradients: Mapping[str, Floats], rates: Mapping[str, float], rate: float) -> None:
        """Change the parameters in place; `rates` are factors to `rate` for those that learn slower or faster."""
        self._steps += 1
        norm = float(np.sqrt(sum(float((value * value).sum()) for value in gradients.values())))
        shrink = np.float32(min(1.0, _LONGEST_STEP / max(norm, 1e-9)))
        correction = np.sqrt(1 - _BETA2**self._steps) / (1 - _BETA1**self._steps)
        for name, found in gradients.items():
            gradient = found * shrink
            mean, square = self._mean[name], self._square[name]
            mean *= _BETA1
            mean += (1 - _BETA1) * gradient
            square *= _BETA2
            square += (1 - _BETA2) * gradient * gradient
            pace = np.float32(rate * rates.get(name, 1.0) * correction)
            self._parameters[name][...] -= pace * mean / (np.sqrt(square) + np.float32(_TINY))


class RowAdaGrad:
    """Duchi and others 2011, for the rows of a table; `by_row` keeps one sum of squares a row, else one a weight."""

    def __init__(self, table: Floats, *, by_row: bool = False) -> None:
        self._table = table
        self._squares = np.full((len(table), 1) if by_row else table.shape, 1e-6, dtype=np.float32)
        self._by_row = by_row

    def step(self, rows: Indices, gradients: Floats, rate: float) -> None:
        """Change `rows` (each at most once) by their gradients."""
        squared = gradients * gradients
        self._squares[rows] += squared.mean(1, keepdims=True) if self._by_row else squared
        self._table[rows] -= np.float32(rate) * gradients / np.sqrt(self._squares[rows])
