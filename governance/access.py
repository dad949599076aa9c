"""The access context, and what each role may see of each classification level."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.catalogue import Level


class Role(StrEnum):
    """Who reads. The development role exists for a laptop with synthetic data and never for a served office."""

    GRID_WORKER = "grid_worker"
    ANALYST = "analyst"
    INTAKE = "intake"
    APPLICATION = "application"
    DATA_OFFICER = "data_officer"
    DEVELOPMENT = "development"


class Visibility(StrEnum):
    CLEAR = "clear"
    MASKED = "masked"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class AccessContext:
    """One reader on one errand; every use case takes it, and the audit line is made of it.

    `grids` empty means no restriction by grid. `purpose` opens sensitive values to the roles that may see them,
    `case` (a case number) restricted ones.
    """

    subject: str
    role: Role
    grids: tuple[str, ...] = ()
    purpose: str | None = None
    case: str | None = None


def row_filter(label: str, grids: tuple[str, ...]) -> dict[str, Any] | None:
    """What an entity must fulfil for a reader bound to `grids` (grid codes), in the filter language; None: nothing.

    A person, a household, a home and what happened belong to the grids where they are, a source record to what it
    describes. Organizations, places, tags and departments are public.
    """
    here = {"code": {"in": list(grids)}}
    home = {"grid": here}
    happened = {"or": [{"locations": {"dwelling": home}}, {"locations": {"building": {"grid": here}}}]}
    asked: dict[str, dict[str, Any]] = {
        "Person": {"or": [{"livesIn": home}, {"registeredAt": home}, {"owns": home}, {"rents": home}]},
        "Household": {"or": [{"dwelling": home}, {"members": {"livesIn": home}}]},
        "Dwelling": home,
        "Event": {"or": [*happened["or"], {"locations": {"compound": {"grid": here}}}, {"locations": {"grid": here}}]},
    }
    if label == "Record":
        described = [{"describes": {each.lower(): within}} for each, within in asked.items()]
        return {"or": [*described, {"describes": {"organization": {}}}]}
    return asked.get(label)


# Roles that may open a sensitive value when they state a purpose, and a restricted one when they name a case.
_OPENS_SENSITIVE = frozenset({Role.GRID_WORKER, Role.INTAKE, Role.DATA_OFFICER, Role.DEVELOPMENT})
_OPENS_RESTRICTED = frozenset({Role.DATA_OFFICER})


def visibility(context: AccessContext, level: Level) -> Visibility:
    """How a reader sees a value of a level: 公开 and 备用 in clear, 敏感 masked unless a purpose is stated, 秘密 hidden
    unless granted for a case.
    """
    if level <= Level.INTERNAL:
        return Visibility.CLEAR
    if level is Level.SENSITIVE:
        opened = context.purpose is not None and context.role in _OPENS_SENSITIVE
        return Visibility.CLEAR if opened else Visibility.MASKED
    opened = context.case is not None and context.purpose is not None and context.role in _OPENS_RESTRICTED
    return Visibility.CLEAR if opened else Visibility.HIDDEN


def hidden_levels(context: AccessContext) -> frozenset[Level]:
    """The levels whose facts, such as who bears a tag, a reader may not see in clear."""
    return frozenset(level for level in Level if visibility(context, level) is not Visibility.CLEAR)
