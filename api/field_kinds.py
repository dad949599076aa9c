"""The fields of a type that need no resolver of graphql-core's: which they are, and how each gets its value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLScalarType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from api.schema.connections import LINK
from api.schema.fields import read


class Plain(NamedTuple):
    """A property: its name, how its value becomes JSON, whether there may be none."""

    name: str
    coerce: Callable[[Any], Any]
    nullable: bool


class Resolved(NamedTuple):
    """A field whose resolver is to be waited for; the names are those of its parameters."""

    field: GraphQLField
    declared: StrawberryField
    scalars: dict[str, str]  # those arguments that need no conversion, and the parameters that they are for
    call: Callable[..., Awaitable[Any]]
    is_method: bool
    parent: str | None
    info: str | None


class Member(NamedTuple):
    """What a value has that has fields of its own: the nodes of a connection, the node of an edge."""

    field: GraphQLField
    name: str


class Followed(NamedTuple):
    """A field that follows a link."""

    field: GraphQLField


class Computed(NamedTuple):
    """What a function tells of its parent at once: a label beside a code, the place of a page."""

    field: GraphQLField
    call: Callable[[Any], Any]
    coerce: Callable[[Any], Any] | None  # None for what has fields of its own


Short = Plain | Resolved | Member | Followed | Computed


def shown(plain: Plain, source: Any) -> Any:
    """The value of a field as JSON can hold it; `Undefined` where there is something to be told about it."""
    try:
        value = read(source, plain.name)
        text = None if value is None else plain.coerce(value)
    except Exception:  # noqa: BLE001 - the long way meets it again, and tells where
        return Undefined
    return Undefined if text is None and not (value is None and plain.nullable) else text


def _scalars(field: GraphQLField, declared: StrawberryField) -> dict[str, str]:
    pairs = zip(field.args.items(), declared.arguments, strict=True)
    return {
        name: argument.python_name
        for (name, known), argument in pairs
        if isinstance(get_nullable_type(known.type), GraphQLScalarType)
    }


def _of_parent_alone(resolver: StrawberryResolver[Any]) -> bool:
    return resolver.parent_parameter is not None and len(resolver.signature.parameters) == 1


@lru_cache(maxsize=1_024)
def known_fields(parent: GraphQLObjectType) -> dict[str, Short]:
    """The fields of a type that have a short way."""
    found: dict[str, Short] = {}
    for name, field in parent.fields.items():
        declared, kind = field.extensions.get("strawberry-definition"), get_nullable_type(field.type)
        if not isinstance(declared, StrawberryField) or declared.extensions or declared.is_subscription:
            continue
        resolver = declared.base_resolver
        if LINK in declared.metadata:
            found[name] = Followed(field)
        elif resolver is None and isinstance(kind, GraphQLScalarType):
            found[name] = Plain(declared.python_name, kind.coerce_output_value, kind is field.type)
        elif resolver is None and is_composite_type(get_named_type(field.type)):
            found[name] = Member(field, declared.python_name)
        elif resolver is not None and declared.is_async and resolver.root_parameter is None:
            parent_name, info_name = resolver.parent_parameter, resolver.info_parameter
            found[name] = Resolved(
                field,
                declared,
                _scalars(field, declared),
                resolver,
                resolver.self_parameter is not None,
                parent_name.name if parent_name else None,
                info_name.name if info_name else None,
            )
        elif resolver is not None and _of_parent_alone(resolver) and not declared.is_async:
            leaf = isinstance(kind, GraphQLScalarType)
            found[name] = Computed(field, resolver, kind.coerce_output_value if leaf else None)
    return found
