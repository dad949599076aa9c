"""Counts and sums of entities, grouped by what they are, where they are and when it was.

One statement: the wanted nodes, the dimensions that they fall into, each node once in a group, the measures. Only the
names of the tables below become part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from core.errors import QueryInvalid, QueryTooComplex
from graph.store import GraphStore

MOST_GROUPS: Final = 1_000
MOST_DIMENSIONS: Final = 3

_VALID: Final = (
    "({r}.valid_from IS NULL OR {r}.valid_from <= $agg_as_of) AND ({r}.valid_to IS NULL OR $agg_as_of < {r}.valid_to)"
)


class Dimension(StrEnum):
    """What a group has in common. Times are those of `reported_at`; a week begins on Monday."""

    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"
    COMPOUND = "compound"
    TAG = "tag"
    KIND = "kind"
    CATEGORY = "category"
    STATUS = "status"
    DEPARTMENT = "department"
    USAGE = "usage"
    INDUSTRY = "industry"
    SEX = "sex"
    MARITAL = "marital"
    EDUCATION = "education"
    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


class Measure(StrEnum):
    """What is told of a group. `count` is of the entities themselves, the others of what they are related to."""

    COUNT = "count"
    PARTIES = "parties"
    PERSONS = "persons"
    DWELLINGS = "dwellings"
    SUM_AMOUNT = "sum_amount"
    AVG_AMOUNT = "avg_amount"
    SUM_AREA = "sum_area"
    AVG_AREA = "avg_area"


class Order(StrEnum):
    LARGEST = "largest"  # by count, then by key
    KEY = "key"  # a series in time reads this way


PLACES: Final = (Dimension.STREET, Dimension.COMMUNITY, Dimension.GRID, Dimension.COMPOUND)
TIMES: Final = (Dimension.YEAR, Dimension.QUARTER, Dimension.MONTH, Dimension.WEEK, Dimension.DAY)
_D, _M = Dimension, Measure

DIMENSIONS: Final[Mapping[str, frozenset[Dimension]]] = {
    "Event": frozenset({*PLACES, *TIMES, _D.TAG, _D.KIND, _D.CATEGORY, _D.STATUS, _D.DEPARTMENT}),
    "Person": frozenset({*PLACES, _D.TAG, _D.SEX, _D.MARITAL, _D.EDUCATION}),
    "Dwelling": frozenset({*PLACES, _D.TAG, _D.USAGE}),
    "Organization": frozenset({*PLACES, _D.TAG, _D.INDUSTRY, _D.STATUS}),
}
"""What entities of a label can be grouped by. No sensitive property is among these."""

MEASURES: Final[Mapping[str, frozenset[Measure]]] = {
    "Event": frozenset({_M.COUNT, _M.PARTIES, _M.DWELLINGS, _M.SUM_AMOUNT, _M.AVG_AMOUNT}),
    "Person": frozenset({_M.COUNT}),  # homes are counted as homes: whoever has two would bring both to each group
    "Dwelling": frozenset({_M.COUNT, _M.PERSONS, _M.SUM_AREA, _M.AVG_AREA}),
    "Organization": frozenset({_M.COUNT, _M.DWELLINGS}),
}

# The relation to where an entity is; a dwelling is where it is.
_WHERE: Final = {"Event": "OCCURRED_AT", "Person": "LIVES_IN", "Organization": "LOCATED_AT"}
_OF_NODE: Final = {
    _M.SUM_AMOUNT: "sum(n.amount)",
    _M.AVG_AMOUNT: "avg(n.amount)",
    _M.SUM_AREA: "sum(n.area)",
    _M.AVG_AREA: "avg(n.area)",
}


@dataclass(frozen=True, slots=True)
class Fragment:
    """Cypher that binds `n` to the wanted nodes, and its parameters, none of which begins with `agg_`."""

    match: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A question. `as_of` (None: ever): relations that hold on the day, and events reported until its end.

    `among`: the nodes that count; all of the label when it is None. `hidden_tags`: levels of tags that make no group.
    """

    label: str
    by: tuple[Dimension, ...]
    measures: tuple[Measure, ...] = (Measure.COUNT,)
    order: Order = Order.LARGEST
    limit: int = 100
    as_of: date | None = None
    among: Fragment | None = None
    hidden_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """`value`: a code, a text, a node id or the first day of a time; None where nothing is known. `name`: of a node."""

    dimension: Dimension
    value: str | None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """`keys` in the order of `Aggregate.by`. Sums are 0 and averages None where no entity of the group has a value."""

    keys: tuple[Key, ...]
    measures: Mapping[Measure, float | None]


