"""`normalize`: one plain form of the text, character for character as long as the original.

Full-width forms become half-width, traditional characters simplified, tags, entities and control characters blank. As
nothing moves, the offset map back to the original text is the identity, and needs no upkeep.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import opencc
from spacy.language import Language
from spacy.tokens import Doc

from nlp.layers import BLANK

_MARKUP: Final = re.compile(r"<!--.{0,2000}?-->|</?[A-Za-z][^<>\n]{0,400}>|&(?:[a-z]{2,8}|#\d{1,6});", re.DOTALL)
_LINK: Final = re.compile(r"https?://[\x21-\x7e]{1,400}")
_SPACES: Final = "\u00a0\u2002\u2003\u2009\u202f\u3000\u200b\u200c\u200d\u2060\ufeff"


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Single characters to single characters; 3,761 traditional ones by OpenCC's own character table."""
    characters = [chr(code) for code in range(0x3400, 0xA000)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simplified, strict=True)
    table = {ord(old): new for old, new in pairs if old != new and len(new) == 1}
    table |= {0xFF01 + offset: chr(0x21 + offset) for offset in range(94) if chr(0x21 + offset) not in ",!?:;()"}
    table |= {ord(sign): "-" for sign in "‐‑‒–—―−﹣－"} | {ord(sign): "*" for sign in "＊✱﹡∗"}
    table |= dict.fromkeys((*range(9), *range(11, 13), *range(14, 32), *range(127, 160)), BLANK)
    return table | {ord(sign): " " for sign in _SPACES} | dict.fromkeys(range(55296, 57344), BLANK)


def plain(text: str) -> str:
    """The plain form; always of the same length."""
    if "<" in text or "&" in text:
        text = _MARKUP.sub(_blank, text)
    if "http" in text:
        text = _LINK.sub(_blank, text)
    return text.translate(_table())


def _blank(match: re.Match[str]) -> str:
    return BLANK * len(match.group())


@Language.component("normalize", assigns=["doc._.plain"])
def normalize(doc: Doc) -> Doc:
    doc._.plain = plain(doc.text)
    return doc
