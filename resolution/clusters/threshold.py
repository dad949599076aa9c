"""Interim: replaced by the clusters work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Decision:
    threshold: float
    lower: float
    upper: float
    objective: str
    expected_precision: float
    expected_recall: float
    accepted: int
    rejected: int
    doubtful: int
    basis: str = "prior"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def decide(weights: NDArray[np.float64], objective: Any) -> Decision:
    up = int((weights > 2).sum())
    doubtful = int((abs(weights - 2) < 3).sum())
    return Decision(2.0, -1.0, 5.0, str(objective), 1.0, 1.0, up, len(weights) - up, doubtful)