@dataclass(frozen=True, slots=True)
class Groups:
    """`complete`: whether there were no more groups than the limit."""

    groups: tuple[Group, ...]
    complete: bool


def aggregate(store: GraphStore, wanted: Aggregate) -> Groups:
    """The groups that the wanted entities fall into, at most `limit`.

    An entity with several values of a dimension (two tags, two homes) counts in each of their groups, and once in each;
    one without any counts in a group whose value is None. Raises `QueryInvalid` for a dimension or measure that the
    label does not have, `QueryTooComplex` for too many dimensions or groups.
    """
    _check(wanted)
    measures = tuple(dict.fromkeys((_M.COUNT, *wanted.measures)))
    match = wanted.among.match if wanted.among else f"MATCH (n:{wanted.label})"
    params: dict[str, Any] = {
        **(wanted.among.params if wanted.among else {}),
        "agg_limit": wanted.limit + 1,
        "agg_hidden": list(wanted.hidden_tags),
    }
    if wanted.as_of is not None:
        params |= {
            "agg_as_of": wanted.as_of,
            "agg_before": datetime.combine(wanted.as_of, time()) + timedelta(days=1),
        }
    rows = store.read(
        f"{match} {_grouped(wanted.label, wanted.by, measures, wanted.order, wanted.as_of is not None)}", **params
    )
    groups = tuple(
        Group(
            tuple(Key(dimension, _text(row[f"k{i}"]), row.get(f"t{i}")) for i, dimension in enumerate(wanted.by)),
            {measure: row[measure.value] for measure in measures},
        )
        for row in rows
    )
    return Groups(groups[: wanted.limit], complete=len(groups) <= wanted.limit)


def _check(wanted: Aggregate) -> None:
    if wanted.label not in DIMENSIONS:
        raise QueryInvalid("这类对象不能汇总", remedy=f"可以汇总的有：{'、'.join(DIMENSIONS)}。")
    for asked, known in ((wanted.by, DIMENSIONS), (wanted.measures, MEASURES)):
        if not set(asked) <= known[wanted.label]:
            names = "、".join(sorted(known[wanted.label]))
            raise QueryInvalid("这类对象没有所给的分组或指标", remedy=f"可以用的有：{names}。")
    if not wanted.by or len(set(wanted.by)) < len(wanted.by):
        raise QueryInvalid("请给出至少一个分组，且不要重复")
    if len(wanted.by) > MOST_DIMENSIONS:
        raise QueryTooComplex(f"分组不能超过 {MOST_DIMENSIONS} 个")
    if wanted.limit < 1:
        raise QueryInvalid("limit 至少为 1")
    if wanted.limit > MOST_GROUPS:
        raise QueryTooComplex(f"limit 不能超过 {MOST_GROUPS:,}")


# --- Cypher --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _grouped(label: str, by: tuple[Dimension, ...], measures: tuple[Measure, ...], order: Order, timed: bool) -> str:
    """What follows the clause that binds `n`."""
    known = " WHERE n.reported_at < $agg_before" if timed and label == "Event" else ""
    parts = [f"WITH DISTINCT n{known}"]
    carried: list[str] = []  # variables that are bound besides n
    places = [(f"d{i}", dimension) for i, dimension in enumerate(by) if dimension in PLACES]
    if places:
        parts.append(_in_places(label, places, timed))
        carried += [variable for variable, _ in places]
    for i, dimension in enumerate(by):
        if dimension is _D.TAG:
            held = f" AND {_VALID.format(r='g')}" if timed else ""
            shown = f"NOT coalesce(d{i}.level, 'internal') IN $agg_hidden"
            parts.append(f"OPTIONAL MATCH (n)-[g:TAGGED]->(d{i}:Tag) WHERE {shown}{held}")
            carried.append(f"d{i}")
    keys: dict[str, str] = {}
    for i, dimension in enumerate(by):
        keys |= _key(i, dimension)
    bound = ", ".join(f"{expression} AS {name}" for name, expression in keys.items())
    parts.append(f"WITH DISTINCT {bound}, n")
    parts.append(_measured(label, tuple(keys), measures, timed))
    sort = ", ".join(f"k{i}" for i in range(len(by)))
    parts.append(f"ORDER BY {sort if order is Order.KEY else f'count DESC, {sort}'} LIMIT $agg_limit")
    return " ".join(parts)


