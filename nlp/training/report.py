"""Held-out reports. They hold counts and figures and numbers of rows, never a text: texts are personal data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nlp.models.tags import Span
from nlp.training.calibration import Bin, expected_error, reliability

_WORST: Final = 20


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 (0 where nothing was there to find and nothing found), and how many there were."""

    precision: float
    recall: float
    f1: float
    support: int

    @classmethod
    def of(cls, right: int, found: int, there: int) -> Score:
        precision, recall = right / found if found else 0.0, right / there if there else 0.0
        f1 = 2 * right / (found + there) if right else 0.0
        return cls(round(precision, 4), round(recall, 4), round(f1, 4), there)


@dataclass(frozen=True)
class SpanReport:
    """Exact spans with exact labels, as the CoNLL evaluation counts them; `worst` are rows with the most errors."""

    texts: int
    total: Score
    labels: dict[str, Score]
    worst: tuple[tuple[int, int], ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class CategoryReport:
    """`macro_f1` is the plain mean over the categories; `confusion[true][given]` counts.

    `worst` are (row, confidence) where the model was surest and wrong. `calibration_error` is the expected difference
    between confidence and share of right answers, over the ten bins of `reliability`. `unknown` counts by category the
    rows that were left out because the model does not know it.
    """

    texts: int
    macro_f1: float
    accuracy: float
    categories: dict[str, Score]
    confusion: tuple[tuple[int, ...], ...]
    calibration_error: float
    reliability: tuple[Bin, ...]
    worst: tuple[tuple[int, float], ...]
    unknown: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def span_report(gold: Sequence[Iterable[Span]], found: Sequence[Iterable[Span]], rows: Sequence[int]) -> SpanReport:
    """`rows` are the numbers that `worst` gives: lines of the file."""
    there: Counter[str] = Counter()
    given: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: list[tuple[int, int]] = []
    for row, one, other in zip(rows, gold, found, strict=True):
        true, said = set(one), set(other)
        there.update(label for *_, label in true)
        given.update(label for *_, label in said)
        right.update(label for *_, label in true & said)
        wrong.append((row, len(true ^ said)))
    labels = {label: Score.of(right[label], given[label], there[label]) for label in sorted(there | given)}
    worst = tuple(sorted((pair for pair in wrong if pair[1]), key=lambda pair: (-pair[1], pair[0]))[:_WORST])
    return SpanReport(len(wrong), Score.of(right.total(), given.total(), there.total()), labels, worst)


def category_report(
    names: Sequence[str], true: NDArray[np.int64], probabilities: NDArray[np.float64], rows: Sequence[int]
) -> CategoryReport:
    """`true` are indices into `names`; `probabilities` (texts, names); `rows` are the numbers that `worst` gives."""
    given, confidence = probabilities.argmax(1), probabilities.max(1)
    size = len(names)
    confusion = np.bincount(true * size + given, minlength=size * size).reshape(size, size)
    scores = {
        name: Score.of(int(confusion[i, i]), int(confusion[:, i].sum()), int(confusion[i].sum()))
        for i, name in enumerate(names)
    }
    wrong = np.nonzero(given != true)[0]
    sure = [(rows[i], round(float(confidence[i]), 3)) for i in wrong.tolist()]
    worst = sorted(sure, key=lambda pair: (-pair[1], pair[0]))
    bins = reliability(confidence, given == true)
    return CategoryReport(
        texts=len(true),
        macro_f1=round(float(np.mean([score.f1 for score in scores.values()])), 4),
        accuracy=round(float((given == true).mean()), 4),
        categories=scores,
        confusion=tuple(tuple(int(cell) for cell in line) for line in confusion),
        calibration_error=expected_error(bins),
        reliability=bins,
        worst=tuple(worst[:_WORST]),
    )
