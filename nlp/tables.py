"""The word tables under nlp/data, read once a process.

They are data, not code: a site may read them, argue with them and change them. A dated table keeps its retired rows;
`valid_from` and `valid_to` are inclusive days.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parent / "data"


class Category(NamedTuple):
    """One row of the taxonomy; `parent` is empty at the first level."""

    code: str
    parent: str
    name: str
    department: str
    valid_from: date | None
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Cue(NamedTuple):
    """A word that speaks for a category; `weight` is 1 (hint) to 3 (decisive)."""

    text: str
    category: str
    weight: float


class UrgencyCue(NamedTuple):
    """A word that raises the urgency to `level`, for the `reason` told to people."""

    text: str
    level: str
    reason: str


class Term(NamedTuple):
    """A description of a party without a name: 楼上住户, 物业."""

    text: str
    kind: str
    role: str


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@lru_cache(maxsize=1)
def taxonomy() -> dict[str, Category]:
    """Every category by code, retired ones included."""
    return {
        row["code"]: Category(
            row["code"],
            row["parent"],
            row["name"],
            row["department"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
        )
        for row in _rows("categories.csv")
    }


@lru_cache(maxsize=1)
def category_cues() -> tuple[Cue, ...]:
    return tuple(Cue(row["cue"], row["category"], float(row["weight"])) for row in _rows("category_cues.csv"))


@lru_cache(maxsize=1)
def urgency_cues() -> tuple[UrgencyCue, ...]:
    return tuple(UrgencyCue(row["cue"], row["level"], row["reason"]) for row in _rows("urgency_cues.csv"))


@lru_cache(maxsize=1)
def party_terms() -> tuple[Term, ...]:
    return tuple(Term(row["surface"], row["kind"], row["role"]) for row in _rows("party_terms.csv"))


@lru_cache(maxsize=1)
def person_titles() -> dict[str, str]:
    """Forms of address behind a surname, longest first, with the role that they hint at (often none)."""
    rows = sorted(_rows("person_titles.csv"), key=lambda row: -len(row["title"]))
    return {row["title"]: row["role"] for row in rows}


@lru_cache(maxsize=1)
def role_nouns() -> dict[str, str]:
    """Nouns that call for a name behind them (邻居, 房东, 受害人), with the role that they hint at (often none)."""
    return {row["noun"]: row["role"] for row in _rows("role_nouns.csv")}


@lru_cache(maxsize=1)
def surnames() -> dict[str, bool]:
    """Surnames, two-character ones first; the flag says that the surname is an everyday word too (高, 方, 应 …)."""
    rows = sorted(_rows("surnames.csv"), key=lambda row: -len(row["surname"]))
    return {row["surname"]: row["strength"] == "ambiguous" for row in rows}


@lru_cache(maxsize=1)
def given_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters of given names: the usual ones, and all."""
    usual, others = (FOLDER / "given_characters.txt").read_text(encoding="utf-8").split()
    return frozenset(usual), frozenset(usual + others)


@lru_cache(maxsize=1)
def not_names() -> frozenset[str]:
    """Everyday words of two characters that begin with a surname: 周边, 任何, 严重."""
    return frozenset((FOLDER / "not_names.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def cut_words() -> tuple[str, ...]:
    """Words that stand before the name of a place or an organization and are no part of it."""
    return tuple((FOLDER / "cut_words.txt").read_text(encoding="utf-8").split())
