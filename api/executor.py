"""The executor of queries: Strawberry's, with a short way for plain fields.

Most fields of an answer are properties of a node: no argument, no selection below, nothing to wait for. graphql-core
builds a description of each for a resolver that does not look at it; leaving that out saves two thirds of what such a
field costs. Whatever is unusual (a value that its type cannot hold, a null where none may be) goes the long way, which
tells it as graphql-core does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import GraphQLObjectType, GraphQLScalarType, Undefined, get_nullable_type
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from api.schema.fields import read


class _Plain(NamedTuple):
    name: str
    coerce: Callable[[Any], Any]
    nullable: bool


class Executor(StrawberryGraphQLCoreExecutionContext):
    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Path, position_context: Any
    ) -> Any:
        plain = _plain_fields(parent_type).get(field_details_list[0].node.name.value)
        if plain is not None:
            shown = _shown(plain, source)
            if shown is not Undefined:
                return shown
        return super().execute_field(parent_type, source, field_details_list, path, position_context)


def _shown(plain: _Plain, source: Any) -> Any:
    """The value of a field as JSON can hold it; `Undefined` where there is something to be told about it."""
    try:
        value = read(source, plain.name)
        shown = None if value is None else plain.coerce(value)
    except Exception:  # noqa: BLE001 - the long way meets it again, and tells where
        return Undefined
    return Undefined if shown is None and not (value is None and plain.nullable) else shown


@lru_cache(maxsize=256)
def _plain_fields(parent: GraphQLObjectType) -> dict[str, _Plain]:
    found = {}
    for name, field in parent.fields.items():
        known, kind = field.extensions.get("strawberry-definition"), get_nullable_type(field.type)
        if isinstance(known, StrawberryField) and known.is_basic_field and isinstance(kind, GraphQLScalarType):
            found[name] = _Plain(known.python_name, kind.coerce_output_value, kind is field.type)
    return found