def _in_places(label: str, places: Sequence[tuple[str, Dimension]], timed: bool) -> str:
    """Binds each place that `n` lies in, or null.

    Dwellings give way to the building or compound that they are part of, so that the tree is walked up from some
    hundred places (20,000 people by street, grid and compound: 1.5 s, and 10.4 s from their doors, on a busy machine).
    Of two grids the nearer one counts, which is that of the building, though its compound reach into another.
    """
    if label == "Dwelling":
        parts = ["OPTIONAL MATCH (n)-[:PART_OF]->(p) WITH p, collect(n) AS ns"]
    else:
        held = f" WHERE {_VALID.format(r='s')}" if timed else ""
        parts = [
            f"OPTIONAL MATCH (n)-[s:{_WHERE[label]}]->(o){held}",
            "OPTIONAL MATCH (o)-[:PART_OF]->(u) WHERE o:Dwelling WITH coalesce(u, o) AS p, collect(n) AS ns",
        ]
    found = ""
    for variable, dimension in places:
        parts.append(
            f"OPTIONAL MATCH w=(p)-[:PART_OF*0..3]->({variable}:{dimension.value.title()}) "
            f"WITH p, ns{found}, {variable}, length(w) AS hops ORDER BY hops, {variable}.id "
            f"WITH p, ns{found}, head(collect({variable})) AS {variable}"
        )
        found += f", {variable}"
    parts.append(f"UNWIND ns AS n WITH DISTINCT n{found}")
    return " ".join(parts)


def _key(i: int, dimension: Dimension) -> dict[str, str]:
    """The variables of a dimension and what they are: `k` its value, `t` the name of a node."""
    if dimension in PLACES:
        return {f"k{i}": f"d{i}.id", f"t{i}": f"d{i}.name"}
    if dimension is _D.TAG:
        return {f"k{i}": f"d{i}.id", f"t{i}": f"d{i}.label"}
    if dimension in TIMES:
        return {f"k{i}": f"toString(date.truncate('{dimension.value}', n.reported_at))"}
    return {f"k{i}": f"n.{dimension.value}"}


def _measured(label: str, keys: tuple[str, ...], measures: tuple[Measure, ...], timed: bool) -> str:
    shown = ", ".join(keys)
    own = [f"{_OF_NODE[measure]} AS {measure.value}" for measure in measures if measure in _OF_NODE]
    related = [measure for measure in measures if measure not in _OF_NODE and measure is not _M.COUNT]
    first = ", ".join(["count(n) AS count", *own])
    names = ", ".join([shown, *(measure.value for measure in measures)])
    if not related:
        return f"RETURN {shown}, {first}"
    parts = [f"WITH {shown}, {first}, collect(n) AS ns"]
    for measure in related:
        pattern = _pattern(label, measure)
        held = f" WHERE {_VALID.format(r='h')}" if timed else ""
        parts.append(
            f"CALL (ns) {{ UNWIND ns AS m MATCH {pattern}{held} RETURN count(DISTINCT q) AS {measure.value} }}"
        )
    return f"{' '.join(parts)} RETURN {names}"


def _pattern(label: str, measure: Measure) -> str:
    if measure is _M.PARTIES:
        return "(m)<-[h:PARTY_TO]-(q)"
    if measure is _M.PERSONS:
        return "(m)<-[h:LIVES_IN]-(q:Person)"
    return f"(m)-[h:{_WHERE[label]}]->(q:Dwelling)"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
