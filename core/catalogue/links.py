"""How one can go from an object of the graph to another: the names, ends and meaning of every link.

Linked reads, filters, graph patterns, paths and the fields of GraphQL all use these names. `relations.py` says what
department rows may assert; this says what can be followed afterwards, also backwards and through the tree of places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import Final

PLACES: Final = ("Building", "Compound", "Community", "Grid", "Street")


class Order(StrEnum):
    """In which order a link gives what it leads to, when nobody says another."""

    NEWEST = "newest"  # the newest relation first
    EVENT = "event"  # the event that was reported last first
    NAME = "name"
    ROLE = "role"
    HEAD = "head"  # by relation to the head of the household
    STEP = "step"
    FEED = "feed"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Link:
    """From nodes labelled `source` to nodes of `targets`, along relations of `type`.

    `expect`: how many there commonly are. `reverse`: the relation points at the source; `both`: its direction says
    nothing here. `hops` above 1 follows up to that many relations, so that none of them is *the* relation of the link.
    `inside`: begins at the source or at anything that lies in it. `timed`: the relation has a time in which it holds.
    """

    source: str
    name: str
    type: str
    targets: tuple[str, ...]
    label: str
    expect: int
    order: Order = Order.NEWEST
    _: KW_ONLY
    reverse: bool = False
    both: bool = False
    hops: int = 1
    inside: bool = False
    timed: bool = True

    @property
    def has_edge(self) -> bool:
        """Whether one relation stands for the link, so that its dates, sources and role can be told."""
        return self.hops == 1

    @property
    def several_ways(self) -> bool:
        """Whether two ways may lead to the same object."""
        return self.inside or self.hops > 1 or self.type == "HANDLED_BY"


_PERSON, _HOUSEHOLD, _DWELLING, _ORGANIZATION, _EVENT = (
    (label,) for label in ("Person", "Household", "Dwelling", "Organization", "Event")
)
_SPOT = (*_DWELLING, *PLACES)


def _back(source: str, name: str, kind: str, targets: tuple[str, ...], label: str, expect: int, order: Order) -> Link:
    return Link(source, name, kind, targets, label, expect, order, reverse=True)


def _tags(source: str) -> Link:
    return Link(source, "tags", "TAGGED", ("Tag",), "标签", 3, Order.NAME)


def _records(source: str, expect: int) -> Link:
    return Link(source, "records", "DESCRIBES", ("Record",), "来源记录", expect, Order.FEED, reverse=True, timed=False)


def _within(source: str, target: str, label: str, hops: int) -> Link:
    """To the one place of a kind that `source` lies in."""
    return Link(source, target.lower(), "PART_OF", (target,), label, 1, Order.ID, hops=hops, timed=hops == 1)


def _place(source: str, parents: tuple[str, ...], children: tuple[str, ...]) -> Iterator[Link]:
    if parents:
        yield Link(source, "parent", "PART_OF", parents, "上级地点", 1, Order.ID)
    if children:
        yield _back(source, "children", "PART_OF", children, "下级地点", 10, Order.NAME)
    yield Link(
        source, "dwellings", "PART_OF", _DWELLING, "其中的房屋", 20, Order.NAME, reverse=True, hops=4, timed=False
    )
    yield Link(source, "events", "OCCURRED_AT", _EVENT, "发生在这里的事件", 20, Order.EVENT, reverse=True, inside=True)
    yield _tags(source)


_ALL: Final = (
    Link("Person", "livesIn", "LIVES_IN", _DWELLING, "居住的房屋", 2),
    Link("Person", "registeredAt", "REGISTERED_AT", _DWELLING, "户籍所在房屋", 1),
    Link("Person", "owns", "OWNS", _DWELLING, "名下房屋", 1),
    Link("Person", "rents", "RENTS", _DWELLING, "承租的房屋", 1),
    Link("Person", "household", "MEMBER_OF", _HOUSEHOLD, "所在家庭户", 1),
    Link("Person", "kin", "KIN", _PERSON, "亲属", 3, Order.ID, both=True),
    Link("Person", "worksAt", "WORKS_AT", _ORGANIZATION, "工作单位", 1),
    Link("Person", "represents", "LEGAL_REPRESENTATIVE_OF", _ORGANIZATION, "任法定代表人的单位", 1),
    Link("Person", "events", "PARTY_TO", _EVENT, "涉及的事件", 5, Order.EVENT),
    _tags("Person"),
    _records("Person", 6),
    _back("Household", "members", "MEMBER_OF", _PERSON, "家庭成员", 4, Order.HEAD),
    Link("Household", "dwelling", "LOCATED_AT", _DWELLING, "所住房屋", 1),
    Link("Household", "owns", "OWNS", _DWELLING, "名下房屋", 1),
    _tags("Household"),
    _records("Household", 2),
    _back("Dwelling", "residents", "LIVES_IN", _PERSON, "住在这里的人", 4, Order.NEWEST),
    _back("Dwelling", "registered", "REGISTERED_AT", _PERSON, "户籍在这里的人", 4, Order.NEWEST),
    _back("Dwelling", "owners", "OWNS", (*_PERSON, *_ORGANIZATION), "产权人", 2, Order.NEWEST),
    _back("Dwelling", "tenants", "RENTS", (*_PERSON, *_ORGANIZATION), "承租人", 1, Order.NEWEST),
    _back("Dwelling", "households", "LOCATED_AT", _HOUSEHOLD, "住在这里的家庭户", 1, Order.NEWEST),
    _back("Dwelling", "organizations", "LOCATED_AT", _ORGANIZATION, "设在这里的单位", 1, Order.NAME),
    Link("Dwelling", "parent", "PART_OF", PLACES, "上级地点", 1, Order.ID),
    _within("Dwelling", "Building", "所在楼栋", 1),
    _within("Dwelling", "Compound", "所在小区", 2),
    _within("Dwelling", "Grid", "所属网格", 3),
    _within("Dwelling", "Community", "所在社区", 3),
    _within("Dwelling", "Street", "所在街道", 4),
    _back("Dwelling", "events", "OCCURRED_AT", _EVENT, "发生在这里的事件", 5, Order.EVENT),
    _tags("Dwelling"),
    _records("Dwelling", 5),
    _back("Organization", "employees", "WORKS_AT", _PERSON, "员工", 20, Order.NEWEST),
    _back("Organization", "legalRepresentatives", "LEGAL_REPRESENTATIVE_OF", _PERSON, "法定代表人", 1, Order.NEWEST),
    Link("Organization", "locatedAt", "LOCATED_AT", _SPOT, "所在地", 1),
    Link("Organization", "owns", "OWNS", _DWELLING, "名下房屋", 1),
    Link("Organization", "events", "PARTY_TO", _EVENT, "涉及的事件", 10, Order.EVENT),
    _tags("Organization"),
    _records("Organization", 3),
    _back("Event", "parties", "PARTY_TO", (*_PERSON, *_ORGANIZATION), "当事人", 2, Order.ROLE),
    Link("Event", "locations", "OCCURRED_AT", _SPOT, "发生地点", 1, Order.ID),
    Link("Event", "handledBy", "HANDLED_BY", ("Department",), "办理部门", 2, Order.STEP),
    Link("Event", "duplicateOf", "DUPLICATE_OF", _EVENT, "反映同一件事的首次来电", 1, Order.EVENT),
    _back("Event", "duplicates", "DUPLICATE_OF", _EVENT, "反映同一件事的其他来电", 2, Order.EVENT),
    Link("Event", "follows", "FOLLOWS", _EVENT, "所跟进的前一次来电", 1, Order.EVENT),
    _back("Event", "followedBy", "FOLLOWS", _EVENT, "跟进它的后一次来电", 1, Order.EVENT),
    _tags("Event"),
    _records("Event", 1),
    *_place("Building", ("Compound",), ()),
    _within("Building", "Grid", "所属网格", 1),
    *_place("Compound", ("Community", "Street"), ("Building",)),
    _within("Compound", "Grid", "所属网格", 1),
    *_place("Grid", ("Community",), ("Building",)),
    *_place("Community", ("Street",), ("Compound",)),
    _back("Community", "grids", "PART_OF", ("Grid",), "其中的网格", 10, Order.NAME),
    *_place("Street", (), ("Community",)),
    _back(
        "Tag",
        "bearers",
        "TAGGED",
        (*_PERSON, *_HOUSEHOLD, *_SPOT, *_ORGANIZATION, *_EVENT),
        "有此标签的对象",
        50,
        Order.NEWEST,
    ),
    _back("Department", "events", "HANDLED_BY", _EVENT, "办理的事件", 50, Order.EVENT),
    Link(
        "Record",
        "describes",
        "DESCRIBES",
        (*_PERSON, *_HOUSEHOLD, *_DWELLING, *_ORGANIZATION, *_EVENT),
        "记录的对象",
        1,
        Order.ID,
        timed=False,
    ),
)

LINKS: Final[dict[tuple[str, str], Link]] = {(link.source, link.name): link for link in _ALL}
"""Every link by the label that it starts from and its name."""


def links_of(label: str) -> dict[str, Link]:
    """Name → link of the links that start at a label; empty for a label without any."""
    return {name: link for (source, name), link in LINKS.items() if source == label}
