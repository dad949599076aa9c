"""The executor of queries: Strawberry's, with three short ways.

- Most fields of an answer are properties of a node: no argument, no selection below, nothing to wait for. graphql-core
  builds a description of each for a resolver that does not look at it; leaving that out saves two thirds of the cost.
- A field that follows a link was looked at beforehand (`api.plan`): what it leads to is mostly there already, and is
  taken at once. A field that waits costs the event loop as much as twenty that do not.
- The arguments of a field are the same for every row, and there may be a hundred rows: they are read once a request.

Whatever is unusual (a value that its type cannot hold, a null where none may be, an argument that cannot be read) goes
the long way, which tells it as graphql-core does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
)
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from api.plan import Plan, Plans, converted
from api.schema.connections import LINK, followed
from api.schema.fields import read
from api.schema.reading import Reading


class _Plain(NamedTuple):
    """A property: its name, how its value becomes JSON, whether there may be none."""

    name: str
    coerce: Callable[[Any], Any]
    nullable: bool


class _Resolved(NamedTuple):
    """A field whose resolver is to be waited for; the names are those of its parameters."""

    field: GraphQLField
    declared: StrawberryField
    scalars: dict[str, str]  # those arguments that need no conversion, and the parameters that they are for
    call: Callable[..., Awaitable[Any]]
    is_method: bool
    parent: str | None
    info: str | None


class _Member(NamedTuple):
    """What a value has that has fields of its own: the nodes of a connection, the node of an edge."""

    field: GraphQLField
    name: str


class _Followed(NamedTuple):
    """A field that follows a link."""

    field: GraphQLField


_Short = _Plain | _Resolved | _Member | _Followed


class Executor(StrawberryGraphQLCoreExecutionContext):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._infos: dict[int, GraphQLResolveInfo[Any]] = {}  # of members and linked fields, by their node
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
        elif isinstance(known, _Member):
            value = partial(read, source, known.name)
            return self._completed(known.field, value, parent_type, field_details_list, path, position_context)
        elif isinstance(known, _Followed):
            planned = self._plan().get(id(field_details_list[0].node))
            if planned is not None:
                value = partial(followed, self.context_value, *planned, source, path)
                return self._completed(known.field, value, parent_type, field_details_list, path, position_context)
        elif known is not None:
            arguments = self._arguments_of(known, field_details_list[0])
            if arguments is not None:
                nodes = [details.node for details in field_details_list]
                info = self.build_resolve_info(known.field, nodes, parent_type, path)
                waiting = self._call(known, source, info, arguments)
                kind = known.field.type
                return self.complete_awaitable_value(kind, field_details_list, info, path, waiting, position_context)
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def _plan(self) -> Plan:
        reading: Reading = self.context_value
        if reading.plan is None:  # none yet, or a change came between
            plans = reading.plans or Plans()
            reading.plan = plans.of(
                reading, self.schema, self.operation, self.fragment_definitions, self.variable_values
            )
        return reading.plan

    def _completed(
        self,
        field: GraphQLField,
        value_of: Callable[[], Any],
        parent_type: GraphQLObjectType,
        details: Any,
        path: Path,
        position: Any,
    ) -> Any:
        """As graphql-core executes a field, but that its value is known, or to be waited for, without a resolver."""
        kind, node = field.type, details[0].node
        # One for all rows: nobody looks at its path.
        info = self._infos.get(id(node))
        if info is None:
            nodes = [each.node for each in details]
            info = self._infos[id(node)] = self.build_resolve_info(field, nodes, parent_type, path)
        try:
            value = value_of()
            if self.is_awaitable(value):
                return self.complete_awaitable_value(kind, details, info, path, value, position)
            completed = self.complete_value(kind, details, info, path, value, position)
        except Exception as error:  # noqa: BLE001 - told as any error of a field
            self.handle_field_error(error, kind, details, path)
            return None
        return self._settled(completed, kind, details, path) if self.is_awaitable(completed) else completed

    async def _settled(self, completed: Awaitable[Any], kind: Any, details: Any, path: Path) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - told as any error of a field
            self.handle_field_error(error, kind, details, path)
            return None

    def _arguments_of(self, known: _Resolved, details: Any) -> dict[str, Any] | None:
        """As the resolver takes them; None where something is wrong with them."""
        found = self._arguments.get(id(details.node))
        if found is None:
            try:
                converter = self._strawberry.schema_converter
                given = get_argument_values(known.field, details.node, self.variable_values)
                found = {known.scalars[name]: given.pop(name) for name in known.scalars.keys() & given.keys()}
                found |= converted(given, known.declared, converter)
            except Exception:  # noqa: BLE001 - the long way meets it again, and tells where
                return None
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


def _scalars(field: GraphQLField, declared: StrawberryField) -> dict[str, str]:
    pairs = zip(field.args.items(), declared.arguments, strict=True)
    return {
        name: argument.python_name
        for (name, known), argument in pairs
        if isinstance(get_nullable_type(known.type), GraphQLScalarType)
    }


@lru_cache(maxsize=1_024)
def _known_fields(parent: GraphQLObjectType) -> dict[str, _Short]:
    """The fields of a type that have a short way."""
    found: dict[str, _Short] = {}
    for name, field in parent.fields.items():
        declared, kind = field.extensions.get("strawberry-definition"), get_nullable_type(field.type)
        if not isinstance(declared, StrawberryField) or declared.extensions or declared.is_subscription:
            continue
        resolver = declared.base_resolver
        if LINK in declared.metadata:
            found[name] = _Followed(field)
        elif resolver is None and isinstance(kind, GraphQLScalarType):
            found[name] = _Plain(declared.python_name, kind.coerce_output_value, kind is field.type)
        elif resolver is None and is_composite_type(get_named_type(field.type)):
            found[name] = _Member(field, declared.python_name)
        elif resolver is not None and declared.is_async and resolver.root_parameter is None:
            parent_name, info_name = resolver.parent_parameter, resolver.info_parameter
            found[name] = _Resolved(
                field,
                declared,
                _scalars(field, declared),
                resolver,
                resolver.self_parameter is not None,
                parent_name.name if parent_name else None,
                info_name.name if info_name else None,
            )
    return found
