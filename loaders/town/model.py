"""What the town consists of. Indexes into the lists of `Town` stand for references, which keeps it small."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(slots=True, eq=False)
class Person:
    """`relation` is the GB/T 4761 code to the head of `household` (-1: lives elsewhere)."""

    index: int
    name: str
    sex: int
    birth: date
    citizen_id: str
    nation: str
    household: int = -1
    relation: str = ""
    local: bool = True
    former_name: str = ""
    phone: str = ""
    old_phone: str = ""
    education: str = ""
    marital: str = "10"
    plate: str = ""
    health: str = ""
    disability: str = ""
    assistance: str = ""
    employer: int = -1
    father: int = -1
    mother: int = -1

    @property
    def entity(self) -> str:
        return f"P{self.index:07d}"


@dataclass(slots=True, eq=False)
class Compound:
    """A housing compound, a row of street houses or a village; `noun` is how it writes its buildings."""

    index: int
    kind: str
    name: str
    community: int
    road: str
    road_no: str
    noun: str
    company: int = -1
    dwellings: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Dwelling:
    """`free_until`: before this day nobody is known to have lived there, so a former household may have."""

    index: int
    compound: int
    building: str
    unit: str
    floor: int
    room: str
    area: float
    property_no: str
    grid: str
    free_until: date
    household: int = -1
    registered: bool = True
    sold: date | None = None
    bought: date | None = None
    owners: tuple[int, ...] = ()
    former_owners: tuple[int, ...] = ()

    @property
    def entity(self) -> str:
        return f"D{self.index:07d}"


@dataclass(slots=True, eq=False)
class Community:
    index: int
    code: str
    name: str
    street: str
    street_code: str
    county: str
    county_code: str
    old_street: str = ""
    old_name: str = ""
    compounds: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Spell:
    """A former residence."""

    dwelling: int
    start: date
    end: date
    role: str


@dataclass(slots=True, eq=False)
class Household:
    """`role` is the head's: owner, tenant, guest or dormitory.

    `registered` is a dwelling, or -1 with `origin` an address far away.
    """

    index: int
    kind: str
    dwelling: int
    since: date | None
    role: str
    settled: date | None
    registered: int = -1
    origin: str = ""
    members: list[int] = field(default_factory=list)
    former: list[Spell] = field(default_factory=list)

    @property
    def entity(self) -> str:
        return f"H{self.index:07d}"

    @property
    def number(self) -> str:
        return f"H{self.index + 1:08d}"


@dataclass(slots=True, eq=False)
class Organization:
    """`short` is the name over the door; `bare` the full name without its leading place name."""

    index: int
    name: str
    short: str
    bare: str
    kind: str
    uscc: str
    industry: str
    address: str
    community: int
    phone: str
    founded: date
    status: str
    size: int
    legal: int = -1
    appointed: date | None = None

    @property
    def entity(self) -> str:
        return f"O{self.index:06d}"


@dataclass(slots=True, eq=False)
class Job:
    person: int
    organization: int
    start: date
    end: date | None


@dataclass(slots=True, eq=False)
class Step:
    """One step of handling by a department."""

    department: str
    action: str
    at: datetime
    source: str = ""
    target: str = ""


@dataclass(slots=True, eq=False)
class Happening:
    """Something that reaches a department. `others` are (role, person); `dwelling` -1 means a public place."""

    feed: str
    category: str
    at: datetime
    reported: datetime
    community: int
    compound: int
    dwelling: int
    caller: int
    others: list[tuple[str, int]] = field(default_factory=list)
    organization: int = -1
    amount: float | None = None
    structure: int = -1
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Structure:
    """A planted structure; `keys` collects (feed, source key) as the files are written."""

    index: int
    kind: str
    note: str
    persons: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    start: str = ""
    end: str = ""


@dataclass(slots=True, eq=False)
class Town:
    seed: int
    today: date
    communities: list[Community] = field(default_factory=list)
    compounds: list[Compound] = field(default_factory=list)
    dwellings: list[Dwelling] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    organizations: list[Organization] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    structures: list[Structure] = field(default_factory=list)
    residents: int = 0
