"""Chinese numerals as they stand in addresses and dates."""

from __future__ import annotations

from typing import Final

NUMERALS: Final = "零〇○一二两三四五六七八九十百廿"

_DIGITS: Final = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "两": 2,
}
_SPELLED: Final = str.maketrans({character: str(value) for character, value in _DIGITS.items()})


def arabic(numeral: str) -> str:
    """The ASCII digits of a numeral below 1,000: 十二 → 12, 一百零五 → 105, and digit by digit 一〇五 → 105."""
    if not any(unit in numeral for unit in "十百廿"):
        return numeral.translate(_SPELLED)
    total, digit = 0, 0
    for character in numeral.replace("廿", "二十"):
        if character == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif character == "百":
            total, digit = total + (digit or 1) * 100, 0
        else:
            digit = _DIGITS[character]
    return str(total + digit)
