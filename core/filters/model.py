"""A filter as a tree. Every condition is true or false of an object: what is not known is false, and its `Not` true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from core.catalogue.links import Link
from core.filters.vocabulary import Attribute

Scalar: TypeAlias = str | float | int | bool | date
Value: TypeAlias = Scalar | tuple[Scalar, ...]


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    STARTS = "startsWith"
    CONTAINS = "contains"
    WITHIN_DAYS = "withinDays"  # in the last n days, the day asked about included
    OLDER_DAYS = "olderThanDays"
    IS_NULL = "isNull"
    HAS = "has"  # a list holds it


@dataclass(frozen=True, slots=True)
class Test:
    """An attribute compared with a value, or with a tuple of values for `IN`."""

    attribute: Attribute
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class EdgeTest:
    """What is asked of a relation. `any_time` lifts the date of the query, `as_of` puts another in its place."""

    tests: tuple[Test, ...] = ()
    any_time: bool = False
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Along:
    """Some object at the other end of a link fulfils `where`, by a relation that fulfils `edge`.

    `target` is the label that the object must have where the link has several; None leaves it open.
    """

    link: Link
    where: Condition
    edge: EdgeTest = EdgeTest()
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many different objects a path of links leads to, compared with a number.

    `where` and `edge` ask of its last object and relation.
    """

    path: tuple[Link, ...]
    op: Op
    value: Value
    where: Condition = AllOf(())
    edge: EdgeTest = EdgeTest()


@dataclass(frozen=True, slots=True)
class Ratio:
    """Objects of one path for each object of another; false where the other leads nowhere."""

    of: Count
    per: Count
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class Shares:
    """Another object of the same kind shares at least `at_least` different objects with this one.

    `through` leads from here to what is shared (`where` asks of it), `to` from there to the other object.
    """

    through: tuple[Link, ...]
    to: tuple[Link, ...]
    at_least: int
    where: Condition = AllOf(())


@dataclass(frozen=True, slots=True)
class Same:
    """The object is the very one that the whole filter is about."""


@dataclass(frozen=True, slots=True)
class OfKind:
    """The object has this label. No filter that somebody writes says so; where a link has several ends, access does."""

    label: str


Condition: TypeAlias = Test | AllOf | AnyOf | Not | Along | Count | Ratio | Shares | Same | OfKind


def conditions(condition: Condition) -> Iterator[Condition]:
    """The condition and everything below it."""
    yield condition
    below: tuple[Condition, ...] = ()
    match condition:
        case AllOf(parts) | AnyOf(parts):
            below = parts
        case Not(part):
            below = (part,)
        case Along(where=where) | Count(where=where) | Shares(where=where):
            below = (where,)
        case Ratio(of=of, per=per):
            below = (of, per)
        case _:
            pass
    for part in below:
        yield from conditions(part)
