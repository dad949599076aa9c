"""What the card of a model says of how well it does (see `nlp.training.card`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import orjson
from pydantic import Field

from core.errors import ReadingModelInvalid
from nlp.models.forms import Form, filled

CARD: Final = "card.json"

_Share = Annotated[float, Field(ge=0, le=1)]
_Count = Annotated[int, Field(ge=0)]


class _Total(Form):
    f1: _Share | None = None


class _Label(Form):
    precision: _Share


class _Metrics(Form):
    macro_f1: _Share | None = None
    total: _Total = _Total()
    calibration_error: _Share | None = None
    labels: dict[str, _Label] = Field(default_factory=dict)


class Card(Form):
    """Of a model without a card nothing is known."""

    trained_on: _Count | None = None
    measured_on: _Count | None = None
    metrics: _Metrics = _Metrics()

    @property
    def figures(self) -> dict[str, float]:
        """f1, measured_on and calibration_error, as far as they were measured."""
        metrics = self.metrics
        measured = {
            "f1": metrics.total.f1 if metrics.macro_f1 is None else metrics.macro_f1,
            "measured_on": self.measured_on,
            "calibration_error": metrics.calibration_error,
        }
        return {name: value for name, value in measured.items() if value is not None}

    @property
    def precision(self) -> dict[str, float]:
        """Of the spans of a label that the model gave on what was held out, the share that was right."""
        return {label: score.precision for label, score in self.metrics.labels.items()}


def read_card(folder: Path) -> Card:
    """Raises ReadingModelInvalid for a card that is none."""
    where = f"模型 {folder.name} 的 {CARD}"
    try:
        return filled(Card, orjson.loads((folder / CARD).read_bytes()), where)
    except FileNotFoundError:
        return Card()
    except (OSError, orjson.JSONDecodeError) as error:
        raise ReadingModelInvalid(f"{where} 无法读取") from error
