"""The lexicons of a sequence model: words of the training part, and names of divisions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

import core.codes
from core.codes.divisions import read_divisions
from nlp.models.features import Codes, Lexicon, Templates, word_codes
from nlp.training.formats import TaggedText

_NATIONAL: Final = Path(core.codes.__file__).with_name("divisions.csv")
_PARTS: Final = 5
_SUFFIXES: Final = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "地区", "盟")
_LEVELS: Final = ("province", "prefecture", "county", "street", "community")


def learnt_words(texts: Iterable[TaggedText], labels: Sequence[str]) -> dict[str, int]:
    """Every span of two characters or more that is no mere number, with the label that it most often has."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in texts:
        for start, end, label in row.spans:
            word = row.text[start:end]
            if len(word) > 1 and any("\u4e00" <= character <= "\u9fff" or character.isalpha() for character in word):
                seen[word][label] += 1
    number = {label: index for index, label in enumerate(labels)}
    return {
        word: number[min(counts, key=lambda label: (-counts[label], label))] for word, counts in sorted(seen.items())
    }


def division_words() -> dict[str, int]:
    """Names of the national divisions and their short forms (浙江省, 浙江) with their level."""
    words: dict[str, int] = {}
    for division in read_divisions(_NATIONAL):
        level = _LEVELS.index(division.level)
        short = next((division.name.removesuffix(suffix) for suffix in _SUFFIXES if division.name.endswith(suffix)), "")
        for word in (division.name, short):
            if len(word) > 1:
                words.setdefault(word, level)
    return words


def training_codes(texts: Sequence[TaggedText], labels: Sequence[str], seed: int, templates: Templates) -> Codes:
    """Codes (characters, columns) for the training texts, as `word_codes` gives them: learnt words, divisions, repeats.

    Each fifth of the texts is looked up in the words of the other four: with its own words in the lexicon, every word
    would be known, and training would trust the lexicon as nothing later deserves.
    """
    part = np.random.default_rng(seed).permutation(len(texts)) % _PARTS
    found: list[Codes] = [np.empty((0, 1), dtype=np.int64)] * len(texts)
    for fold in range(_PARTS):
        lexicon = Lexicon(learnt_words((row for row, own in zip(texts, part, strict=True) if own != fold), labels))
        for index in np.nonzero(part == fold)[0].tolist():
            found[index] = lexicon.codes([texts[index].text])
    plain = [row.text for row in texts]
    return np.concatenate([np.concatenate(found), word_codes(plain, [Lexicon(division_words())], templates)], axis=1)
