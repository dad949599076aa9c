"""What every writer works with: the town, the feed's own hand, the truth and the file's format."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import IO, Any

import orjson

from loaders.town.addresses import Addresses
from loaders.town.mistakes import Mistakes
from loaders.town.model import Person, Town
from loaders.town.slips import Slips
from loaders.town.truth import Truth


@dataclass(slots=True)
class Desk:
    """One feed being written. `rows` counts what was written."""

    feed: str
    path: Path
    town: Town
    truth: Truth
    hand: Mistakes
    rng: Random
    addresses: Addresses
    nations: Mapping[str, str]
    rows: int = 0
    serial: int = field(default=0)

    def record(self, key: str, mention: str, kind: str, entity: str) -> None:
        """Say in the truth whom a mention is about; a row without a key has no record."""
        if key and entity:
            self.truth.add_record((self.feed, f"{key}#{mention}", kind, entity))

    def person(self, index: int) -> Person:
        return self.town.persons[index]

    def moment(self, days: int) -> datetime:
        """An office hour within the last `days` days."""
        day = self.town.today - timedelta(days=1 + int(self.rng.random() * days))
        return office_hour(day, self.rng)


def office_hour(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(8 + int(rng.random() * 10), int(rng.random() * 60), int(rng.random() * 60)))


def open_desk(
    feed: str, path: Path, town: Town, truth: Truth, slips: Slips, addresses: Addresses, nations: Mapping[str, str]
) -> Desk:
    seed = f"{town.seed}:{town.residents}"
    hand = Mistakes(feed, town, truth, slips, addresses, seed)
    return Desk(feed, path, town, truth, hand, Random(f"{seed}:{feed}:desk"), addresses, nations)


@contextmanager
def csv_rows(path: Path, encoding: str, delimiter: str = ",", end: str = "\r\n") -> Iterator[Any]:
    """A `csv.writer` over `path`."""
    with path.open("w", encoding=encoding, newline="") as file:
        yield csv.writer(file, delimiter=delimiter, lineterminator=end)


@contextmanager
def json_lines(path: Path) -> Iterator[_JsonLines]:
    with path.open("wb") as file:
        yield _JsonLines(file)


class _JsonLines:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, row: Mapping[str, object]) -> None:
        self._file.write(orjson.dumps(row) + b"\n")


def compact(day: date | None) -> str:
    """19580312"""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}" if day else ""


def slashed(day: date | None) -> str:
    """1958/3/12"""
    return f"{day.year}/{day.month}/{day.day}" if day else ""


def spoken(day: date | None) -> str:
    """1958年3月12日"""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def dashed(day: date | None) -> str:
    return day.isoformat() if day else ""


def sex_label(code: int) -> str:
    return "男" if code == 1 else "女"


def stamp(at: datetime) -> str:
    """2026-03-15 14:22:10"""
    return at.isoformat(" ", "seconds")
