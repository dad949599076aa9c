"""Unified social credit codes (GB 32100), with the organisation code (GB 11714) inside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import squeeze

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_FORM: Final = re.compile(r"[0-9A-HJ-NP-RTUWXY]{18}")
_MASKED: Final = re.compile(r"[0-9A-HJ-NP-RTUWXY*]{18}")


def check_character(first17: str) -> str:
    """The 18th character for seventeen characters of the GB 32100 alphabet (weights 3^i mod 31)."""
    total = sum(weight * _VALUES[character] for weight, character in zip(_WEIGHTS, first17, strict=True))
    return _ALPHABET[-total % 31]


def organisation_check_character(first8: str) -> str:
    """The 9th character of an organisation code for its first eight (GB 11714, letters count from A = 10)."""
    total = sum(weight * int(character, 36) for weight, character in zip(_ORGANISATION_WEIGHTS, first8, strict=True))
    return "0X987654321"[total % 11]


@dataclass(frozen=True, slots=True)
class Uscc:
    """One unified social credit code: 18 upper-case characters, and whether each of its two checks holds."""

    text: str
    checksum_ok: bool
    organisation_ok: bool
    is_masked: bool

    @staticmethod
    def parse(raw: str) -> Uscc:
        """Read a code; raises InvalidValue `uscc.empty`, `uscc.length` or `uscc.characters`."""
        return _parse(raw)

    @property
    def valid(self) -> bool:
        """Both the code's own check and the inner organisation code's check hold."""
        return self.checksum_ok and self.organisation_ok and not self.is_masked

    @property
    def division_code(self) -> str:
        """The division of the registering office, six digits."""
        return self.text[2:8]

    @property
    def organisation_code(self) -> str:
        """The nine characters of the inner organisation code."""
        return self.text[8:17]

    @property
    def key(self) -> str:
        """The compare key; empty for a masked code."""
        return "" if self.is_masked else self.text

    @property
    def masked(self) -> str:
        """The first eight and the last two characters."""
        return self.text[:8] + "*" * 8 + self.text[16:]


@lru_cache(maxsize=65_536)
def _parse(raw: str) -> Uscc:
    text = squeeze(raw).upper()
    if _FORM.fullmatch(text):
        return Uscc(
            text, check_character(text[:17]) == text[17], organisation_check_character(text[8:16]) == text[16], False
        )
    if "*" in text and _MASKED.fullmatch(text):
        return Uscc(text, False, False, True)
    if not text:
        raise InvalidValue("uscc.empty", "统一社会信用代码为空", "填写 18 位统一社会信用代码，或留空该字段")
    if len(text) != 18:
        raise InvalidValue("uscc.length", "统一社会信用代码的位数不是 18 位", "对照营业执照核对位数后重新填写")
    raise InvalidValue(
        "uscc.characters", "统一社会信用代码含有不允许的字符（不使用 I、O、S、V、Z）", "对照营业执照核对后重新填写"
    )
