"""Feature types of names, words and postcodes in Latin script.

Everything is folded to lower-case ASCII first, so that the database's string distances, which count bytes, count
letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from core.values import InvalidValue
from resolution.features.feature_type import FeatureType, Row

_ORDINAL: Final = re.compile(r"\d+(st|nd|rd|th)|[ivx]{2,}")
_BETWEEN: Final = re.compile(r"[^a-z0-9]+")
_APOSTROPHES: Final = re.compile(r"['’`´]")
_POSTCODE: Final = re.compile(r"([a-z]{1,2})([0-9a-z]{1,2})([0-9])([0-9a-z]{2})")
_SOUNDS: Final = {
    letter: digit for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1) for letter in letters
}
_TITLES: Final = Path(__file__).resolve().parent / "name_titles.txt"
_FORMS: Final = Path(__file__).resolve().parent / "given_names.txt"
# A word of three letters is one error away from half the words of three letters.
_SHORTEST_OPEN: Final = 4


def fold(text: str) -> str:
    """Lower-case ASCII without accents; words of letters and digits, one space between them."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).encode("ascii", "ignore").decode().lower()
    return _BETWEEN.sub(" ", plain).strip()


def soundex(word: str) -> str | None:
    """American Soundex (Knuth, The Art of Computer Programming, vol. 3, ch. 6); None without a letter."""
    letters = [letter for letter in word if letter.isalpha()]
    if not letters:
        return None
    digits, last = "", _SOUNDS.get(letters[0])
    for letter in letters[1:]:
        digit = _SOUNDS.get(letter)
        if digit and digit != last:
            digits += str(digit)
        if letter not in "hw":
            last = digit
    return letters[0] + digits[:3].ljust(3, "0")


def one_letter_open(word: str) -> list[str]:
    """Keys of which two words share one when one letter was replaced, left out or added between them."""
    if len(word) < _SHORTEST_OPEN:
        return []
    replaced = [f"{word[:i]}?{word[i + 1 :]}" for i in range(len(word))]
    return [*replaced, *(f"{word[:i]}?{word[i:]}" for i in range(len(word) + 1))]


def _lines(path: Path) -> list[list[str]]:
    """The words of each line that is no comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


@cache
def _titles() -> frozenset[str]:
    return frozenset(word for line in _lines(_TITLES) for word in line)


@cache
def _bases() -> dict[str, str]:
    """Form of a given name → the name; where a form stands with several names, the first that lists it."""
    bases: dict[str, str] = {}
    for name, *forms in _lines(_FORMS):
        for form in (name, *forms):
            bases.setdefault(form, name)
    return bases


def base_name(word: str) -> str:
    """The given name that `word` is a form of (Bill: william), or the word itself."""
    return _bases().get(word, word)


def _name(text: str) -> Row:
    words, titles = fold(text).split(), _titles()
    named = [word for word in words if word not in titles and not _ORDINAL.fullmatch(word)] or words
    if not named:
        raise InvalidValue("latin_name.empty", "姓名中没有字母", "请填写姓名")
    surname, given = named[-1], named[0] if len(named) > 1 else None
    distinct = sorted(set(named))
    return (
        " ".join(named),
        " ".join(distinct),
        distinct,
        surname,
        given,
        base_name(given) if given else None,
        base_name(surname),
        sorted({base_name(word) for word in distinct}),
        given[0] if given else None,
        named[1:-1],
        soundex(surname),
        one_letter_open(surname),
        one_letter_open(given or ""),
    )


def _word(text: str) -> Row:
    word = fold(text)
    if not word:
        raise InvalidValue("latin_word.empty", "文本中没有字母或数字", "请填写文本")
    return word, soundex(word), word[:4], one_letter_open(word.replace(" ", ""))


def _postcode(text: str) -> Row:
    """A British postcode by its parts (tq13 8df: tq138, tq13, tq); of another make, only the code itself."""
    code = fold(text).replace(" ", "")
    if not code:
        raise InvalidValue("postcode.empty", "邮政编码为空", "请填写邮政编码")
    parts = _POSTCODE.fullmatch(code)
    if parts is None:
        return code, None, None, None
    area, district, sector, _ = parts.groups()
    return code, area + district + sector, area + district, area


TYPES: Final = {
    "latin_name": FeatureType(
        columns={
            "": pl.String,
            "sorted": pl.String,
            "words": pl.List(pl.String),
            "surname": pl.String,
            "given": pl.String,
            "given_base": pl.String,
            "surname_base": pl.String,
            "bases": pl.List(pl.String),
            "initial": pl.String,
            "middle": pl.List(pl.String),
            "sound": pl.String,
            "surname_open": pl.List(pl.String),
            "given_open": pl.List(pl.String),
        },
        read=_name,
    ),
    "latin_word": FeatureType(
        columns={"": pl.String, "sound": pl.String, "head": pl.String, "open": pl.List(pl.String)}, read=_word
    ),
    "postcode": FeatureType(
        columns={"": pl.String, "sector": pl.String, "district": pl.String, "area": pl.String}, read=_postcode
    ),
}
