"""Character-level folding shared by the value types, and the plain text types."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

from core.values.errors import InvalidValue

TEXT_LIMIT: Final = 10_000
NARRATIVE_LIMIT: Final = 200_000

_DASHES: Final = "‐‑‒–—―−﹣－─"
_BLANKS: Final = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad"
_STARS: Final = "＊∗✱﹡"

_FOLDS: Final = (
    dict.fromkeys(map(ord, _DASHES), "-")
    | dict.fromkeys(map(ord, _BLANKS), " ")
    | dict.fromkeys(map(ord, _STARS), "*")
    | dict.fromkeys(map(ord, _INVISIBLE))
)
_HALF_WIDTH: Final = {0xFF10 + digit: 0x30 + digit for digit in range(10)}
_UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
_FORMULA: Final = re.compile(r"\s*(?:[=＝]|[@＠]\w+\s*[(（!|]|[+\-＋－][^\n]{0,200}?(?:\||[A-Za-z]{2,}\s*[(（]))")

_CJK: Final = ((0x4E00, 0xA000),)

# Traditional forms that are standard characters of their own, above all in names: 乾 is not always 干.
_KEPT: Final = frozenset("乾著於徵昇祐甯龢麽瞭藉")


def fold(text: str) -> str:
    """NFKC, then every dash, blank and star in its ASCII form, invisible characters gone."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_FOLDS)


def squeeze(text: str) -> str:
    """`fold` with every blank removed."""
    if text.isascii():
        return "".join(text.split())
    # Once more NFKC: a mark that stood on a blank now stands on a letter.
    return unicodedata.normalize("NFKC", "".join(fold(text).split()))


def simplify(text: str) -> str:
    """Traditional characters in simplified form, except those that are standard characters themselves."""
    if text.isascii() or _traditional().isdisjoint(text):
        return text
    simplified: str = _converter().convert(text)
    if simplified == text or len(simplified) != len(text) or _KEPT.isdisjoint(text):
        return simplified
    return "".join(old if old in _KEPT else new for old, new in zip(text, simplified, strict=True))


@lru_cache(maxsize=1)
def _traditional() -> frozenset[str]:
    """Every character that the conversion changes: most text has none, and looking costs less than converting."""
    characters = [chr(code) for first, last in _CJK for code in range(first, last)]
    converted = _converter().convert("\n".join(characters)).split("\n")
    return frozenset(old for old, new in zip(characters, converted, strict=True) if old != new)


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


def refuse_formula(text: str) -> None:
    """Raises InvalidValue `text.formula` for text that a spreadsheet would run."""
    if _FORMULA.match(text):
        raise InvalidValue("text.formula", "内容以公式字符开头，可能被表格软件执行", "删去开头的公式字符后重新报送")


def parse_text(raw: str, limit: int = TEXT_LIMIT) -> tuple[str, tuple[str, ...]]:
    """Clean text and its flags. Raises InvalidValue `text.too_long` or `text.formula`.

    Control and invisible characters go (flag `control_characters`), full-width digits become ASCII, line ends become
    ``\\n``, blanks around the whole go.
    """
    if len(raw) > limit:
        raise InvalidValue("text.too_long", f"内容超过 {limit} 个字符", "缩短内容，或拆成多条报送")
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    clean = _UNWANTED.sub("", text)
    flags = ("control_characters",) if clean != text else ()
    refuse_formula(clean)
    return clean.translate(_HALF_WIDTH).strip(), flags
