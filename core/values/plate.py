"""Vehicle plates (GA 36), those of new-energy vehicles included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from core.values.errors import InvalidValue
from core.values.text import simplify, squeeze

_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTERS: Final = "A-HJ-NP-Z"
_STANDARD: Final = re.compile(rf"[{_PROVINCES}][A-Z][{_LETTERS}0-9]{{4}}[{_LETTERS}0-9挂学警港澳]")
_ENERGY: Final = re.compile(rf"[{_PROVINCES}][A-Z](?:[A-HJK][{_LETTERS}0-9]\d{{4}}|\d{{5}}[A-HJK])", re.ASCII)
_MASKED: Final = re.compile(rf"[{_PROVINCES}][A-Z*][{_LETTERS}0-9*]{{4,5}}[{_LETTERS}0-9*挂学警港澳]")
_SEPARATORS: Final = str.maketrans("", "", "·•・.-_")


@dataclass(frozen=True, slots=True)
class Plate:
    """One plate without separators, `浙A12345` or `浙AD12345`."""

    text: str
    new_energy: bool
    is_masked: bool

    @staticmethod
    def parse(raw: str) -> Plate:
        """Read a plate. Raises InvalidValue `plate.empty` or `plate.form`."""
        return _parse(raw)

    @property
    def key(self) -> str:
        """The plate; empty when masked."""
        return "" if self.is_masked else self.text

    @property
    def masked(self) -> str:
        """`浙A****8`: province, office letter and the last character."""
        return self.text[:2] + "*" * (len(self.text) - 3) + self.text[-1]


@lru_cache(maxsize=16_384)
def _parse(raw: str) -> Plate:
    text = simplify(squeeze(raw)).upper().translate(_SEPARATORS)
    if _STANDARD.fullmatch(text):
        return Plate(text, False, False)
    if _ENERGY.fullmatch(text):
        return Plate(text, True, False)
    if "*" in text and _MASKED.fullmatch(text):
        return Plate(text, len(text) == 8, True)
    if not text:
        raise InvalidValue("plate.empty", "车牌号为空", "填写车牌号，或留空该字段")
    raise InvalidValue("plate.form", "车牌号不是省份简称、字母加 5 位或 6 位（新能源）字母数字", "对照行驶证核对后填写")
