"""Bank card numbers (ISO/IEC 7812-1): 16 to 19 digits, the last of them Luhn's check digit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import squeeze

_FORM: Final = re.compile(r"[0-9]{16,19}")
_MASKED: Final = re.compile(r"[0-9*]{16,19}")
_SEPARATORS: Final = str.maketrans("", "", "-.·")
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""Twice a digit, and the digit sum of that."""


def luhn_ok(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (ISO/IEC 7812-1, annex B)."""
    total = sum(_DOUBLED[int(digit)] if place % 2 else int(digit) for place, digit in enumerate(reversed(digits)))
    return total > 0 and total % 10 == 0


@dataclass(frozen=True, slots=True)
class BankCard:
    """One card number without separators. A wrong check digit is kept and told, as with citizen ids."""

    text: str
    checksum_ok: bool
    is_masked: bool

    @staticmethod
    def parse(raw: str) -> BankCard:
        """Read a number. Raises InvalidValue `bank_card.empty` or `bank_card.form`."""
        return _parse(raw)

    @property
    def key(self) -> str:
        """The digits; empty when masked."""
        return "" if self.is_masked else self.text

    @property
    def masked(self) -> str:
        """The first six and the last four digits."""
        return self.text[:6] + "*" * (len(self.text) - 10) + self.text[-4:]


@lru_cache(maxsize=16_384)
def _parse(raw: str) -> BankCard:
    text = squeeze(raw).translate(_SEPARATORS)
    if _FORM.fullmatch(text):
        return BankCard(text, luhn_ok(text), False)
    if "*" in text and _MASKED.fullmatch(text):
        return BankCard(text, False, True)
    if not text:
        raise InvalidValue("bank_card.empty", "银行卡号为空", "填写银行卡号，或留空该字段")
    raise InvalidValue("bank_card.form", "银行卡号不是 16 至 19 位数字", "对照卡面核对位数后重新填写")
