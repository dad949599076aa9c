"""Citizen identity numbers (GB 11643): 18 digits, or the 15 digits written before 1999.

The number of a disability card (残疾人证) is the holder's id with a digit for the kind of disability and one for its
grade behind it, and `B1`, `B2` … once the card was issued anew; it is read as that id.

The last character is the ISO 7064 MOD 11-2 check of the first seventeen. A wrong check is kept and flagged, not
refused: a typing error must stay resolvable against other records of the same person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import squeeze

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_FULL: Final = re.compile(r"[0-9]{17}[0-9X]")
_OLD: Final = re.compile(r"[0-9]{15}")
_DISABILITY_CARD: Final = re.compile(r"([0-9]{17}[0-9X])[1-7][1-4](?:B[0-9])?")
_MASKED: Final = re.compile(r"[0-9*]{17}[0-9X*]|[0-9*]{15}")


class IdStatus(StrEnum):
    """How far a citizen id may be trusted."""

    VALID = "valid"
    BAD_CHECKSUM = "bad_checksum"
    MASKED = "masked"
    BAD_DATE = "bad_date"


def check_character(first17: str) -> str:
    """The 18th character for seventeen digits (GB 11643, ISO 7064 MOD 11-2). Raises ValueError for anything else."""
    if len(first17) != 17:
        raise ValueError("seventeen digits are needed")
    return _CHECKS[sum(map(mul, _WEIGHTS, map(int, first17))) % 11]


@dataclass(frozen=True, slots=True)
class CitizenId:
    """One citizen id.

    `text` has 18 upper-case characters (a masked id keeps its own 15 or 18, with ``*``). `birth_date` is None when
    starred or impossible; `sex` is ``"1"`` male or ``"2"`` female (GB/T 2261.1), None when its digit is starred.
    """

    text: str
    status: IdStatus
    birth_date: date | None
    sex: str | None
    upgraded: bool

    @staticmethod
    def parse(raw: str) -> CitizenId:
        """Read an id; raises InvalidValue `citizen_id.empty`, `citizen_id.length` or `citizen_id.characters`."""
        return _parse(raw)

    @property
    def key(self) -> str:
        """The compare key; empty for a masked id, which cannot be looked up."""
        return "" if self.status is IdStatus.MASKED else self.text

    @property
    def masked(self) -> str:
        """The first six and last four characters, the birth date starred."""
        return mask_id(self.text)


def mask_id(text: str) -> str:
    """`110101********1234` for 18 characters, `110101*****1234` for 15."""
    return text[:6] + "*" * (len(text) - 10) + text[-4:]


@lru_cache(maxsize=65_536)
def _parse(raw: str) -> CitizenId:
    text = raw if raw.isascii() and raw.isalnum() else squeeze(raw)
    text = text.upper()
    if _FULL.fullmatch(text):
        return _read(text, upgraded=False)
    if (card := _DISABILITY_CARD.fullmatch(text)) and _birth(card.group(1)):
        return _read(card.group(1), upgraded=False)
    if _OLD.fullmatch(text):
        first17 = text[:6] + "19" + text[6:]
        return _read(first17 + check_character(first17), upgraded=True)
    if "*" in text and _MASKED.fullmatch(text):
        full = len(text) == 18
        return CitizenId(text, IdStatus.MASKED, _birth(text) if full else None, _sex(text[16 if full else 14]), False)
    raise _refusal(text)


def _read(text: str, *, upgraded: bool) -> CitizenId:
    birth = _birth(text)
    if birth is None:
        status = IdStatus.BAD_DATE
    elif check_character(text[:17]) != text[17]:
        status = IdStatus.BAD_CHECKSUM
    else:
        status = IdStatus.VALID
    return CitizenId(text, status, birth, _sex(text[16]), upgraded)


def _birth(text: str) -> date | None:
    try:
        return date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return None


def _sex(digit: str) -> str | None:
    if digit == "*":
        return None
    return "1" if int(digit) % 2 else "2"


def _refusal(text: str) -> InvalidValue:
    if not text:
        return InvalidValue("citizen_id.empty", "身份证号为空", "填写 18 位身份证号，或留空该字段")
    if len(text) not in (15, 18):
        return InvalidValue("citizen_id.length", "身份证号的位数不是 18 位或 15 位", "对照证件核对位数后重新填写")
    return InvalidValue("citizen_id.characters", "身份证号含有数字和末位 X 以外的字符", "对照证件核对后重新填写")
