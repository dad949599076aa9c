"""Telephone numbers: mobile, land line and 400/800 service numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import squeeze

_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_AREA: Final = re.compile(r"(0(?:10|2\d)|0[3-9]\d\d)([2-9]\d{6,7})", re.ASCII)
_LOCAL: Final = re.compile(r"[2-9]\d{6,7}", re.ASCII)
_SERVICE: Final = re.compile(r"[48]00\d{7}", re.ASCII)
_MASKED: Final = re.compile(r"1[3-9*][0-9*]{9}|0[0-9*]{2,3}-?[0-9*]{7,8}|[0-9*]{7,8}")
# A bare 86 counts only before a whole mobile number: 86 also begins land lines.
_COUNTRY: Final = re.compile(r"^(?:\(?(?:\+|00)86\)?-?(?=[0-9*(])|86-?(?=1[3-9*][0-9*]{9}$))")
_PUNCTUATION: Final = str.maketrans("", "", "-().·_")
_EXTENSION: Final = re.compile(r"(?:转|分机|EXT\.?|X|#|,)(\d{1,6})$|-(\d{1,4})$", re.IGNORECASE | re.ASCII)
_SEVERAL: Final = re.compile(r"[/、;,|]|和|或")

# Numbers that clerks type where none is known: one digit throughout, a rising run, or a well-known sample.
_SAMPLES: Final = frozenset({"13800138000", "13800138001", "12345678", "87654321", "1234567", "01234567"})


@dataclass(frozen=True, slots=True)
class Phone:
    """One number.

    `text`: 11 digits (mobile), `0571-88886666` or the bare local number (land line), `4008001234` (service); an
    extension follows after 转 (after a dash it could be read as one more digit). `kind`: mobile, landline, service, or
    placeholder when no number at all.
    """

    text: str
    kind: str
    placeholder: bool
    is_masked: bool
    several: bool

    @staticmethod
    def parse(raw: str) -> Phone:
        """Read a number, the first one of several. Raises InvalidValue `phone.empty`, `.characters` or `.length`."""
        return _parse(raw)

    @property
    def key(self) -> str:
        """Digits without extension; empty for a masked or placeholder number, which says nothing about a person."""
        if self.is_masked or self.placeholder:
            return ""
        return self.text.partition("转")[0].replace("-", "")

    @property
    def masked(self) -> str:
        """`138****5678`; of a land line the area code and the last four digits."""
        number, _, local = self.text.partition("转")[0].partition("-")
        if local:
            return f"{number}-{'*' * (len(local) - 4)}{local[-4:]}"
        head = 3 if len(number) >= 10 else 0
        return number[:head] + "*" * (len(number) - head - 4) + number[-4:]


@lru_cache(maxsize=65_536)
def _parse(raw: str) -> Phone:
    if _MOBILE.fullmatch(raw):
        return Phone(raw, "mobile", _is_placeholder(raw), False, False)
    text = squeeze(raw)
    if not text:
        raise InvalidValue("phone.empty", "电话号码为空", "填写手机号或带区号的固定电话，或留空该字段")
    parts = [part for part in _SEVERAL.split(text) if len(part) >= 7]
    if len(parts) > 1:
        first = _parse(parts[0])
        return Phone(first.text, first.kind, first.placeholder, first.is_masked, True)
    return _read(_COUNTRY.sub("", text, count=1))


def _read(text: str) -> Phone:
    digits = text.translate(_PUNCTUATION)
    if "*" in digits:
        if _MASKED.fullmatch(digits):
            return Phone(digits, "mobile" if len(digits) == 11 and digits[0] == "1" else "landline", False, True, False)
        raise _refusal(digits)
    found = _number(digits)
    if found:
        return found
    if extension := _EXTENSION.search(text):
        found = _number(text[: extension.start()].translate(_PUNCTUATION))
        if found and not found.placeholder and found.kind != "mobile":
            number = extension.group(1) or extension.group(2)
            return Phone(f"{found.text}转{number}", found.kind, False, False, False)
    raise _refusal(digits)


def _number(digits: str) -> Phone | None:
    if digits.isdecimal() and digits.isascii() and len(digits) >= 7 and _is_placeholder(digits):
        return Phone(digits[:11], "mobile" if _MOBILE.fullmatch(digits) else "placeholder", True, False, False)
    if _MOBILE.fullmatch(digits):
        return Phone(digits, "mobile", False, False, False)
    if len(digits) == 12 and digits[0] == "0" and _MOBILE.fullmatch(digits[1:]):
        return Phone(digits[1:], "mobile", False, False, False)
    if landline := _AREA.fullmatch(digits):
        return Phone(f"{landline.group(1)}-{landline.group(2)}", "landline", False, False, False)
    if _LOCAL.fullmatch(digits):
        return Phone(digits, "landline", False, False, False)
    if _SERVICE.fullmatch(digits):
        return Phone(digits, "service", False, False, False)
    return None


def _is_placeholder(digits: str) -> bool:
    same = digits[-8:] == digits[-1] * 8 or len(set(digits)) == 1
    return same or digits in _SAMPLES or digits.startswith("123456789")


def _refusal(digits: str) -> InvalidValue:
    if not digits.isascii() or any(character.isalpha() for character in digits):
        return InvalidValue("phone.characters", "电话号码含有数字以外的文字", "只填写号码，备注另填")
    return InvalidValue(
        "phone.length", "电话号码不是 11 位手机号，也不是区号加 7 至 8 位的固定电话", "核对号码位数后重新填写"
    )
