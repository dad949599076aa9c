"""Personal names: Han names, names with a middle dot, and names in Latin letters."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import fold, refuse_formula, simplify, squeeze

_LONGEST: Final = 60
_MOST_READINGS: Final = 4
_DOTS: Final = "·•・‧∙⋅●．｡。﹒ᐧ᛫"
_PLAIN: Final = re.compile("[\u4e00-\u9fff]{2,4}")
_LATIN: Final = re.compile(r"[a-z]+")
_MARKS: Final = frozenset("·*'- 〇")
_REMARK: Final = re.compile(r"[(\[【〔].*?[)\]】〕]")
_DOT: Final = re.compile(rf"(?:\s*[{_DOTS}])+\s*|(?<=[^\0-\u3006])\s*\.\s*(?=[^\0-\u3006])")
_NO_DATA: Final = frozenset({"无", "不详", "未知", "无名", "匿名", "空", "暂无"})


@dataclass(frozen=True, slots=True)
class PersonName:
    """One name.

    `text`: NFKC, simplified, middle dots as ``·``, no blanks between hanzi (Latin names in capitals, one blank).
    `surname` is empty where the name has none that can be told: dotted, Latin, or longer than four characters.
    """

    text: str
    surname: str
    given: str
    remark_removed: bool = False

    @staticmethod
    def parse(raw: str) -> PersonName:
        """Read a name. Raises InvalidValue `person_name.empty`, `.characters`, `.too_long` or `text.formula`."""
        return _parse(raw)

    @property
    def is_masked(self) -> bool:
        return "*" in self.text

    @property
    def key(self) -> str:
        """Equal for spelling variants: without dots and blanks; empty for a masked name."""
        return "" if self.is_masked else re.sub(r"[·'\- ]", "", self.text)

    @property
    def masked(self) -> str:
        """The surname (else the first character) and a star for each other one: `张**`, `欧阳*`, `阿***·***`."""
        keep = len(self.surname) or 1
        return self.text[:keep] + "".join("·" if rest == "·" else "*" for rest in self.text[keep:])

    @property
    def pinyin(self) -> tuple[str, ...]:
        """Toneless readings, syllables joined, the likeliest first; further ones for a surname read in several ways."""
        return _readings(self.surname, self.given)[0]

    @property
    def pinyin_toned(self) -> str:
        """The likeliest reading with tone marks, syllables apart by a blank."""
        return _readings(self.surname, self.given)[1]

    @property
    def initials(self) -> str:
        """The first letter of each syllable of the likeliest reading."""
        return "".join(toneless(syllable)[:1] for syllable in self.pinyin_toned.split())


@lru_cache(maxsize=65_536)
def _parse(raw: str) -> PersonName:
    if _PLAIN.fullmatch(raw):
        return _split(simplify(raw), removed=False)
    refuse_formula(raw)
    text, removed = fold(raw), False
    if any(bracket in text for bracket in "([【〔"):
        without = _REMARK.sub("", text)
        text, removed = without, without != text
    text = simplify(_DOT.sub("·", text)).strip(" ·").upper()
    text = squeeze(text) if _has_hanzi(text) else " ".join(text.split())
    if not text or text in _NO_DATA:
        raise InvalidValue("person_name.empty", "姓名为空", "填写证件上的姓名，或留空该字段")
    if len(text) > _LONGEST:
        raise InvalidValue("person_name.too_long", f"姓名超过 {_LONGEST} 个字符", "只填写姓名，备注另填")
    if not any(map(str.isalpha, text)) or not all(one.isalpha() or one in _MARKS for one in text):
        raise InvalidValue("person_name.characters", "姓名含有数字或符号", "对照证件核对，检查是否与其他列填反")
    return _split(text, removed=removed)


def _split(text: str, *, removed: bool) -> PersonName:
    if text in _NO_DATA:
        raise InvalidValue("person_name.empty", "姓名为空", "填写证件上的姓名，或留空该字段")
    if "·" in text or not _has_hanzi(text[:1]):
        return PersonName(text, "", text, removed)
    for length in (4, 2):
        if len(text) > length and text[:length] in _surnames():
            return PersonName(text, text[:length], text[length:], removed)
    if len(text) > 4 or len(text) == 1:
        return PersonName(text, "", text, removed)
    return PersonName(text, text[0], text[1:], removed)


def _has_hanzi(text: str) -> bool:
    """Every character from 〇 on counts: among letters, those of other scripts are no matter here."""
    return max(text, default="") >= "〇"


@lru_cache(maxsize=1)
def _surnames() -> dict[str, tuple[str, ...]]:
    """Readings, the likeliest first, of compound surnames and of those read differently than the character alone."""
    with (Path(__file__).parent / "surnames.csv").open(encoding="utf-8", newline="") as file:
        return {row["surname"]: _reading_list(row) for row in csv.DictReader(file)}


def _reading_list(row: dict[str, str]) -> tuple[str, ...]:
    if len(row["surname"]) == 1:
        return (row["reading"], *row["alternatives"].split())
    syllables, alternatives = len(row["surname"]), row["alternatives"].split()
    groups = (" ".join(alternatives[i : i + syllables]) for i in range(0, len(alternatives), syllables))
    return (row["reading"], *groups)


@lru_cache(maxsize=65_536)
def _readings(surname: str, given: str) -> tuple[tuple[str, ...], str]:
    known = _surnames().get(surname)
    heads = known or (_toned(surname),)
    tail = _toned(given)
    joined = dict.fromkeys(toneless(f"{head} {tail}").replace(" ", "") for head in heads)
    return tuple(joined)[:_MOST_READINGS], f"{heads[0]} {tail}".strip()


@lru_cache(maxsize=32_768)
def _toned(text: str) -> str:
    if not text:
        return ""
    from pypinyin import Style, pinyin

    if not _has_hanzi(text):
        return " ".join(_LATIN.findall(text.lower()))
    syllables = pinyin(re.sub(r"[·*]", "", text), style=Style.TONE, errors="ignore")
    return " ".join(chain.from_iterable(syllables))


@lru_cache(maxsize=8_192)
def toneless(toned: str) -> str:
    """Pinyin without tone marks; ü is written v, as input methods do."""
    plain = unicodedata.normalize("NFD", toned.replace("ü", "v")).replace("u\u0308", "v")
    return "".join(character for character in plain if not unicodedata.combining(character))
