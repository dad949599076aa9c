"""What one source row says, before anything is sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

Value = str | float


class Fault(NamedTuple):
    """Why a row is refused: its column, the kind of value, a stable reason, and two Chinese sentences."""

    column: str
    label: str
    reason: str
    message: str
    remedy: str


class RowRefused(Exception):
    """A row goes to quarantine. `key` is its source key where that much could be read."""

    def __init__(self, faults: list[Fault], key: str | None) -> None:
        super().__init__(faults[0].reason)
        self.faults = faults
        self.key = key


@dataclass(slots=True)
class MentionValues:
    """One mention: its name within the row (`person`, `party.0`), kind, values by catalogue field, quality flags."""

    name: str
    kind: str
    values: dict[str, Value]
    flags: list[str]


@dataclass(slots=True)
class RelationValues:
    type: str
    start: str
    end: str
    valid_from: str | None
    valid_to: str | None
    props: dict[str, str]


@dataclass(slots=True)
class EventValues:
    values: dict[str, Value]
    flags: list[str]
    props: dict[str, str]
    steps: list[dict[str, Any]]


@dataclass(slots=True)
class RowValues:
    key: str
    observed_at: datetime | None
    mentions: list[MentionValues]
    relations: list[RelationValues]
    event: EventValues | None


@dataclass(slots=True)
class Notes:
    """What reading a value found: faults that refuse the row, flags that stay with the mention."""

    faults: list[Fault] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
