"""A trained model measured on a labelled file; this needs nothing of what training needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from core.errors import ReadingModelInvalid, TrainingDataInvalid
from core.progress import SILENT, Progress
from nlp.models.category import KIND, CategoryModel, category_model
from nlp.models.sequence import SequenceModel, sequence_model
from nlp.models.store import read_model
from nlp.training.formats import READERS, LabelledText, TaggedText, read_categories
from nlp.training.report import CategoryReport, SpanReport, category_report, span_report

_TOLD: Final = 10


def evaluate(
    model_dir: Path,
    path: Path,
    *,
    kind: str | None = None,
    text: str | None = None,
    category: str | None = None,
    progress: Progress = SILENT,
) -> CategoryReport | SpanReport:
    """The report of a model on a file, read in the format of the model's kind (category, address, entities).

    Given a `kind`, a model of another one is refused; `text` and `category` name the columns of a category file where
    they have unusual names. Raises ReadingModelInvalid, FileUnreadable, TrainingDataInvalid.
    """
    stored = read_model(model_dir, kind)
    with progress.task("评测模型", total=1, unit="个") as task:
        if stored.kind == KIND:
            rows = read_categories(path, text=text, category=category).rows
            report: CategoryReport | SpanReport = measure_categories(category_model(stored), rows)
        elif stored.kind in READERS:
            report = measure_spans(sequence_model(stored), READERS[stored.kind](path).rows)
        else:
            raise ReadingModelInvalid(f"模型 {model_dir.name} 的种类 {stored.kind} 不能评测")
        task.advance()
    return report


def measure_categories(model: CategoryModel, rows: Sequence[LabelledText]) -> CategoryReport:
    """Rows of categories that the model does not know are left out and counted: no answer to them could be right.

    Raises TrainingDataInvalid where none is left.
    """
    index = {name: number for number, name in enumerate(model.names)}
    strange = Counter(row.category for row in rows if row.category not in index)
    rows = [row for row in rows if row.category in index]
    if not rows:
        raise TrainingDataInvalid(
            f"文件里没有一行的类别在模型的 {len(index)} 个类别中：{'、'.join(list(strange)[:_TOLD])}",
            remedy="类别须与训练时所用的名称一致；--label 指定类别所在的列。",
        )
    true = np.array([index[row.category] for row in rows], dtype=np.int64)
    probabilities = model.probabilities([row.text for row in rows])
    report = category_report(model.names, true, probabilities, [row.line for row in rows])
    return replace(report, unknown=dict(sorted(strange.items())))


def measure_spans(model: SequenceModel, rows: Sequence[TaggedText]) -> SpanReport:
    return span_report([row.spans for row in rows], model.label([row.text for row in rows]), [row.line for row in rows])
