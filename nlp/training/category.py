"""A category model from a file of labelled texts.

Linear support vector machines on character n-grams, one a category against the rest, for each of several views of the
text. How their scores are mixed, and the temperature, is fitted on scores of rows that the scoring machines did not see
(three folds of the training part). A mixture of linear scores is linear: it goes into the weights, and reading a text
costs what it did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    """One view with machines of its own and their `cost` of a slack.

    N-grams in fewer texts than `rarest`, or in more than the share `commonest`, are left out.
    """

    view: View
    cost: float
    rarest: int = 2
    commonest: float = 1.0


MACHINES: Final = (
    Machine(View("short", 1, 3), cost=1.0),
    Machine(View("long", 2, 5), cost=1.5, rarest=3, commonest=0.3),
    Machine(View("head", 1, 3, 40), cost=0.3, commonest=0.5),
)
"""Chosen on folds of a training part: macro-F1 .9141, .9152 and .8711 alone, .9198 summed, .9248 mixed."""

_FOLDS: Final = 3
_FEWEST: Final = 10
_FEWEST_GIVEN: Final = 13
"""Of a category in a file: with a fifth held out, ten are left to learn from."""
_TOLD: Final = 10
_MIXTURE_COST: Final = 0.3


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
    _refuse_few(Counter(row.category for row in rows), _FEWEST_GIVEN, path.name)
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
    _refuse_few(dict(zip(names, counts.tolist(), strict=True)), _FEWEST, f"{name} 留出测试部分之后")
    texts = [row.text for row in rows]
    with progress.task("训练诉求分类", total=_FOLDS + 1, unit="轮") as task:
        unseen = np.zeros((len(machines), len(rows), len(names)), dtype=np.float64)
        for learnt, kept in folds([row.category for row in rows], _FOLDS, seed, near_copies(texts)):
            parts = _fit([texts[row] for row in learnt], true[learnt], machines, seed)
            for view, (part, intercepts) in enumerate(parts):
                unseen[view, kept] = [part.scores(texts[row]) + intercepts for row in kept]
            task.advance()
        parts = _fit(texts, true, machines, seed)
        task.advance()
    shares, bias = _mixture(unseen, true)
    scores = np.einsum("vrk,vkc->rc", unseen, shares) + bias
    views = tuple(
        replace(part, weights=(part.weights @ share).astype(np.float32))
        for (part, _), share in zip(parts, shares, strict=True)
    )
    bias = bias + sum(intercepts @ share for (_, intercepts), share in zip(parts, shares, strict=True))
    return CategoryModel(names, views, bias.astype(np.float32), temperature(scores, true))


def _refuse_few(counts: Mapping[str, int], fewest: int, name: str) -> None:
    """Raises TrainingDataInvalid, naming the categories with too few rows."""
    if len(counts) < 2:
        raise TrainingDataInvalid(f"{name} 需要至少两个类别", remedy="请给出两个以上类别的诉求。")
    few = sorted((count, category) for category, count in counts.items() if count < fewest)
    if few:
        told = "、".join(f"{category}（{count} 条）" for count, category in few[:_TOLD])
        more = f" 等 {len(few)} 类" if len(few) > _TOLD else ""
        raise TrainingDataInvalid(
            f"{name} 每类至少需要 {fewest} 条文本，不足的有：{told}{more}",
            remedy=f"请补足、并入相近的类别，或去掉这些行；五分之一留作测试，每类请至少给出 {_FEWEST_GIVEN} 条。",
        )


def _mixture(unseen: NDArray[np.float64], true: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each view's score of one category says for another: (views, categories, categories), and a bias.

    A multinomial regression on the scores (views, texts, categories) of texts that the views had not seen (stacking,
    Wolpert 1992). It learns which view to trust about which category, and which categories are given too often.
    """
    from sklearn.linear_model import LogisticRegression

    views, rows, categories = unseen.shape
    scale = unseen.std(axis=(1, 2))
    inputs = (unseen / scale[:, None, None]).transpose(1, 0, 2).reshape(rows, views * categories)
    found = LogisticRegression(C=_MIXTURE_COST, max_iter=1_000).fit(inputs, true)
    weights, bias = found.coef_, found.intercept_
    if categories == 2:  # then there is one row, for the second category against the first
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    shares = weights.T.reshape(views, categories, categories) / scale[:, None, None]
    return shares, bias


def _fit(
    texts: Sequence[str], true: NDArray[np.int64], machines: Sequence[Machine], seed: int
) -> list[tuple[ViewWeights, Floats]]:
    """Each view's weights and intercepts."""
    found: list[tuple[ViewWeights, Floats]] = []
    for machine in machines:
        bare = _rarity(machine, texts)
        weights, intercepts = _against_the_rest(_matrix(bare, texts), true, machine.cost, seed)
        found.append((replace(bare, weights=weights), intercepts))
    return found


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
