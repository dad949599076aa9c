"""One line of annotation as the value of its layer.

Every function raises ValueError with a Chinese sentence when a value is none of its layer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from core.values import CitizenId, IdStatus, InvalidValue, Phone, Plate, StandardAddress, Uscc
from nlp.gold.model import (
    ANCHORS,
    CYCLES,
    DEMANDS,
    IDENTIFIER_KINDS,
    PARTIES,
    PARTS,
    RELATIONS,
    RELATIVES,
    ROLES,
    SENTIMENTS,
    TIMES,
    UNITS,
    URGENCIES,
    Address,
    Amount,
    Cue,
    Demand,
    GoldParty,
    Number,
    Range,
    When,
)
from nlp.tables import taxonomy, urgency_cues

NO_CATEGORY: Final = "-"
_NOBODY: Final = "-"
_OPEN: Final = ".."
_EMAIL: Final = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_TRAIT: Final = re.compile(r"[a-z][a-z_]+")
_CARD: Final = re.compile(r"[0-9]{16,19}", re.ASCII)
_FIGURE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_BAD: Final = re.compile(r"(?:^| )bad$")
_CLOCK: Final = ("T%H:%M",)
_DATES: Final = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M")


def known(word: str, allowed: Iterable[str]) -> str:
    if word not in allowed:
        raise ValueError(f"不认识的取值 {word}，可用：{' '.join(allowed)}")
    return word


def _at(value: str) -> dict[str, Any]:
    return {"at": _moment(value, _DATES[-1:])}


def _caller(value: str) -> dict[str, Any]:
    name, _, number = value.partition(" ")
    if number:
        _agree("landline" if number.startswith("0") else "phone", number, valid=True)
    return {"caller_name": None if name == _NOBODY else name, "caller_phone": number or None}


def _home(value: str) -> dict[str, Any]:
    if StandardAddress.parse(value).state == "unresolved":
        raise ValueError("住址无法识别")
    return {"home": value}


def _class(value: str) -> dict[str, Any]:
    words = value.split()
    if len(words) != 4:
        raise ValueError("应写：class 分类代码 紧急程度 情绪 关系")
    first, *also = words[0].split("+")
    for code in (first, *also):
        if code != NO_CATEGORY and not taxonomy()[known(code, taxonomy())].parent:
            raise ValueError(f"{code} 是一级分类，应写二级代码")
    return {
        "category": None if first == NO_CATEGORY else first,
        "also": tuple(also),
        "urgency": known(words[1], URGENCIES),
        "sentiment": known(words[2], SENTIMENTS),
        "relation": known(words[3], RELATIONS),
    }


def _traits(value: str) -> dict[str, Any]:
    traits = tuple(value.split())
    if wrong := [trait for trait in traits if not _TRAIT.fullmatch(trait)]:
        raise ValueError(f"特征 {wrong[0]} 应为小写英文")
    return {"traits": traits}


HEAD: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "at": _at,
    "caller": _caller,
    "home": _home,
    "class": _class,
    "matter": lambda value: {"matter": value},
    "follows": lambda value: {"follows": value},
    "traits": _traits,
}
"""Lines about the complaint as a whole: what of a Complaint they set."""


def party(value: str) -> GoldParty:
    """`代号 角色 类别 姓名或- | …` without the words behind the bar."""
    head, bar, _ = value.partition(" | ")
    words = head.split(maxsplit=3)
    if not bar or len(words) != 4:
        raise ValueError("应写：party 代号 角色 类别 姓名或- | 文中的称呼 / …")
    name = None if words[3] == _NOBODY else words[3]
    return GoldParty(words[0], known(words[1], ROLES), known(words[2], PARTIES), name, ())


def _number(kind: str) -> Callable[[str, Range, str], Number]:
    def build(text: str, span: Range, value: str) -> Number:
        valid = not _BAD.search(value)
        value = _BAD.sub("", value) or text[slice(*span)]
        _agree(kind, value, valid=valid)
        return Number(*span, kind, value, valid)

    return build


def _agree(kind: str, value: str, *, valid: bool) -> None:
    """The checks of the value type must say what the annotation says; the value itself is not told."""
    try:
        found = _CHECKS[kind](value)
    except InvalidValue:
        found = False
    if found != valid:
        raise ValueError(f"{kind} 经校验{'有效' if found else '无效'}，与标注不符")


def _phone(kind: str) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        phone = Phone.parse(value)
        unclear = phone.is_masked or phone.placeholder or phone.text != value
        return not unclear and (phone.kind == "mobile") == (kind == "phone")

    return check


def _citizen_id(value: str) -> bool:
    citizen_id = CitizenId.parse(value)
    return citizen_id.text == value and citizen_id.status is IdStatus.VALID


def _plate(value: str) -> bool:
    plate = Plate.parse(value)
    return plate.text == value and not plate.is_masked


def _card(value: str) -> bool:
    """ISO/IEC 7812-1: 16 to 19 digits, the last of them Luhn's check digit."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(value)) if _CARD.fullmatch(value))
    total = sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return total > 0 and total % 10 == 0


