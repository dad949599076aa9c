"""Keys under which names that are easily confused fall together: another form, nearly the same sound, or shape."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

_SHAPES: Final = Path(__file__).resolve().parent / "similar_shapes.txt"
_VARIANTS: Final = Path(__file__).resolve().parent / "variant_forms.txt"

# What input methods and southern speakers do not tell apart: flat and curled initials, n and l, h and f; front and
# back nasals.
_INITIALS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("hu", "f"), ("h", "f"))


def near_sound(toned: str) -> str:
    """The near-sound key of pinyin whose syllables stand apart, with or without tone marks."""
    return "".join(_near_syllable(syllable) for syllable in _plain(toned).split())


def _plain(toned: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", toned) if not unicodedata.combining(c))


def _near_syllable(syllable: str) -> str:
    for written, heard in _INITIALS:
        if syllable.startswith(written):
            syllable = heard + (syllable.removeprefix(written) or "u")
            break
    return syllable[:-1] if syllable.endswith("ng") else syllable


def shape_key(text: str) -> str:
    """`text` with every character replaced by the first of its look-alike group."""
    return text.translate(_table(_SHAPES))


def variant_key(text: str) -> str:
    """`text` with every character in its usual form: 喆 and 哲 are one."""
    return text.translate(_table(_VARIANTS))


@cache
def _table(file: Path) -> dict[int, str]:
    groups = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    return {
        ord(character): group[0] for group in groups if group and not group.startswith("#") for character in group[1:]
    }
