"""Value types: each owns how its values are read, normalised, checked, compared and masked."""

from core.values.address import StandardAddress
from core.values.citizen_id import CitizenId, IdStatus
from core.values.division_code import DivisionCode
from core.values.errors import InvalidValue
from core.values.organization_name import OrganizationName
from core.values.person_name import PersonName
from core.values.phone import Phone
from core.values.plate import Plate
from core.values.redaction import redact
from core.values.registry import VALUE_TYPES, Parsed, ValueType, value_type
from core.values.uscc import Uscc

__all__ = [
    "VALUE_TYPES",
    "CitizenId",
    "DivisionCode",
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
    "value_type",
]
