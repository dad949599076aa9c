"""What is true in the other city, before any clerk writes it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(slots=True)
class Home:
    """One dwelling. `kind`: lane (弄/号/室), court (胡同 house), yard (胡同 or works block), village (村组)."""

    index: int
    kind: str
    county: str
    street: str
    community: str
    road: str
    estate: str
    house: str
    unit: str
    room: str
    landline: str = ""

    @property
    def entity(self) -> str:
        return f"H{self.index:05d}"


@dataclass(slots=True)
class Organization:
    index: int
    name: str
    short: str
    former: str
    uscc: str
    home: Home
    phone: str
    representative: Person | None = None
    school: bool = False

    @property
    def entity(self) -> str:
        return f"U{self.index:04d}"


@dataclass(slots=True)
class Person:
    index: int
    name: str
    sex: str
    birth: date
    citizen_id: str
    home: Home
    family: int
    role: str
    phone: str = ""
    old_phone: str = ""
    former_name: str = ""
    employer: Organization | None = None
    old_home: Home | None = None

    @property
    def entity(self) -> str:
        return f"P{self.index:05d}"


@dataclass(slots=True)
class City:
    today: date
    homes: list[Home] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    families: list[list[Person]] = field(default_factory=list)
    organizations: list[Organization] = field(default_factory=list)

    def age(self, person: Person) -> int:
        return (self.today - person.birth).days * 100 // 36525
