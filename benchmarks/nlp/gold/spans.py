"""Identifiers, entities, places, times and amounts of the reader against the gold set.

    python -m benchmarks.nlp.gold.spans [--home DIR] [--files 01,02] [--misses address]

An identifier counts with its span, label, value and validity. A place counts by its exact span (`span`) or by any
overlap (`overlap`); its parts are compared where spans overlap, and count against the reader only where they stand in
the words, because the reader completes what the words leave out; `relative` and `of` are an accuracy over gold places
that have them. Times and amounts count with their span.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from core.settings import Settings
from core.values import StandardAddress
from nlp.components.normalize import plain
from nlp.gazetteer import Gazetteer
from nlp.gold import GOLD, Complaint, read_gold
from nlp.gold.model import PARTS
from nlp.gold.model import Address as GoldAddress
from nlp.layers import Place
from nlp.numerals import read_numeral
from nlp.reading import Reading, read_text
from services.app import open_app
from services.gazetteer import current_gazetteer

FIRST_HALF: Final = frozenset({"01", "02", "03", "04", "05"})
"""The half that may be looked at while the reader is improved; the rest is only scored."""

Found = tuple[object, ...]
Row = tuple[str, Complaint, Reading]


class Score(NamedTuple):
    """Counts of right, found and wanted items."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: object) -> Score:
        if not isinstance(other, Score):
            return NotImplemented
        return Score(self.right + other.right, self.found + other.found, self.wanted + other.wanted)

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.wanted) if self.found + self.wanted else 1.0


def read_halves(gazetteer: Gazetteer, files: Iterable[Path]) -> Iterator[Row]:
    """(file stem, complaint, reading) of every gold complaint, read as the intake reads it."""
    for file in files:
        for complaint in read_gold(file):
            home = StandardAddress.parse(complaint.home) if complaint.home else None
            yield file.stem, complaint, read_text(complaint.text, gazetteer, at=complaint.at, home=home)


def _sets(found: Iterable[Found], wanted: Iterable[Found]) -> Score:
    left, right = Counter(found), Counter(wanted)
    return Score((left & right).total(), left.total(), right.total())


def _identifiers(gold: Complaint, read: Reading) -> tuple[list[Found], list[Found]]:
    found: list[Found] = [(i.start, i.end, i.label, i.text, i.valid) for i in read.identifiers]
    return found, [(n.start, n.end, n.kind, n.value, n.valid) for n in gold.identifiers]


def _entities(kind: str) -> Callable[[Complaint, Reading], tuple[list[Found], list[Found]]]:
    def compare(gold: Complaint, read: Reading) -> tuple[list[Found], list[Found]]:
        found: list[Found] = [(e.start, e.end) for e in read.entities if e.kind == kind]
        return found, [(e.start, e.end) for e in gold.entities if e.kind == kind]

    return compare


def _spans(layer: str, own: str) -> Callable[[Complaint, Reading], tuple[list[Found], list[Found]]]:
    def compare(gold: Complaint, read: Reading) -> tuple[list[Found], list[Found]]:
        found: list[Found] = [(item.start, item.end) for item in getattr(read, own)]
        return found, [(item.start, item.end) for item in getattr(gold, layer)]

    return compare


EXACT: Final[dict[str, Callable[[Complaint, Reading], tuple[list[Found], list[Found]]]]] = {
    "identifiers": _identifiers,
    "person": _entities("person"),
    "organization": _entities("organization"),
    "place": _entities("place"),
    "address span": _spans("addresses", "places"),
    "time span": _spans("times", "times"),
    "amount span": _spans("amounts", "amounts"),
}


def overlaps(gold: Complaint, read: Reading) -> list[tuple[GoldAddress, Place]]:
    """Gold places with the place of the reader that shares most characters with each; one to one."""
    pairs = [
        (min(g.end, p.end) - max(g.start, p.start), g.start, p.start, g, p)
        for g in gold.addresses
        for p in read.places
        if g.start < p.end and p.start < g.end
    ]
    chosen: list[tuple[GoldAddress, Place]] = []
    used: set[tuple[str, int]] = set()
    for _, first, second, wanted, found in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if ("g", first) not in used and ("p", second) not in used:
            used |= {("g", first), ("p", second)}
            chosen.append((wanted, found))
    return chosen