_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "citizen_id": lambda value: (
        CitizenId.parse(value).text == value and CitizenId.parse(value).status is IdStatus.VALID
    ),
    "uscc": lambda value: Uscc.parse(value).valid,
    "phone": _phone("phone"),
    "landline": _phone("landline"),
    "plate": _plate,
    "order_number": lambda value: "*" not in value,
    "email": lambda value: bool(_EMAIL.fullmatch(value)),
    "bank_card": _card,
}


def _address(text: str, span: Range, value: str) -> Address:
    del text
    pairs = [pair.partition("=") for pair in value.split()]
    if not all(name and told for name, _, told in pairs):
        raise ValueError("应写：address 地址 | 级别=名称 …")
    parts = {name: told for name, _, told in pairs}
    relative, of = parts.pop("relative", None), parts.pop("of", None)
    for name in parts:
        known(name, PARTS)
    if relative is None and (of is not None or not parts):
        raise ValueError("地址至少应有一级；of 只与 relative 一起写")
    if relative is not None:
        known(relative, RELATIVES)
        of = known(of or ("parts" if parts else "home"), ANCHORS)
        if of == "parts" and not parts:
            raise ValueError("of=parts 时应写明参照的地址")
    return Address(*span, parts, relative, of)


def _when(text: str, span: Range, value: str) -> When:
    del text
    words = value.split()
    if len(words) not in (2, 3):
        raise ValueError("应写：时间的类别、起止（起/止），重复的时间另写 every=")
    kind, bounds, *more = words
    known(kind, TIMES)
    every = known(more[0].removeprefix("every="), CYCLES) if more else None
    if (every is not None) != (kind == "recurring"):
        raise ValueError("every= 只与 recurring 一起写，且不可缺少")
    first, slash, last = bounds.partition("/")
    ends = [None if end == _OPEN else end for end in (first, last if slash else first)]
    for end in ends:
        if end is not None:
            _moment(end, _CLOCK if every else _DATES)
    if kind == "deadline" and ends[1] is None:
        raise ValueError("deadline 应写明最后期限")
    if not every and (ends == [None, None] or _reversed(*ends)):
        raise ValueError("起止为空或颠倒")
    return When(*span, kind, ends[0], ends[1], every)


def _reversed(first: str | None, last: str | None) -> bool:
    """Compared in the coarser precision of the two: 2025-10-08 to 2025-10 is in order."""
    shared = min(len(first or ""), len(last or ""))
    return (first or "")[:shared] > (last or "")[:shared]


def _moment(value: str, forms: Iterable[str]) -> datetime:
    for form in forms:
        try:
            return datetime.strptime(value.replace("T24:00", "T23:59"), form)  # noqa: DTZ007 - local, as citizens say it
        except ValueError:
            continue
    raise ValueError(f"时间 {value} 写法不对")


def _amount(text: str, span: Range, value: str) -> Amount:
    del text
    number, _, unit = value.partition(" ")
    if not _FIGURE.fullmatch(number):
        raise ValueError("应写：amount 金额 | 数值 单位，数值只用数字和小数点")
    return Amount(*span, float(number), known(unit, UNITS))


def _cue(text: str, span: Range, value: str) -> Cue:
    del text
    return Cue(*span, known(value, {cue.reason: None for cue in urgency_cues()}))


def _demand(text: str, span: Range, value: str) -> Demand:
    del text
    return Demand(*span, known(value, DEMANDS))


SPANS: Final[dict[str, tuple[str, Callable[[str, Range, str], Any]]]] = {
    "address": ("addresses", _address),
    "when": ("times", _when),
    "amount": ("amounts", _amount),
    "cue": ("cues", _cue),
    "demand": ("demands", _demand),
} | {kind: ("identifiers", _number(kind)) for kind in IDENTIFIER_KINDS}
"""Lines that stand on words of the text: the field of Complaint that they fill, and what makes their value."""
