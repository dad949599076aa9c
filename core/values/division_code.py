"""Codes of administrative divisions (GB/T 2260, GB/T 10114)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from core.codes.divisions import LEVELS, divisions
from core.values.errors import InvalidValue
from core.values.text import squeeze

_WIDTHS: Final = {2: "province", 4: "prefecture", 6: "county", 9: "street", 12: "community"}


@dataclass(frozen=True, slots=True)
class DivisionCode:
    """One code: six digits down to the county, nine for a street or town, twelve for a community or village."""

    text: str
    level: str

    @staticmethod
    def parse(raw: str) -> DivisionCode:
        """Read a code, zero-padded or not. Raises InvalidValue `division.empty`, `.characters` or `.length`."""
        digits = squeeze(raw)
        if not digits:
            raise InvalidValue("division.empty", "行政区划代码为空", "填写 6、9 或 12 位行政区划代码")
        if not (digits.isascii() and digits.isdecimal()):
            raise InvalidValue("division.characters", "行政区划代码含有数字以外的字符", "只填写数字代码")
        if len(digits) not in _WIDTHS or digits[:2] == "00":
            raise InvalidValue("division.length", "行政区划代码的位数不对", "填写 6、9 或 12 位行政区划代码")
        level = next(level for width, level in _WIDTHS.items() if width == len(digits) or not int(digits[width:]))
        width = max(6, next(width for width, name in _WIDTHS.items() if name == level))
        return DivisionCode(digits[:width].ljust(6, "0"), level)

    @property
    def depth(self) -> int:
        """0 for a province … 4 for a community."""
        return LEVELS.index(self.level)

    def name(self, on: date | None = None) -> str | None:
        """The full name, province first, on a day (default today); None for a code that the tables do not know."""
        table = divisions()
        division = table.get(self.text, on)
        return "".join(step.name for step in table.path(division.code)) if division else None

    def contains(self, other: DivisionCode) -> bool:
        """Whether `other` is this division or lies in it."""
        return other.text.startswith(self._stem)

    @property
    def _stem(self) -> str:
        return self.text[: next(width for width, name in _WIDTHS.items() if name == self.level)]
