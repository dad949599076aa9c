"""Names that are easily taken for one another: by their sound, or by one character of like shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from core.values.person_name import toneless

_FILE: Final = Path(__file__).with_name("look_alikes.txt")
# What input methods and southern speakers do not tell apart: flat and curled initials, n and l, h and f; front and
# back nasals.
_INITIALS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("hu", "f"), ("h", "f"))


def near_sound(pinyin: str) -> str:
    """The key of all names that sound nearly the same; syllables stand apart, with or without tone marks."""
    return "".join(_near(syllable) for syllable in toneless(pinyin).split())


@lru_cache(maxsize=2_048)
def _near(syllable: str) -> str:
    for written, heard in _INITIALS:
        if syllable.startswith(written):
            syllable = heard + (syllable.removeprefix(written) or "u")
            break
    return syllable[:-1] if syllable.endswith("ng") else syllable


def misread(text: str) -> Iterator[str]:
    """`text` with one character replaced by one that looks like it, for every character and each of its likes."""
    likes = look_alikes()
    for place, character in enumerate(text):
        for other in likes.get(character, ()):
            yield text[:place] + other + text[place + 1 :]


@cache
def look_alikes() -> dict[str, tuple[str, ...]]:
    """The characters that each one is mistaken for; alike is mutual."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        for other in line[1:]:
            found[line[0]].add(other)
            found[other].add(line[0])
    return {character: tuple(sorted(others)) for character, others in found.items()}
