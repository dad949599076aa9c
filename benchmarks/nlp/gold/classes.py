"""Category, urgency, sentiment and demands of the reader against the gold set.

    python -m benchmarks.nlp.gold.classes [--labelled complaints_labelled.csv] [--misses]

A category is right where it is the gold's own, `also` where it is one that a second reader would defend. `said` are the
texts for which the reader commits itself. The calibration error is that of the best guess, over ten bins. Urgency is a
confusion matrix, gold down and reader across. A demand counts by any overlap or by its exact span; its kind is compared
where spans overlap. `--labelled` names messages with seven first-level categories, to which
ours are mapped: the shipped weights have seen none of them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from benchmarks.nlp.gold.spans import FIRST_HALF
from nlp.components.normalize import plain
from nlp.gazetteer import Gazetteer
from nlp.gold import GOLD, Complaint, read_gold
from nlp.reading import Reading, read_text
from nlp.termweights import load_weights
from nlp.training.calibration import expected_error, reliability

LEVELS: Final = ("normal", "urgent", "emergency")
FIRST_LEVEL: Final = {
    "01": "城乡建设", "02": "城乡建设", "03": "城乡建设", "04": "城乡建设", "05": "交通运输", "06": "劳动和社会保障",
    "07": "商贸旅游", "08": "环境保护", "09": "城乡建设", "10": "教育文体", "0104": "环境保护", "0105": "环境保护",
    "0501": "城乡建设", "0702": "卫生计生", "0903": "商贸旅游", "1002": "卫生计生",
}  # fmt: skip
"""Our codes, else their first two digits, in the seven categories of the labelled messages; the rest is a miss."""
_NONE_OF_THEM: Final = frozenset({"0303", "0304", "0404", "0703", "1004", "1005"})

Row = tuple[Complaint, Reading]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--misses", action="store_true", help="of the first half, which may be looked at")
    arguments = parser.parse_args()
    for name, rows in _halves():
        print(f"{name}: {len(rows)} complaints")
        for line in (*categories(rows), *urgency(rows), *sentiment(rows), *demands(rows)):
            print("  " + line)
        if arguments.misses and name.startswith("first"):
            print("\n".join(_misses(rows)))
    if arguments.labelled:
        print(f"labelled messages, first level: {labelled(arguments.labelled):.3f} right")


def _halves() -> Iterator[tuple[str, list[Row]]]:
    halves: dict[bool, list[Row]] = {True: [], False: []}
    for file in sorted(GOLD.glob("*.txt")):
        for complaint in read_gold(file):
            reading = read_text(complaint.text, Gazetteer(), at=complaint.at)
            halves[file.stem in FIRST_HALF].append((complaint, reading))
    yield "first half (01-05)", halves[True]
    yield "held-out half (06-10, other)", halves[False]
    yield "all", halves[True] + halves[False]


def categories(rows: Iterable[Row]) -> Iterator[str]:
    asked = [(complaint, reading) for complaint, reading in rows if complaint.category]
    guesses = [[guess.code for guess in reading.categories] or ["-"] for _, reading in asked]
    first = np.array([guess[0] == complaint.category for (complaint, _), guess in zip(asked, guesses, strict=True)])
    fair = [g[0] in (c.category, *c.also) for (c, _), g in zip(asked, guesses, strict=True)]
    top = [c.category in g for (c, _), g in zip(asked, guesses, strict=True)]
    sure = np.array([reading.categories[0].probability if reading.categories else 0.0 for _, reading in asked])
    said = [(complaint, reading.category) for complaint, reading in asked if reading.category]
    good = sum(code == complaint.category for complaint, code in said)
    defensible = sum(code in (complaint.category, *complaint.also) for complaint, code in said)
    yield (
        f"category: top 1 {first.mean():.3f} (also {np.mean(fair):.3f}), top 3 {np.mean(top):.3f}, "
        f"calibration error {expected_error(reliability(sure, first)):.3f}"
    )
    yield f"  said {len(said)} of {len(asked)}: right {good}, defensible {defensible} ({defensible / len(said):.3f})"


def urgency(rows: Iterable[Row]) -> Iterator[str]:
    counts = Counter((complaint.urgency, reading.urgency) for complaint, reading in rows)
    right = sum(counts[level, level] for level in LEVELS)
    yield f"urgency: {right} of {counts.total()} right"
    for level in LEVELS:
        yield f"  {level:10}" + "".join(f"{counts[level, other]:5}" for other in LEVELS)


def sentiment(rows: Iterable[Row]) -> Iterator[str]:
    counts = Counter((complaint.sentiment, reading.sentiment) for complaint, reading in rows)
    right = sum(count for (gold, read), count in counts.items() if gold == read)
    yield f"sentiment: {right} of {counts.total()} right"


def demands(rows: Sequence[Row]) -> Iterator[str]:
    found = wanted = exact = hit = covered = kinds = 0
    for complaint, reading in rows:
        pairs = [(g, d) for g in complaint.demands for d in reading.demands if g.start < d.end and d.start < g.end]
        found, wanted = found + len(reading.demands), wanted + len(complaint.demands)
        exact += sum((gold.start, gold.end) == (demand.start, demand.end) for gold, demand in pairs)
        hit += len({demand for _, demand in pairs})
        covered += len({gold for gold, _ in pairs})
        kinds += len({gold for gold, demand in pairs if gold.kind == demand.kind})
    precision, recall = hit / max(found, 1), covered / max(wanted, 1)
    overlap = 2 * precision * recall / max(precision + recall, 1e-9)
    yield (
        f"demands: overlap P {precision:.3f} R {recall:.3f} F1 {overlap:.3f}, exact F1 "
        f"{2 * exact / max(found + wanted, 1):.3f}, kind right {kinds / max(covered, 1):.3f} of those found"
    )


def labelled(path: Path, rows: int = 2_000) -> float:
    """Share of a sample of the messages whose best category is of the right first level."""
    weights = load_weights()
    sample = pl.read_csv(path).sample(rows, seed=1).select("text", "category")
    right = 0
    for text, wanted in sample.iter_rows():
        code = weights.codes[int(weights.probabilities(weights.hits(plain(text))).argmax())]
        right += code not in _NONE_OF_THEM and FIRST_LEVEL.get(code, FIRST_LEVEL[code[:2]]) == wanted
    return right / rows


def _misses(rows: Iterable[Row]) -> Iterator[str]:
    for complaint, reading in rows:
        guesses = " ".join(f"{guess.code}={guess.probability:.2f}" for guess in reading.categories)
        if complaint.urgency != reading.urgency or (complaint.category or "") not in guesses[:4]:
            yield f"    {complaint.id} {complaint.category} {complaint.urgency} | {guesses} | {reading.urgency}"


if __name__ == "__main__":
    main()
