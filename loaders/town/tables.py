"""The town's data files, and weighted picks from them."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Generic, TypeVar

DATA = Path(__file__).parent / "data"
T = TypeVar("T")


class Picker(Generic[T]):
    """Draws items with given weights; one uniform draw and one bisection a pick."""

    __slots__ = ("_bounds", "_items", "_total")

    def __init__(self, pairs: Iterable[tuple[T, float]]) -> None:
        listed = list(pairs)
        self._items: list[T] = [item for item, _ in listed]
        self._bounds: list[float] = list(accumulate(weight for _, weight in listed))
        self._total: float = self._bounds[-1]

    def pick(self, rng: Random) -> T:
        return self._items[min(bisect_right(self._bounds, rng.random() * self._total), len(self._items) - 1)]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of `data/<name>.csv`."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def parts(name: str) -> dict[str, tuple[str, ...]]:
    """A table of `part,items` rows, items separated by blanks (`item:weight` keeps its weight)."""
    return {row["part"]: tuple(row["items"].split()) for row in rows(name)}


def weighted(items: Sequence[str], *, falling: bool = False) -> Picker[str]:
    """A picker over `text:weight` items; without a weight 1, or falling with the rank (1 / (rank + 4))."""
    pairs = []
    for rank, item in enumerate(items):
        text, _, weight = item.partition(":")
        pairs.append((text, float(weight) if weight else (5 / (rank + 5) if falling else 1.0)))
    return Picker(pairs)
