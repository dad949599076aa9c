"""The words the catalogue is written in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """Classification level; a higher one is guarded more."""

    OPEN = 0
    INTERNAL = 1
    SENSITIVE = 2
    RESTRICTED = 3

    @property
    def label(self) -> str:
        return ("公开", "备用", "敏感", "秘密")[self]

    @property
    def sealed(self) -> bool:
        """Whether values of this level never rest in clear."""
        return self >= Level.SENSITIVE


class PersonalKind(StrEnum):
    """What the value is under the Personal Information Protection Law (articles 4, 28, 31)."""

    NONE = "none"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class ResolutionRole(StrEnum):
    """What the field is to a matcher."""

    IDENTIFIER = "identifier"
    NAME = "name"
    BIRTH = "birth"
    SEX = "sex"
    CONTACT = "contact"
    PLACE = "place"
    CONTEXT = "context"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One data element.

    `type` names an entry of `core.values.VALUE_TYPES`, which owns parsing, the compare key and masking.
    `indexed`: a keyed blind index is kept beside the sealed value. `categorical`: the value is one of few, and the
    graph keeps a keyed blind index of it on the entity, for filters. `sealed_for_minors`: sealed also below
    `Level.SENSITIVE` when the row says that the person is under 14 (PIPL article 28).
    """

    name: str
    label: str
    type: str
    level: Level
    personal: PersonalKind = PersonalKind.NONE
    role: ResolutionRole = ResolutionRole.NONE
    standard: str = ""
    indexed: bool = False
    categorical: bool = False
    sealed_for_minors: bool = False

    @property
    def sealable(self) -> bool:
        return self.level.sealed or self.sealed_for_minors


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One entity kind and its fields."""

    name: str
    label: str
    node_label: str
    id_prefix: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Raises `KeyError` for a name that the kind does not have."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has no field {name}")

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)
