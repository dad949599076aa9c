"""What somebody typed, in the spellings that the index knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.errors import QueryInvalid
from core.values import InvalidValue, PersonName, StandardAddress
from core.values.person_name import toneless
from core.values.text import fold, parse_text, simplify
from graph.search.terms import number, plain

LONGEST: Final = 100
_HANZI: Final = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z ·'’.\-]*")
_NO_LETTER: Final = re.compile(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """`text` is folded and simplified. `plain` is without blanks and marks; `syllables` is empty unless all is written
    in Latin letters, `number` unless there is a digit and no hanzi.
    """

    text: str
    plain: str
    syllables: tuple[str, ...]
    number: str
    name: PersonName | None
    address: StandardAddress | None

    @property
    def letters(self) -> str:
        return "".join(self.syllables)

    @property
    def hanzi(self) -> bool:
        return _HANZI.search(self.plain) is not None

    @staticmethod
    def read(raw: str) -> Asked:
        """Raises `QueryInvalid` for a text that is empty, too long, or that a spreadsheet would run."""
        try:
            text = simplify(fold(parse_text(raw, LONGEST)[0])).strip()
        except InvalidValue as error:
            raise QueryInvalid(error.message, remedy=_REMEDY) from None
        if len(text) > LONGEST:
            raise QueryInvalid(f"内容超过 {LONGEST} 个字符", remedy=_REMEDY)
        written = plain(text)
        if not written:
            raise QueryInvalid("没有写要找什么", remedy=_REMEDY)
        return Asked(text, written, _syllables(text), _number(text, written), _name(text), _address(text))


_REMEDY: Final = f"请写姓名、拼音、证件号码、电话、地址、单位名称、户号或事件编号，至多 {LONGEST} 个字符。"


def _syllables(text: str) -> tuple[str, ...]:
    flat = toneless(text)
    if not _LATIN.fullmatch(flat):
        return ()
    return tuple(part for part in _NO_LETTER.split(flat.lower()) if part)


def _number(text: str, written: str) -> str:
    found = number(text)
    return found if any("0" <= one <= "9" for one in found) and not _HANZI.search(written) else ""


def _name(text: str) -> PersonName | None:
    try:
        name = PersonName.parse(text)
    except InvalidValue:
        return None
    return name if name.key else None


def _address(text: str) -> StandardAddress | None:
    try:
        return StandardAddress.parse(text)
    except InvalidValue:
        return None
