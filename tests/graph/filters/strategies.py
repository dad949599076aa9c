"""Random small graphs and random filters over the whole vocabulary.

Values of graphs and of filters come from the same small pools, so that filters find something; the graphs hold what
reality does: ended, coming and open relations, two relations between the same two nodes, masked birth dates, nodes
without properties, places that hang on different levels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from random import Random
from typing import Any

from hypothesis import strategies as st

from core.catalogue.links import PLACES, links_of
from core.codes import table
from core.errors import FilterInvalid
from core.filters import Attribute, Op, Test, ValueKind, attributes, edge_attributes, parse
from core.filters.parse import OPERATORS
from core.values import value_type
from graph.filters.values import name_key
from graph.schema.relations import RELATIONS
from graph.schema.types import ValueKind as Stored
from graph.schema.types import property_types

AS_OF = date(2026, 6, 30)
LABELS = ("Person", "Household", "Dwelling", *PLACES, "Organization", "Event", "Department", "Record", "Tag")
SPOTS = ("Dwelling", *PLACES)

_TEXTS = ("甲", "甲乙", "乙", "'); --", '"\\')
_DAYS = ("2026-06-01", "2026-06-29", "2026-06-30", "2026-07-01", "2025-06-30", "2020-02-29", "2030-01-01")
_BIRTHS = (
    "1946-06-30",
    "1946-07-01",
    "1966-06-29",
    "1990-01-01",
    "2008-06-30",
    "2008-07-01",
    "2012-02-29",
    "2020-05-05",
)
_TIMES = (
    "2026-06-30T00:00:00",
    "2026-06-30T23:59:59",
    "2026-06-29T12:00:00",
    "2026-07-01T00:00:00",
    "2026-05-31T08:00:00",
)
_NUMBERS = (0, 1, 2, 3, 2.5, 70.0)
_ADDRESSES = ("梧桐街道桂花苑4栋2单元501室", "梧桐街道桂花苑4栋2单元502室")
_BY_TYPE = {
    "citizen_id": ("11010519491231002X", "440524188001010014"),
    "phone": ("13905718234", "0571-87654321"),
    "plate": ("京A12345", "浙B67890"),
    "person_name": ("王芳", "欧阳建国"),
    "organization_name": ("青枫区好味餐饮有限公司", "青枫区利顺达家具有限公司"),
    "address": _ADDRESSES,
}
_KEYS = {"person_name": "name_key", "organization_name": "name_key", "address": "dwelling_key"}
_EDGE_TEXTS = {
    "role": ("owner", "tenant", "complainant", "respondent"),
    "kind": ("child", "parent", "spouse", "sibling", "grandchild", "grandparent"),
    "relation_to_head": ("02", "12"),
    "action": ("派单", "办结"),
    "rule": _TEXTS,
}
_EDGE_VALUES: dict[Stored, tuple[Any, ...]] = {
    Stored.DATE: _DAYS,
    Stored.DATETIME: _TIMES,
    Stored.FLOAT: (0.0, 0.5, 1.0),
    Stored.INT: (0, 1),
}
# What relations may join, beyond what department rows assert.
_ENDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "LIVES_IN": (("Person",), ("Dwelling",)),
    "REGISTERED_AT": (("Person",), ("Dwelling",)),
    "OWNS": (("Person", "Organization", "Household"), ("Dwelling",)),
    "RENTS": (("Person", "Organization", "Household"), ("Dwelling",)),
    "MEMBER_OF": (("Person",), ("Household",)),
    "KIN": (("Person",), ("Person",)),
    "WORKS_AT": (("Person",), ("Organization",)),
    "LEGAL_REPRESENTATIVE_OF": (("Person",), ("Organization",)),
    "LOCATED_AT": (("Organization", "Household"), SPOTS),
    "PARTY_TO": (("Person", "Organization"), ("Event",)),
    "OCCURRED_AT": (("Event",), SPOTS),
    "HANDLED_BY": (("Event",), ("Department",)),
    "DUPLICATE_OF": (("Event",), ("Event",)),
    "FOLLOWS": (("Event",), ("Event",)),
    "DESCRIBES": (("Record",), ("Person", "Household", "Dwelling", "Organization", "Event")),
    "TAGGED": (("Person", "Household", *SPOTS, "Organization", "Event"), ("Tag",)),
}
_PARENTS = {
    "Dwelling": ("Building", "Compound"),
    "Building": ("Compound", "Grid"),
    "Compound": ("Community", "Grid", "Street"),
    "Grid": ("Community",),
    "Community": ("Street",),
}


def blind(kind: str, key: str) -> str:
    """Stands for the keyed index of a vault."""
    return blake2b(f"{kind}/{key}".encode(), digest_size=8).hexdigest()


# --- graphs --------------------------------------------------------------------------------------------------


@dataclass
class Graph:
    """Nodes (label, id, props) and edges (type, from label, from id, to label, to id, props)."""

    nodes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    edges: list[tuple[str, str, str, str, str, dict[str, Any]]] = field(default_factory=list)


def graph(seed: int) -> Graph:
    rng = Random(seed)
    made = Graph()
    many = {"Person": 10, "Record": 8, "Event": 6, "Dwelling": 6}
    for label in LABELS:
        for number in range(rng.randint(2, many.get(label, 3))):
            made.nodes.append((label, f"{label}:{number}", _props(rng, label)))
    ids: dict[str, list[str]] = {}
    for label, key, _ in made.nodes:
        ids.setdefault(label, []).append(key)
    for kind, (sources, targets) in _ENDS.items():
        for _ in range(rng.randint(3, 18)):
            source, target = rng.choice(sources), rng.choice(targets)
            ends = (source, rng.choice(ids[source]), target, rng.choice(ids[target]))
            made.edges.append((kind, *ends, _edge_props(rng, kind)))
    for label, parents in _PARENTS.items():
        for key in ids[label]:
            for parent in rng.choices(parents, k=rng.randint(0, 2)):
                ends = (label, key, parent, rng.choice(ids[parent]))
                made.edges.append(("PART_OF", *ends, _edge_props(rng, "PART_OF")))
    return made


def _props(rng: Random, label: str) -> dict[str, Any]:
    props: dict[str, Any] = {}
    for attribute in attributes(label).values():
        if attribute.kind in (ValueKind.ID, ValueKind.BLIND) or rng.random() < 0.25:
            continue
        props |= _written(rng, attribute, rng.choice(pool(attribute)))
    if label == "Record":
        for kind in ("citizen_id", "phone", "plate"):
            if rng.random() < 0.5:
                key = value_type(kind).key(rng.choice(_BY_TYPE[kind]))
                props[f"{kind}_index"] = blind(kind, str(key))
    return props


def _written(rng: Random, attribute: Attribute, value: Any) -> dict[str, Any]:
    """The properties that hold a value, as linking writes them."""
    prop = attribute.prop
    match attribute.kind:
        case ValueKind.AGE:
            masked = {"birth_date": f"{value[:4]}-**-**", "birth_date_sealed": "…"}
            return {"birth_date": value, "birth_year": int(value[:4])} | (masked if rng.random() < 0.5 else {})
        case ValueKind.SECRET:
            return {f"{prop}_sealed": "…", f"{prop}_index": blind(prop, str(value_type(attribute.type).key(value)))}
        case ValueKind.NAME:
            return {prop: value, _KEYS[attribute.type]: name_key(Test(attribute, Op.EQ, value))[1]}
        case _ if prop == "birth_date":  # with the age
            return {}
        case _:
            return {prop: value}


def _edge_props(rng: Random, kind: str) -> dict[str, Any]:
    props: dict[str, Any] = {}
    for prop, stored in property_types(kind).items():
        if prop in ("id", "from", "to") or rng.random() < (0.4 if prop in ("valid_from", "valid_to") else 0.3):
            continue
        choices = _EDGE_VALUES.get(stored, _EDGE_TEXTS.get(prop, _TEXTS))
        props[prop] = rng.sample(_TEXTS, 2) if stored is Stored.LIST else rng.choice(choices)
    return props


def pool(attribute: Attribute) -> tuple[Any, ...]:
    """The values that an attribute has and is asked for."""
    if attribute.kind is ValueKind.CODE:
        return tuple(entry.code for entry in table(attribute.type.removeprefix("code:")).entries[:3])
    if attribute.prop == "record_count":
        return (0, 1, 2, 3)
    if attribute.kind in (ValueKind.AGE, ValueKind.DATE, ValueKind.MOMENT, ValueKind.NUMBER):
        births = attribute.prop == "birth_date"
        return {ValueKind.MOMENT: _TIMES, ValueKind.NUMBER: _NUMBERS}.get(attribute.kind, _BIRTHS if births else _DAYS)
    return _BY_TYPE.get(attribute.type, _TEXTS)


# --- filters -------------------------------------------------------------------------------------------------


@st.composite
def filters(draw: st.DrawFn, label: str, depth: int = 3) -> dict[str, Any]:
    """A JSON object that `parse(label, …)` takes."""
    found: dict[str, Any] = {}
    for _ in range(draw(st.integers(1, 2))):
        key, value = draw(_member(label, depth))
        found[key] = value
    return found


@st.composite
def _member(draw: st.DrawFn, label: str, depth: int) -> tuple[str, Any]:
    shapes = ["test", "test", "self"]
    if depth > 0:
        shapes += ["link", "link", "link", "and", "or", "not", "has", "count", "count", "ratio", "shares"]
    match draw(st.sampled_from(shapes)):
        case "link" if links_of(label):
            return draw(_along(label, depth))
        case "and" | "or" as word:
            return word, draw(st.lists(filters(label, depth - 1), max_size=2))
        case "not":
            return "not", draw(filters(label, depth - 1))
        case "has" if {"tags", "records"} & set(links_of(label)):
            names = {"tags": "tag", "records": "record"}
            name = draw(st.sampled_from(sorted(names.keys() & links_of(label).keys())))
            return "has", {names[name]: draw(st.sampled_from(_TEXTS))}
        case "count" | "ratio" as word if paths(label):
            of = draw(_count(label, depth))
            if word == "count":
                return "count", of | draw(_comparison((0, 1, 2)))
            return "ratio", {"of": of, "per": draw(_count(label, depth))} | draw(_comparison((0, 0.5, 1, 2)))
        case "shares" if loops(label):
            through, to = draw(st.sampled_from(loops(label)))
            asked: dict[str, Any] = {"through": through, "to": to, "atLeast": draw(st.integers(1, 2))}
            if draw(st.booleans()):
                asked["where"] = draw(filters(_end(label, through)[0], 0))
            return "shares", asked
        case "self":
            return "self", True
        case _:
            attribute = draw(st.sampled_from(sorted(attributes(label).values(), key=lambda one: one.name)))
            return attribute.name, draw(_tests(attribute, label))


@st.composite
def _along(draw: st.DrawFn, label: str, depth: int) -> tuple[str, Any]:
    link = draw(st.sampled_from(list(links_of(label).values())))
    asked: dict[str, Any] = {}
    if link.has_edge and draw(st.integers(0, 2)) == 0:
        asked["edge"] = draw(_edge(link.type))
    if len(link.targets) == 1 or set(link.targets) <= set(PLACES):
        asked |= draw(filters(link.targets[0], depth - 1) if draw(st.integers(0, 4)) else st.just({}))
    elif draw(st.booleans()):
        target = draw(st.sampled_from(link.targets))
        asked[target.lower()] = draw(filters(target, depth - 1))
    return link.name, asked


@st.composite
def _edge(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    match draw(st.integers(0, 3)):
        case 0:
            asked["anyTime"] = True
        case 1:
            asked["asOf"] = draw(st.sampled_from(_DAYS))
        case _:
            pass
    if draw(st.booleans()):
        attribute = draw(st.sampled_from(list(edge_attributes().values())))
        asked[attribute.name] = draw(_tests(attribute, kind))
    return asked


@st.composite
def _count(draw: st.DrawFn, label: str, depth: int) -> dict[str, Any]:
    path = draw(st.sampled_from(paths(label)))
    asked: dict[str, Any] = {"of": path}
    targets = _end(label, path)
    if len(targets) == 1 and draw(st.booleans()):
        asked["where"] = draw(filters(targets[0], depth - 1))
    condition = parse(label, {"count": {"of": path, "gte": 1}})
    if condition.path[-1].has_edge and draw(st.integers(0, 2)) == 0:  # type: ignore[union-attr]
        asked["edge"] = draw(_edge(condition.path[-1].type))  # type: ignore[union-attr]
    return asked


@st.composite
def _tests(draw: st.DrawFn, attribute: Attribute, owner: str) -> dict[str, Any]:
    op = draw(st.sampled_from(OPERATORS[attribute.kind]))
    words = owner in RELATIONS and attribute.kind is ValueKind.TEXT
    values = _EDGE_TEXTS.get(attribute.prop, _TEXTS) if words else _asked(attribute)
    match op:
        case Op.IS_NULL:
            return {op: draw(st.booleans())}
        case Op.IN:
            return {op: draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))}
        case Op.WITHIN_DAYS | Op.OLDER_DAYS:
            return {op: draw(st.sampled_from((0, 1, 29, 30, 40_000)))}
        case Op.STARTS | Op.CONTAINS:
            return {op: draw(st.sampled_from(values))[: draw(st.integers(1, 3))].strip() or "甲"}
        case _:
            return {op: draw(st.sampled_from(values))}


def _asked(attribute: Attribute) -> tuple[Any, ...]:
    match attribute.kind:
        case ValueKind.AGE:
            return (0, 5, 13, 18, 36, 60, 80, 150)
        case ValueKind.DATE | ValueKind.MOMENT:
            return (*(_BIRTHS if attribute.prop == "birth_date" else _DAYS), "9999-12-31", "0001-01-01")
        case ValueKind.NUMBER:
            return _NUMBERS
        case ValueKind.ID:
            return ("Person:0", "Person:1", "Dwelling:0", "Event:1", "Record:0", "Compound:0")
        case _:
            return pool(attribute)


@st.composite
def _comparison(draw: st.DrawFn, values: tuple[float, ...]) -> dict[str, Any]:
    return {draw(st.sampled_from(("eq", "ne", "gt", "gte", "lt", "lte"))): draw(st.sampled_from(values))}


def _end(label: str, path: str) -> tuple[str, ...]:
    return parse(label, {"count": {"of": path, "gte": 1}}).path[-1].targets  # type: ignore[union-attr]


_known_paths: dict[str, list[str]] = {}
_known_loops: dict[str, list[tuple[str, str]]] = {}


def paths(label: str) -> list[str]:
    """Paths of up to three links that may be counted from a label."""
    if label not in _known_paths:
        found = list(links_of(label))
        for _ in range(2):
            longer = [f"{path}.{name}" for path in found for name in links_of(_end(label, path)[0])]
            found += [path for path in longer if path not in found and _taken(label, path)]
        _known_paths[label] = found
    return _known_paths[label]


def loops(label: str) -> list[tuple[str, str]]:
    """(through, to) that come back to a label."""
    if label not in _known_loops:
        there = [path for path in paths(label) if path.count(".") < 2 and len(_end(label, path)) == 1]
        _known_loops[label] = [
            (through, to)
            for through in there
            for to in links_of(_end(label, through)[0])
            if label in links_of(_end(label, through)[0])[to].targets
        ]
    return _known_loops[label]


def _taken(label: str, path: str) -> bool:
    try:
        parse(label, {"count": {"of": path, "gte": 1}})
    except FilterInvalid:
        return False
    return True
