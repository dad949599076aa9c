"""The executor of queries: Strawberry's, with two short ways.

- Most fields of an answer are properties of a node: no argument, no selection below, nothing to wait for. graphql-core
  builds a description of each for a resolver that does not look at it; leaving that out saves two thirds of the cost.
- The arguments of a field are the same for every row, and there may be a hundred rows: they are read once a request.

Whatever is unusual (a value that its type cannot hold, a null where none may be, an argument that cannot be read) goes
the long way, which tells it as graphql-core does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import GraphQLField, GraphQLObjectType, GraphQLScalarType, Undefined, get_nullable_type
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from api.schema.fields import read


class _Plain(NamedTuple):
    """A property: its name, how its value becomes JSON, whether there may be none."""

    name: str
    coerce: Callable[[Any], Any]
    nullable: bool


class _Resolved(NamedTuple):
    """A field whose resolver is to be waited for; the names are those of its parameters."""

    field: GraphQLField
    declared: StrawberryField
    call: Callable[..., Awaitable[Any]]
    is_method: bool
    parent: str | None
    info: str | None


class Executor(StrawberryGraphQLCoreExecutionContext):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arguments: dict[int, dict[str, Any]] = {}  # by the node of the field, which the document keeps alive
        self._strawberry = self.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Path, position_context: Any
    ) -> Any:
        known = _known_fields(parent_type).get(field_details_list[0].node.name.value)
        if isinstance(known, _Plain):
            shown = _shown(known, source)
            if shown is not Undefined:
                return shown
        elif known is not None:
            arguments = self._arguments_of(known, field_details_list[0])
            if arguments is not None:
                nodes = [details.node for details in field_details_list]
                info = self.build_resolve_info(known.field, nodes, parent_type, path)
                waiting = self._call(known, source, info, arguments)
                kind = known.field.type
                return self.complete_awaitable_value(kind, field_details_list, info, path, waiting, position_context)
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def _arguments_of(self, known: _Resolved, details: Any) -> dict[str, Any] | None:
        """As the resolver takes them; None where something is wrong with them."""
        found = self._arguments.get(id(details.node))
        if found is None:
            try:
                given = get_argument_values(
                    known.field, details.node, self.variable_values, details.fragment_variable_values
                )
                found = convert_arguments(
                    given,
                    known.declared.arguments,
                    scalar_registry=self._strawberry.schema_converter.scalar_registry,
                    config=self._strawberry.config,
                )
            except Exception:  # noqa: BLE001 - the long way meets it again, and tells where
                return None
            if details.fragment_variable_values is None:  # otherwise the same node may have other values elsewhere
                self._arguments[id(details.node)] = found
        return found

    def _call(self, known: _Resolved, source: Any, info: Any, arguments: dict[str, Any]) -> Awaitable[Any]:
        given = dict(arguments)
        if known.parent:
            given[known.parent] = source
        if known.info:
            given[known.info] = self._strawberry.config.info_class(_raw_info=info, _field=known.declared)
        return known.call(source, **given) if known.is_method else known.call(**given)


def _shown(plain: _Plain, source: Any) -> Any:
    """The value of a field as JSON can hold it; `Undefined` where there is something to be told about it."""
    try:
        value = read(source, plain.name)
        shown = None if value is None else plain.coerce(value)
    except Exception:  # noqa: BLE001 - the long way meets it again, and tells where
        return Undefined
    return Undefined if shown is None and not (value is None and plain.nullable) else shown


@lru_cache(maxsize=1_024)
def _known_fields(parent: GraphQLObjectType) -> dict[str, _Plain | _Resolved]:
    """The fields of a type that have a short way."""
    found: dict[str, _Plain | _Resolved] = {}
    for name, field in parent.fields.items():
        declared, kind = field.extensions.get("strawberry-definition"), get_nullable_type(field.type)
        if not isinstance(declared, StrawberryField) or declared.extensions or declared.is_subscription:
            continue
        resolver = declared.base_resolver
        if resolver is None and isinstance(kind, GraphQLScalarType):
            found[name] = _Plain(declared.python_name, kind.coerce_output_value, kind is field.type)
        elif resolver is not None and declared.is_async and resolver.root_parameter is None:
            parent_name, info_name = resolver.parent_parameter, resolver.info_parameter
            found[name] = _Resolved(
                field,
                declared,
                resolver,
                resolver.self_parameter is not None,
                parent_name.name if parent_name else None,
                info_name.name if info_name else None,
            )
    return found