def _said(text: str, value: str) -> bool:
    number = value if value.isdigit() else ""
    numerals = {f"{read.value:g}" for part in text if (read := read_numeral(part))} if number else set()
    return value in text or (number != "" and number in numerals)


def parts_score(gold: Complaint, read: Reading) -> Score:
    score = Score(wanted=sum(len(address.parts) for address in gold.addresses))
    for wanted, found in overlaps(gold, read):
        said = plain(gold.text[found.start : found.end])
        for name in PARTS:
            value = getattr(found.address, name, None) if found.address else None
            if value and (name in wanted.parts or _said(said, value)):
                score += Score(int(wanted.parts.get(name) == value), 1)
    matched = {place.start for _, place in overlaps(gold, read)}
    for place in read.places:
        if place.start not in matched and place.address:
            said = plain(gold.text[place.start : place.end])
            score += Score(found=sum(_said(said, getattr(place.address, name) or "\0") for name in PARTS))
    return score


def relative_score(gold: Complaint, read: Reading) -> Score:
    """Direction and anchor of gold places that have one; right over wanted is the accuracy."""
    pairs = {id(wanted): found for wanted, found in overlaps(gold, read)}
    told = [address for address in gold.addresses if address.relative]
    right = sum(
        (found.relative, found.of) == (address.relative, address.of)
        for address in told
        if (found := pairs.get(id(address))) is not None
    )
    return Score(right, sum(place.relative is not None for place in read.places), len(told))


def scores(rows: Iterable[Row]) -> dict[str, Score]:
    total: dict[str, Score] = {}
    for _, gold, read in rows:
        one = {name: _sets(*compare(gold, read)) for name, compare in EXACT.items()}
        one["address overlap"] = Score(len(overlaps(gold, read)), len(read.places), len(gold.addresses))
        one["address parts"] = parts_score(gold, read)
        one["relative"] = relative_score(gold, read)
        total = {name: total.get(name, Score()) + score for name, score in one.items()}
    return total


def misses(rows: Iterable[Row], name: str) -> Iterator[str]:
    """Every item of a layer that is only wanted (-) or only found (+), for the half that may be looked at."""
    for stem, gold, read in rows:
        if stem not in FIRST_HALF:
            continue
        found, wanted = EXACT[name](gold, read)
        for sign, items in (("-", set(wanted) - set(found)), ("+", set(found) - set(wanted))):
            for start, end, *more in sorted(items, key=str):
                assert isinstance(start, int)
                assert isinstance(end, int)
                around = gold.text[max(0, start - 10) : start], gold.text[start:end], gold.text[end : end + 8]
                yield f"{gold.id} {sign} {around[0]}[{around[1]}]{around[2]} {more or ''}".replace("\n", " ")


def _home_gazetteer(home: str | None) -> Gazetteer:
    if home is None:
        return Gazetteer()
    with open_app(Settings(home=Path(home)), start_database=False) as app:
        return current_gazetteer(app)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", help="a home whose places and organizations are known to the reader")
    parser.add_argument("--misses", choices=sorted(EXACT), help="list what is missed in the first half")
    told = parser.parse_args()
    gazetteer = _home_gazetteer(told.home)
    rows = list(read_halves(gazetteer, sorted(GOLD.glob("*.txt"))))
    if told.misses:
        print("\n".join(misses(rows, told.misses)))
    for half, chosen in (
        ("first half", [row for row in rows if row[0] in FIRST_HALF]),
        ("held out", [row for row in rows if row[0] not in FIRST_HALF]),
    ):
        print(f"\n{half} ({len(chosen)} texts)          P      R      F1   right/found/wanted")
        for name, score in scores(chosen).items():
            print(
                f"  {name:18} {score.precision:6.3f} {score.recall:6.3f} {score.f1:6.3f}   {'/'.join(map(str, score))}"
            )
    started, characters = time.process_time(), sum(len(gold.text) for _, gold, _ in rows)
    for _, gold, _ in rows:
        read_text(gold.text, gazetteer, at=gold.at)
    spent = time.process_time() - started
    print(f"\n{spent / characters * 370 * 1000:.2f} ms of CPU for 370 characters, whole pipeline")


if __name__ == "__main__":
    main()
