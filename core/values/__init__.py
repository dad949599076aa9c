"""Value types: each owns how its values are read, normalised, checked, compared and masked.

Names load on first use, so that a command that needs one type does not pay for the patterns of all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from core.values.address import StandardAddress
    from core.values.bank_card import BankCard
    from core.values.citizen_id import CitizenId, IdStatus
    from core.values.division_code import DivisionCode
    from core.values.email import Email
    from core.values.errors import InvalidValue
    from core.values.organization_name import OrganizationName
    from core.values.person_name import PersonName
    from core.values.phone import Phone
    from core.values.plate import Plate
    from core.values.redaction import redact, shown_id
    from core.values.registry import VALUE_TYPES, Parsed, ValueType, value_type
    from core.values.uscc import Uscc

__all__ = [
    "VALUE_TYPES",
    "BankCard",
    "CitizenId",
    "DivisionCode",
    "Email",
    "IdStatus",
    "InvalidValue",
    "OrganizationName",
    "Parsed",
    "PersonName",
    "Phone",
    "Plate",
    "StandardAddress",
    "Uscc",
    "ValueType",
    "redact",
    "shown_id",
    "value_type",
]

_MODULES: Final = {
    "BankCard": "bank_card",
    "CitizenId": "citizen_id",
    "DivisionCode": "division_code",
    "Email": "email",
    "IdStatus": "citizen_id",
    "InvalidValue": "errors",
    "OrganizationName": "organization_name",
    "PersonName": "person_name",
    "Phone": "phone",
    "Plate": "plate",
    "StandardAddress": "address",
    "Uscc": "uscc",
    "redact": "redaction",
    "shown_id": "redaction",
} | dict.fromkeys(("VALUE_TYPES", "Parsed", "ValueType", "value_type"), "registry")


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
