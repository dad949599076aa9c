"""The parties that the reader finds in dispute cases, against those that the cases list.

One JSON object a line: `event_description` (what happened) and `disputing_parties` (names, separated by commas). The
matching rule, as small as it can be stated:

- a listed party counts when it stands in the description, its remark in brackets left out (郭某（死者亲属） is 郭某);
- predicted are the disputing parties of the reading: complainant, respondent, victim; mediators, agencies and
  bystanders are not;
- both sides are compared without spaces, punctuation and a leading 某; a predicted party is the listed one when one of
  its mentions is that name or ends with it (汽车厂老板金某 is 金某);
- one predicted party answers one listed party and the other way round, so that a name and its title form joined in
  one party count once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from core.errors import FileUnreadable, TrainingDataInvalid
from core.progress import SILENT, Progress
from nlp.gazetteer import Gazetteer
from nlp.layers import Party, Role
from nlp.reading import Item, read_complaints

DISPUTING: Final[frozenset[Role]] = frozenset({"complainant", "respondent", "victim"})

_TEXT: Final = "event_description"
_LISTED: Final = "disputing_parties"
_REMARK: Final = re.compile(r"[（(][^（）()]*[)）]")
_BETWEEN: Final = re.compile(r"[,，、;；]")
_NOT_WORDS: Final = re.compile(r"[\W_]+")


class DisputeCase(NamedTuple):
    """A case and its listed parties; `line` is its line in the file, counted from 1."""

    line: int
    text: str
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartyReport:
    """Over all cases: `right` of `found` predicted and of `listed` listed parties that stand in the descriptions.

    `absent` counts the listed parties that do not. The figures are 0 where there is nothing to divide by.
    """

    cases: int
    listed: int
    absent: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.listed if self.listed else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.listed) if self.right else 0.0

    def as_dict(self) -> dict[str, Any]:
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return asdict(self) | {name: round(rate, 4) for name, rate in rates.items()}


def evaluate_parties(path: Path, gazetteer: Gazetteer, *, progress: Progress = SILENT) -> PartyReport:
    """The report on a JSON Lines file. Raises FileUnreadable, and TrainingDataInvalid with file and line."""
    return measure_parties(read_disputes(path), gazetteer, progress=progress)


def read_disputes(path: Path) -> tuple[DisputeCase, ...]:
    """The cases of a file, in their order. Raises FileUnreadable, and TrainingDataInvalid with file and line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path.name} 无法打开") from error
    cases = tuple(_cases(path.name, data))
    if not cases:
        raise TrainingDataInvalid(f"{path.name} 里没有案例")
    return cases


def _cases(name: str, data: bytes) -> Iterator[DisputeCase]:
    for line, words in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not words.strip():
            continue
        try:
            row = orjson.loads(words)
        except orjson.JSONDecodeError as error:
            raise TrainingDataInvalid(f"{name} 第 {line} 行不是 JSON") from error
        if not isinstance(row, dict):
            raise TrainingDataInvalid(f"{name} 第 {line} 行不是 JSON 对象")
        for field in (_TEXT, _LISTED):
            if not isinstance(row.get(field), str):
                raise TrainingDataInvalid(f"{name} 第 {line} 行缺少文本字段 {field}")
        listed = (_bare(one) for one in _BETWEEN.split(_REMARK.sub("", row[_LISTED])))
        yield DisputeCase(line, row[_TEXT], tuple(dict.fromkeys(filter(None, listed))))


def measure_parties(cases: Iterable[DisputeCase], gazetteer: Gazetteer, *, progress: Progress = SILENT) -> PartyReport:
    cases = tuple(cases)
    items = (Item(str(case.line), case.text) for case in cases)
    listed = absent = found = right = 0
    for case, reading in zip(cases, read_complaints(items, gazetteer, progress=progress), strict=True):
        text = _bare(case.text)
        there = [name for name in case.parties if name in text]
        forms = [party_forms(party, case.text) for party in reading.parties if party.role in DISPUTING]
        absent += len(case.parties) - len(there)
        listed += len(there)
        found += len(forms)
        right += sum(1 for _ in matched(there, forms))
    return PartyReport(len(cases), listed, absent, found, right)


def party_forms(party: Party, text: str) -> frozenset[str]:
    """Every form in which a text speaks of a party, ready to compare."""
    return frozenset(_bare(text[start:end]) for start, end in party.mentions)


def matched(listed: Iterable[str], forms: Iterable[frozenset[str]]) -> Iterator[tuple[str, frozenset[str]]]:
    """Pairs of a listed and a predicted party, one to one; an equal form goes before one that only ends so."""
    waiting, free = list(listed), list(forms)
    for same in (str.__eq__, str.endswith):
        for name in tuple(waiting):
            one = next((party for party in free if any(same(form, name) for form in party)), None)
            if one is not None:
                waiting.remove(name)
                free.remove(one)
                yield name, one


def _bare(words: str) -> str:
    return _NOT_WORDS.sub("", words).removeprefix("某")
