"""Value types by name: what the catalogue's `Field.type` refers to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, NamedTuple

from core.codes.tables import CodeTable, table
from core.values.address import StandardAddress
from core.values.bank_card import BankCard
from core.values.citizen_id import CitizenId, IdStatus
from core.values.dates import parse_date, parse_datetime
from core.values.email import Email
from core.values.errors import InvalidValue
from core.values.numbers import parse_boolean, parse_integer, parse_number
from core.values.organization_name import OrganizationName
from core.values.person_name import PersonName
from core.values.phone import Phone
from core.values.plate import Plate
from core.values.redaction import redact
from core.values.text import NARRATIVE_LIMIT, parse_text
from core.values.uscc import Uscc

_HIDDEN: Final = "***"


class Parsed(NamedTuple):
    """A normalised value and what was noticed about it: `bad_checksum`, `upgraded_15`, `masked`, `placeholder` …"""

    text: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueType:
    """How one kind of value is read, compared and masked.

    `parse` raises InvalidValue and nothing else. `key` gives the compare key of any spelling, '' when the value cannot
    be looked up (masked, a placeholder, or unreadable). `mask` never raises.
    """

    name: str
    label: str
    parse: Callable[[str], Parsed]
    key: Callable[[str], str]
    mask: Callable[[str], str]


def value_type(name: str) -> ValueType:
    """The type of that name; `code:<table>` reads a code table. Raises `KeyError` for an unknown name."""
    return VALUE_TYPES[name] if name in VALUE_TYPES else _code_type(name)


def _citizen_id(raw: str) -> Parsed:
    value = CitizenId.parse(raw)
    flags = () if value.status is IdStatus.VALID else (value.status.value,)
    return Parsed(value.text, (*flags, "upgraded_15") if value.upgraded else flags)


def _uscc(raw: str) -> Parsed:
    value = Uscc.parse(raw)
    if value.is_masked:
        return Parsed(value.text, ("masked",))
    checks = (("bad_checksum", value.checksum_ok), ("bad_organisation_code", value.organisation_ok))
    return Parsed(value.text, tuple(flag for flag, ok in checks if not ok))


def _phone(raw: str) -> Parsed:
    value = Phone.parse(raw)
    flags = (("placeholder", value.placeholder), ("masked", value.is_masked), ("several", value.several))
    return Parsed(value.text, tuple(flag for flag, raised in flags if raised))


def _person_name(raw: str) -> Parsed:
    value = PersonName.parse(raw)
    flags = (("masked", value.is_masked), ("remark_removed", value.remark_removed))
    return Parsed(value.text, tuple(flag for flag, raised in flags if raised))


def _organization_name(raw: str) -> Parsed:
    return Parsed(OrganizationName.parse(raw).text, ())


def _plate(raw: str) -> Parsed:
    value = Plate.parse(raw)
    return Parsed(value.text, ("masked",) if value.is_masked else ())


def _email(raw: str) -> Parsed:
    value = Email.parse(raw)
    return Parsed(value.text, ("masked",) if value.is_masked else ())


def _bank_card(raw: str) -> Parsed:
    value = BankCard.parse(raw)
    if value.is_masked:
        return Parsed(value.text, ("masked",))
    return Parsed(value.text, () if value.checksum_ok else ("bad_checksum",))


def _address(raw: str) -> Parsed:
    value = StandardAddress.parse(raw)
    return Parsed(value.text, value.flags)


def _address_key(raw: str) -> str:
    value = StandardAddress.parse(raw)
    return value.dwelling_key or value.building_key or value.compound_key or value.text


def _text(raw: str) -> Parsed:
    return Parsed(*parse_text(raw))


def _narrative(raw: str) -> Parsed:
    return Parsed(*parse_text(raw, NARRATIVE_LIMIT))


def _plain(parse: Callable[[str], str]) -> Callable[[str], Parsed]:
    return lambda raw: Parsed(parse(raw), ())


def _guarded(read: Callable[[str], str], otherwise: str) -> Callable[[str], str]:
    def run(raw: str) -> str:
        try:
            return read(raw)
        except InvalidValue:
            return otherwise

    return run


def _type(
    name: str,
    label: str,
    parse: Callable[[str], Parsed],
    *,
    key: Callable[[str], str] | None,
    mask: Callable[[str], str],
) -> ValueType:
    """`key` None: the normalised text itself is the compare key."""
    read_key = key if key is not None else lambda raw: parse(raw).text
    return ValueType(name, label, parse, _guarded(read_key, ""), _guarded(mask, _HIDDEN))


def _nothing(_: str) -> str:
    return ""


def _hide(_: str) -> str:
    return _HIDDEN


VALUE_TYPES: Final[dict[str, ValueType]] = {
    one.name: one
    for one in (
        _type("text", "文本", _text, key=None, mask=_hide),
        _type("narrative", "叙述", _narrative, key=_nothing, mask=redact),
        _type(
            "person_name",
            "姓名",
            _person_name,
            key=lambda raw: PersonName.parse(raw).key,
            mask=lambda raw: PersonName.parse(raw).masked,
        ),
        _type(
            "organization_name",
            "单位名称",
            _organization_name,
            key=lambda raw: OrganizationName.parse(raw).key,
            mask=lambda raw: OrganizationName.parse(raw).masked,
        ),
        _type(
            "citizen_id",
            "公民身份号码",
            _citizen_id,
            key=lambda raw: CitizenId.parse(raw).key,
            mask=lambda raw: CitizenId.parse(raw).masked,
        ),
        _type(
            "uscc",
            "统一社会信用代码",
            _uscc,
            key=lambda raw: Uscc.parse(raw).key,
            mask=lambda raw: Uscc.parse(raw).masked,
        ),
        _type("phone", "电话", _phone, key=lambda raw: Phone.parse(raw).key, mask=lambda raw: Phone.parse(raw).masked),
        _type(
            "plate", "车牌号", _plate, key=lambda raw: Plate.parse(raw).key, mask=lambda raw: Plate.parse(raw).masked
        ),
        _type(
            "email", "电子邮箱", _email, key=lambda raw: Email.parse(raw).key, mask=lambda raw: Email.parse(raw).masked
        ),
        _type(
            "bank_card",
            "银行卡号",
            _bank_card,
            key=lambda raw: BankCard.parse(raw).key,
            mask=lambda raw: BankCard.parse(raw).masked,
        ),
        _type("address", "地址", _address, key=_address_key, mask=lambda raw: StandardAddress.parse(raw).masked),
        _type("date", "日期", _plain(parse_date), key=None, mask=lambda raw: parse_date(raw)[:4] + "-**-**"),
        _type(
            "datetime", "时间", _plain(parse_datetime), key=None, mask=lambda raw: parse_datetime(raw)[:4] + "-**-**"
        ),
        _type("number", "数值", _plain(parse_number), key=None, mask=_hide),
        _type("integer", "整数", _plain(parse_integer), key=None, mask=_hide),
        _type("boolean", "是否", _plain(parse_boolean), key=None, mask=_hide),
    )
}


@lru_cache(maxsize=64)
def _code_type(name: str) -> ValueType:
    prefix, _, table_name = name.partition(":")
    if prefix != "code":
        raise KeyError(f"no value type {name}")
    parse = partial(_code, table(table_name))
    return _type(name, f"代码（{table_name}）", parse, key=None, mask=_hide)


def _code(codes: CodeTable, raw: str) -> Parsed:
    try:
        return Parsed(codes.code(raw), ())
    except KeyError:
        message = f"代码表 {codes.name} 里没有这个代码或名称"
        raise InvalidValue("code.unknown", message, "改用代码表里的代码或名称") from None
