"""A category model from a file of labelled texts.

Linear support vector machines on character n-grams, one a category against the rest, for each of several views of the
text; their scores add up. The temperature is fitted on scores of rows that the scoring machines did not see (three
folds of the training part).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import TrainingDataInvalid
from core.progress import SILENT, Progress
from nlp.models.category import KIND, CategoryModel, View, ViewWeights
from nlp.models.store import write_model
from nlp.training.calibration import temperature
from nlp.training.card import Card, card_files, source_of
from nlp.training.evaluate import measure_categories
from nlp.training.formats import LabelledText, read_categories
from nlp.training.report import CategoryReport
from nlp.training.split import folds, held_out, near_copies

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Machine:
    """One view with machines of its own: their `cost` of a slack, and the `weight` of their scores in the sum.

    N-grams in fewer texts than `rarest`, or in more than the share `commonest`, are left out.
    """

    view: View
    cost: float
    weight: float = 1.0
    rarest: int = 2
    commonest: float = 1.0


MACHINES: Final = (
    Machine(View("short", 1, 3), cost=1.0),
    Machine(View("long", 2, 5), cost=1.5, rarest=3, commonest=0.3),
    Machine(View("head", 1, 3, 40), cost=0.3, commonest=0.5),
)
"""Chosen on folds of a training part: macro-F1 .9141, .9152 and .8711 alone, .9198 together."""

_FOLDS: Final = 3
_FEWEST: Final = 10


@dataclass(frozen=True)
class TrainedCategory:
    folder: Path
    version: str
    report: CategoryReport


def train_category(
    path: Path,
    out: Path,
    *,
    text: str | None = None,
    category: str | None = None,
    seed: int = 1,
    grouped: bool = True,
    machines: Sequence[Machine] = MACHINES,
    licence: str = "未注明",
    progress: Progress = SILENT,
) -> TrainedCategory:
    """Train on four fifths of `path`, measure on the fifth that `seed` holds out, write the model to `out`.

    `text` and `category` name the columns where they have unusual names; `grouped` keeps near copies of a message on
    one side. Raises FileUnreadable and TrainingDataInvalid.
    """
    labelled = read_categories(path, text=text, category=category)
    rows = labelled.rows
    learnt, kept = split_categories(rows, seed, grouped=grouped)
    model = fit_category([rows[row] for row in learnt], machines, seed, name=path.name, progress=progress)
    report = measure_categories(model, [rows[row] for row in kept])
    card = Card(
        kind=KIND,
        sources=(source_of(labelled, licence),),
        seed=seed,
        setting="default",
        split="按种子分层留出五分之一" + ("，近似重复的留言同在一侧" if grouped else ""),
        trained_on=len(learnt),
        measured_on=len(kept),
        metrics=report.as_dict(),
    )
    version = write_model(out, KIND, {**model.settings(), "seed": seed}, model.arrays(), card_files(card))
    return TrainedCategory(out, version, report)


def split_categories(
    rows: Sequence[LabelledText], seed: int, *, grouped: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    groups = near_copies([row.text for row in rows]) if grouped else None
    return held_out([row.category for row in rows], seed, groups=groups)


def fit_category(
    rows: Sequence[LabelledText], machines: Sequence[Machine], seed: int, *, name: str, progress: Progress = SILENT
) -> CategoryModel:
    """The model of `rows`, deterministic for a seed."""
    names = tuple(sorted({row.category for row in rows}))
    index = {label: number for number, label in enumerate(names)}
    true = np.array([index[row.category] for row in rows], dtype=np.int64)
    counts = np.bincount(true, minlength=len(names))
    if len(names) < 2 or counts.min() < _FEWEST:
        raise TrainingDataInvalid(f"{name} 需要至少两个类别，每类至少 {_FEWEST} 条可学的文本")
    texts = [row.text for row in rows]
    with progress.task("训练诉求分类", total=_FOLDS + 1, unit="轮") as task:
        scores = np.zeros((len(rows), len(names)), dtype=np.float64)
        for learnt, kept in folds([row.category for row in rows], _FOLDS, seed, near_copies(texts)):
            model = _fit([texts[row] for row in learnt], true[learnt], names, machines, seed)
            scores[kept] = [model.scores(texts[row]) for row in kept]
            task.advance()
        model = _fit(texts, true, names, machines, seed)
        task.advance()
    return CategoryModel(names, model.views, model.bias, temperature(scores, true))


def _fit(
    texts: Sequence[str], true: NDArray[np.int64], names: tuple[str, ...], machines: Sequence[Machine], seed: int
) -> CategoryModel:
    """The model without its temperature. Scores are sums, so every view keeps its machines' weights as they are."""
    bias = np.zeros(len(names), dtype=np.float32)
    views: list[ViewWeights] = []
    for machine in machines:
        bare = _rarity(machine, texts)
        weights, intercepts = _against_the_rest(_matrix(bare, texts), true, machine.cost, seed)
        bias += np.float32(machine.weight) * intercepts
        views.append(replace(bare, weights=np.float32(machine.weight) * weights))
    return CategoryModel(names, tuple(views), bias, 1.0)


def _rarity(machine: Machine, texts: Sequence[str]) -> ViewWeights:
    """The n-grams that are kept, with log((1 + texts) / (1 + texts that have it)) + 1."""
    grams = np.concatenate([machine.view.grams(text)[0] for text in texts])
    distinct, counts = np.unique(grams, return_counts=True)
    kept = (counts >= machine.rarest) & (counts <= machine.commonest * len(texts))
    rarity = (np.log((1 + len(texts)) / (1 + counts[kept])) + 1).astype(np.float16).astype(np.float32)
    return ViewWeights(machine.view, distinct[kept], rarity, np.empty((int(kept.sum()), 0), dtype=np.float32))


def _matrix(part: ViewWeights, texts: Sequence[str]) -> sparse.csr_matrix:
    rows = [part.row(text) for text in texts]
    ends = np.concatenate([[0], np.cumsum([len(columns) for columns, _ in rows])])
    columns, values = (np.concatenate(side) for side in zip(*rows, strict=True))
    return sparse.csr_matrix((values, columns, ends), shape=(len(texts), len(part.known)))


def _against_the_rest(
    matrix: sparse.csr_matrix, true: NDArray[np.int64], cost: float, seed: int
) -> tuple[Floats, Floats]:
    """Weights (n-grams, categories) and bias of a machine for each category."""
    from sklearn.svm import LinearSVC

    found = []
    for category in range(int(true.max()) + 1):
        machine = LinearSVC(C=cost, random_state=seed).fit(matrix, true == category)
        found.append((machine.coef_[0].astype(np.float32), np.float32(machine.intercept_[0])))
    weights, bias = zip(*found, strict=True)
    return np.stack(weights, axis=1), np.array(bias, dtype=np.float32)
