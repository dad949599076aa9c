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
    """A description of a party without a name (楼上住户, 物业), or a pronoun.

    `role` is what it has unless the words say otherwise, `sort` what kind of somebody it is (neighbour, property,
    agency …); terms with the same `same` may mean one party. A `doubtful` term may be a place or a thing as well.
    """

    text: str
    kind: str
    role: str
    sort: str
    same: str
    doubtful: bool


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
    return tuple(
        Term(row["surface"], row["kind"], row["role"], row["sort"], row["same"], row["doubtful"] == "1")
        for row in _rows("party_terms.csv")
    )


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


class FollowupCue(NamedTuple):
    """A regular expression for words that speak of an earlier call; `kind` is again, refers or unsolved."""

    pattern: str
    kind: str


@lru_cache(maxsize=1)
def followup_cues() -> tuple[FollowupCue, ...]:
    return tuple(FollowupCue(row["pattern"], row["kind"]) for row in _rows("followup_cues.csv"))


class Weight(NamedTuple):
    """What a piece of evidence counts for two calls being about one matter; `label` is told to people."""

    name: str
    weight: float
    label: str


@lru_cache(maxsize=1)
def same_evidence() -> dict[str, Weight]:
    rows = (Weight(row["name"], float(row["weight"]), row["label"]) for row in _rows("same_evidence.csv"))
    return {row.name: row for row in rows}


@lru_cache(maxsize=1)
def entity_labels() -> dict[str, str]:
    """What labels of trained models (in lower case) name: person, organization or place; others name none of them."""
    return {row["label"]: row["kind"] for row in _rows("entity_labels.csv")}


@lru_cache(maxsize=1)
def address_labels() -> dict[str, str]:
    """The level of an address (a field of `StandardAddress`) that a label of a trained model stands for."""
    return {row["label"]: row["level"] for row in _rows("address_labels.csv")}


@lru_cache(maxsize=1)
def not_parties() -> tuple[str, ...]:
    """Words that hold a party's term and are none: 物业费, 消防通道, 居民楼."""
    return tuple((FOLDER / "not_parties.txt").read_text(encoding="utf-8").split())


class Direction(NamedTuple):
    """A word of direction; `alone` is yes where it says a place by itself, mine behind 我家 only, else no."""

    word: str
    relative: str
    alone: str


@lru_cache(maxsize=1)
def directions() -> tuple[Direction, ...]:
    """Longest word first: 楼顶平台 before 楼顶."""
    rows = (Direction(row["word"], row["relative"], row["alone"]) for row in _rows("directions.csv"))
    return tuple(sorted(rows, key=lambda row: -len(row.word)))


@lru_cache(maxsize=1)
def facilities() -> tuple[str, ...]:
    """What stands behind a place and is part of where it is: 中心广场, 充电棚; longest first."""
    words = (FOLDER / "facilities.txt").read_text(encoding="utf-8").split()
    return tuple(sorted(words, key=len, reverse=True))


@lru_cache(maxsize=1)
def place_words() -> tuple[str, ...]:
    """Words before the ending of a place's name that make no name: 老旧|小区, 农贸|市场."""
    return tuple(dict.fromkeys((FOLDER / "place_words.txt").read_text(encoding="utf-8").split()))


def taxonomy_version() -> str:
    """The edition of the taxonomy: the latest in which a row of it came in or was changed."""
    return max(row["version"] for row in _rows("categories.csv"))


def read_taxonomy(path: Path | None = None) -> dict[str, Category]:
    """The taxonomy of a file with the columns of nlp/data/categories.csv (that one for None), by code."""
    return taxonomy() if path is None else {row["code"]: _category(row) for row in _rows_of(path)}


def read_cues(path: Path | None = None) -> tuple[Cue, ...]:
    """The cues of a file with the columns of nlp/data/category_cues.csv (that one for None)."""
    return category_cues() if path is None else tuple(_cue(row) for row in _rows_of(path))


def _rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _category(row: dict[str, str]) -> Category:
    first, last = _day(row.get("valid_from", "")), _day(row.get("valid_to", ""))
    return Category(row["code"], row["parent"], row["name"], row["department"], first, last)


def _cue(row: dict[str, str]) -> Cue:
    return Cue(row["cue"], row["category"], float(row["weight"]))


@lru_cache(maxsize=1)
def relation_cues() -> tuple[Cue, ...]:
    """Words that speak for a kind of relation; it stands in `category`."""
    return tuple(Cue(row["cue"], row["relation"], float(row["weight"])) for row in _rows("relation_cues.csv"))


@lru_cache(maxsize=1)
def not_urgent() -> tuple[str, ...]:
    """Words that hold an urgency cue and are none: 火锅 in 大火锅, 骚扰电话."""
    return tuple(dict.fromkeys((FOLDER / "not_urgent.txt").read_text(encoding="utf-8").split()))


@lru_cache(maxsize=1)
def demand_verbs() -> dict[str, str]:
    """What somebody is asked to do, with the kind of demand that it makes."""
    return {row["verb"]: row["kind"] for row in _rows("demand_verbs.csv")}


class Tone(NamedTuple):
    """A word that speaks for a tone: `positive`, `negative`, or `neutral` for asking and suggesting."""

    text: str
    tone: str
    weight: float


@lru_cache(maxsize=1)
def sentiment_cues() -> tuple[Tone, ...]:
    return tuple(Tone(row["cue"], row["tone"], float(row["weight"])) for row in _rows("sentiment_cues.csv"))
