"""The type of every property, read off the node and relation classes."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Any

from neomodel import ArrayProperty, FloatProperty, IntegerProperty
from neomodel.properties import Property

from graph.schema.nodes import NODES
from graph.schema.properties import NativeDate, NativeDateTime
from graph.schema.relations import RELATIONS


class ValueKind(StrEnum):
    """What a property holds in the graph; the log of the lake carries dates and times as ISO text."""

    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    FLOAT = "float"
    INT = "int"
    LIST = "list"


_KINDS: tuple[tuple[type[Property[Any]], ValueKind], ...] = (
    (NativeDate, ValueKind.DATE),
    (NativeDateTime, ValueKind.DATETIME),
    (FloatProperty, ValueKind.FLOAT),
    (IntegerProperty, ValueKind.INT),
    (ArrayProperty, ValueKind.LIST),
)


@cache
def property_types(name: str) -> dict[str, ValueKind]:
    """Properties of a node label or relation type as they are called in the database, in a fixed order.

    Raises `KeyError` for a label or type that the schema does not have.
    """
    declared = NODES[name] if name in NODES else RELATIONS[name]
    properties = declared.defined_properties(rels=False, aliases=False)
    return {
        prop.get_db_property_name(attribute): _kind(prop)
        for attribute, prop in sorted(properties.items())
        if isinstance(prop, Property) and not attribute.startswith("element_id")
    }


def _kind(prop: Property[Any]) -> ValueKind:
    return next((kind for cls, kind in _KINDS if isinstance(prop, cls)), ValueKind.TEXT)
