"""`python -m benchmarks.nlp.train --data DIR`: three models trained on public files, each beside a plain baseline.

DIR holds `complaints_labelled.csv` (columns text, category), `address/train.txt` and `address/dev.txt` (BIO tags by the
character) and `cluener_train.json`. What is missing is left out. No model is kept.

Baselines, trained on the same rows in the same run: for categories, scikit-learn's TF-IDF of character 1- to 3-grams
with a linear support vector machine; for spans, a linear-chain field of python-crfsuite on single characters and pairs
in a window of two (left out where that package is not installed).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final, cast

import numpy as np
import orjson
import typer

from benchmarks.measure import timed
from benchmarks.nlp.speed import complaints, cpu
from nlp.gold import read_gold
from nlp.models.category import load_category_model
from nlp.models.sequence import load_sequence_model
from nlp.models.tags import Span
from nlp.training.category import split_categories, train_category
from nlp.training.formats import READERS, TaggedText, read_categories
from nlp.training.report import category_report, span_report
from nlp.training.sequence import Kind, Setting, train_sequence
from nlp.training.split import held_out

_TIMED: Final = 200
_PLACE: Final = 60
"""Characters of place in a complaint: an address model reads those alone."""


def main(
    data: Annotated[Path, typer.Option(help="Folder of the labelled files.")],
    only: Annotated[str, typer.Option(help="category, address or entities; empty: all.")] = "",
    setting: Annotated[str, typer.Option(help="fast or accurate networks.")] = "fast",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 1 upwards.")] = 1,
    grouped: Annotated[bool, typer.Option(help="Keep near copies of a complaint on one side.")] = True,
    baseline: Annotated[bool, typer.Option(help="Train the baselines too.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Macro-F1 of categories, F1 of address chunks and of entities; milliseconds a complaint of 370 characters."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="weinao-bench-nlp-") as scratch:
        for seed in range(1, seeds + 1):
            for kind, run in _runs(data, cast("Setting", setting), grouped, Path(scratch)).items():
                if only in ("", kind):
                    rows.append({"model": kind, "seed": seed, **run(seed, baseline)})
                    if not as_json:
                        sys.stdout.write(_line(rows[-1]) + "\n")
                        sys.stdout.flush()
    if as_json:
        sys.stdout.write(orjson.dumps({"figures": rows}, option=orjson.OPT_INDENT_2).decode() + "\n")


def _runs(
    data: Path, setting: Setting, grouped: bool, scratch: Path
) -> dict[str, Callable[[int, bool], dict[str, Any]]]:
    files = {
        "category": data / "complaints_labelled.csv",
        "address": data / "address" / "train.txt",
        "entities": data / "cluener_train.json",
    }
    work: dict[str, Callable[[int, bool], dict[str, Any]]] = {
        "category": lambda seed, plain: _category(files["category"], seed, grouped, plain, scratch),
        "address": lambda seed, plain: _spans("address", data, files["address"], seed, setting, plain, scratch),
        "entities": lambda seed, plain: _spans("entities", data, files["entities"], seed, setting, plain, scratch),
    }
    return {kind: run for kind, run in work.items() if files[kind].is_file()}


def _category(path: Path, seed: int, grouped: bool, plain: bool, scratch: Path) -> dict[str, Any]:
    out = scratch / f"category-{seed}"
    seconds, trained = timed(lambda: train_category(path, out, seed=seed, grouped=grouped))
    model = load_category_model(out)
    texts = _complaints()
    took = cpu(lambda: [model.rank(text) for text in texts])
    found = {
        "f1": trained.report.macro_f1,
        "calibration_error": trained.report.calibration_error,
        "train_seconds": round(seconds, 1),
        "ms_alone": round(1000 * took / len(texts), 2),
        "megabytes": _size(out),
    }
    return {**found, **(_plain_category(path, seed, grouped) if plain else {})}


def _plain_category(path: Path, seed: int, grouped: bool) -> dict[str, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    rows = read_categories(path).rows
    learnt, kept = split_categories(rows, seed, grouped=grouped)
    names = sorted({row.category for row in rows})
    true = np.array([names.index(row.category) for row in rows], dtype=np.int64)
    texts = np.array([row.text for row in rows], dtype=object)
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    machine = LinearSVC(random_state=seed).fit(grams.fit_transform(texts[learnt]), true[learnt])
    scores = machine.decision_function(grams.transform(texts[kept]))
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    report = category_report(names, true[kept], chances, kept.tolist())
    return {"baseline": "scikit-learn, characters 1-3, linear SVM", "baseline_f1": report.macro_f1}


def _spans(
    kind: Kind, data: Path, path: Path, seed: int, setting: Setting, plain: bool, scratch: Path
) -> dict[str, Any]:
    out = scratch / f"{kind}-{seed}"
    test = data / "address" / "dev.txt" if kind == "address" else None
    seconds, trained = timed(lambda: train_sequence(kind, path, out, test=test, seed=seed, setting=setting))
    model = load_sequence_model(out, kind)
    texts = [text[:_PLACE] for text in _complaints()] if kind == "address" else _complaints()
    together, alone = cpu(lambda: model.label_all(texts)), cpu(lambda: [model.label_long(text) for text in texts])
    found = {
        "f1": trained.report.total.f1,
        "setting": setting,
        "train_seconds": round(seconds, 1),
        "ms_alone": round(1000 * alone / len(texts), 2),
        "ms_together": round(1000 * together / len(texts), 2),
        "megabytes": _size(out),
    }
    return {**found, **(_plain_spans(kind, path, test, seed) if plain and find_spec("pycrfsuite") else {})}


def _plain_spans(kind: Kind, path: Path, test: Path | None, seed: int) -> dict[str, Any]:
    import pycrfsuite

    rows: Sequence[TaggedText] = READERS[kind](path).rows
    if test is None:
        learnt, kept = held_out([""] * len(rows), seed)
        rows, unseen = [rows[row] for row in learnt.tolist()], [rows[row] for row in kept.tolist()]
    else:
        unseen = list(READERS[kind](test).rows)
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": 60, "feature.possible_transitions": True})
    for row in rows:
        trainer.append(_window(row.text), _bio(row))
    with tempfile.TemporaryDirectory(prefix="weinao-bench-crf-") as folder:
        trainer.train(str(Path(folder) / "model"))
        tagger = pycrfsuite.Tagger()
        tagger.open(str(Path(folder) / "model"))
        found = [list(_of_bio(tagger.tag(_window(row.text)))) for row in unseen]
        tagger.close()
    report = span_report([row.spans for row in unseen], found, [row.line for row in unseen])
    return {"baseline": "python-crfsuite, characters and pairs, window of two", "baseline_f1": report.total.f1}


def _window(text: str) -> list[list[str]]:
    padded = f"  {text}  "
    return [
        [
            "b",
            *(f"{offset}={padded[place + 2 + offset]}" for offset in range(-2, 3)),
            *(f"{offset}+={padded[place + 2 + offset : place + 4 + offset]}" for offset in range(-2, 2)),
        ]
        for place in range(len(text))
    ]


def _bio(row: TaggedText) -> list[str]:
    tags = ["O"] * len(row.text)
    for start, end, label in row.spans:
        tags[start:end] = [f"I-{label}"] * (end - start)
        tags[start] = f"B-{label}"
    return tags


def _of_bio(tags: Sequence[str]) -> Iterator[Span]:
    start, label = 0, ""
    for place, tag in enumerate((*tags, "O")):
        if label and tag != f"I-{label}":
            yield start, place, label
            label = ""
        if tag != "O" and not label:
            start, label = place, tag[2:]


def _complaints() -> list[str]:
    return [item.text for item in complaints(read_gold(), _TIMED)]


def _size(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 1)


def _line(row: dict[str, Any]) -> str:
    beside = f"   {row['baseline']}: {row['baseline_f1']:.4f}" if "baseline" in row else ""
    return (
        f"{row['model']:<9} seed {row['seed']}   F1 {row['f1']:.4f}   {row['ms_alone']:6.2f} ms a complaint   "
        f"{row['megabytes']:6.1f} MB   trained in {row['train_seconds']:,.0f} s{beside}"
    )


if __name__ == "__main__":
    typer.run(main)
