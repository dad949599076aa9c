"""What a gold complaint holds: the words of each layer and one dataclass a layer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

IDENTIFIER_KINDS: Final = (
    "citizen_id", "uscc", "phone", "landline", "plate", "order_number", "email", "bank_card"
)  # fmt: skip
ENTITIES: Final = ("person", "organization", "place")
PARTS: Final = (
    "province", "city", "county", "street", "community", "road", "road_no", "compound", "building", "unit", "floor",
    "room",
)  # fmt: skip
RELATIVES: Final = (
    "upstairs", "downstairs", "next_door", "opposite", "next_unit", "next_building", "gate", "beside", "behind",
    "front", "between", "crossing", "roof", "basement", "corridor", "inside", "same",
)  # fmt: skip
ANCHORS: Final = ("parts", "home", "text")
TIMES: Final = ("moment", "day", "span", "deadline", "recurring")
CYCLES: Final = ("day", "weekday", "weekend", "week", "month", "season", "year")
UNITS: Final = (
    "CNY", "CNY/month", "CNY/day", "CNY/hour", "CNY/year", "CNY/m2", "CNY/m2/month", "CNY/kWh", "CNY/piece",
    "month_wages", "m2", "m", "mu", "percent", "dB", "kg", "celsius", "kWh", "m3",
)  # fmt: skip
ROLES: Final = ("complainant", "respondent", "victim", "mediator", "bystander", "agency")
PARTIES: Final = ("person", "organization", "group")
RELATIONS: Final = (
    "neighbours", "landlord_tenant", "owner_property", "labour", "family", "consumer", "doctor_patient", "other",
    "none",
)  # fmt: skip
PRONOUNS: Final = "我俺咱他她伊"
"""Each of them in a text is a mention, or excepted."""
URGENCIES: Final = ("normal", "urgent", "emergency")
SENTIMENTS: Final = ("negative", "neutral", "positive")
DEMANDS: Final = ("stop", "repair", "pay", "refund", "investigate", "mediate", "inform", "licence", "other")

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Number:
    """`value` is normalised as the value type does; `valid` is False for a wrong checksum or a masked number."""

    start: int
    end: int
    kind: str
    value: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Entity:
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Address:
    """`parts` has what the words say, by the field names of StandardAddress, tokens bare.

    `relative` is the direction from an anchor: the parts themselves (`of` is `parts`), the caller's home (`home`) or
    the place spoken of before (`text`). Both are None for an address that stands alone.
    """

    start: int
    end: int
    parts: dict[str, str]
    relative: str | None
    of: str | None


@dataclass(frozen=True, slots=True)
class When:
    """A local time in ISO form, in the precision of the words: year, month, day or minute; both ends included.

    `first` or `last` is None where the words leave it open. A recurring time has clock times (`T22:00`) and `every`.
    """

    start: int
    end: int
    kind: str
    first: str | None
    last: str | None
    every: str | None


@dataclass(frozen=True, slots=True)
class Amount:
    start: int
    end: int
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class GoldParty:
    """`name` is None where the text has less than a name; `mentions` include pronouns."""

    id: str
    role: str
    kind: str
    name: str | None
    mentions: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Demand:
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """One text and its layers; every offset is one of `text`.

    `at` is the local moment of the call. `caller_name`, `caller_phone` and `home` are what the system knew, not what
    the text says. `category` is None where no code fits. `matter` is equal for calls about the same matter.
    """

    id: str
    at: datetime
    text: str
    category: str | None
    also: tuple[str, ...]
    urgency: str
    sentiment: str
    relation: str
    matter: str
    caller_name: str | None = None
    caller_phone: str | None = None
    home: str | None = None
    follows: str | None = None
    traits: tuple[str, ...] = ()
    identifiers: tuple[Number, ...] = ()
    entities: tuple[Entity, ...] = ()
    addresses: tuple[Address, ...] = ()
    times: tuple[When, ...] = ()
    amounts: tuple[Amount, ...] = ()
    parties: tuple[GoldParty, ...] = ()
    cues: tuple[Cue, ...] = ()
    demands: tuple[Demand, ...] = ()

    def as_object(self) -> dict[str, Any]:
        """Plain values for JSON; `at` in ISO form, ranges as [start, end]."""
        return {**asdict(self), "at": self.at.isoformat(timespec="minutes")}
