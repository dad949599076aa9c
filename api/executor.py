"""The executor of queries: Strawberry's, with three short ways.

- Most fields of an answer are properties of a node: no argument, no selection below, nothing to wait for. graphql-core
  builds a description of each for a resolver that does not look at it; leaving that out saves two thirds of the cost.
- A field that follows a link was looked at beforehand (`api.plan`): what it leads to is mostly there already, and is
  put together at once (`api.rendering`). A field that waits costs the event loop as much as twenty that do not.
- The arguments of a field are the same for every row, and there may be a hundred rows: they are read once a request.

Whatever is unusual (a value that its type cannot hold, a null where none may be, an argument that cannot be read) goes
the long way, which tells it as graphql-core does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo, Undefined
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.field_kinds import Followed, Member, Plain, Resolved, known_fields, shown
from api.plan import Plan, Plans, converted
from api.rendering import Renderers
from api.schema.connections import followed
from api.schema.fields import read
from api.schema.reading import Reading


class Executor(StrawberryGraphQLCoreExecutionContext):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._infos: dict[int, GraphQLResolveInfo[Any]] = {}  # of members and linked fields, by their node
        self._renderers: Renderers | None = None
        self._arguments: dict[int, dict[str, Any]] = {}  # by the node of the field, which the document keeps alive
        self._strawberry = self.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Path, position_context: Any
    ) -> Any:
        known = known_fields(parent_type).get(field_details_list[0].node.name.value)
        if isinstance(known, Plain):
            text = shown(known, source)
            if text is not Undefined:
                return text
        elif isinstance(known, Member):
            value = partial(read, source, known.name)
            return self._completed(known.field, value, parent_type, field_details_list, path, position_context)
        elif isinstance(known, Followed):
            planned = self._plan().fields.get(id(field_details_list[0].node))
            if planned is not None:
                value = partial(followed, self.context_value, *planned, source, path)
                return self._completed(known.field, value, parent_type, field_details_list, path, position_context)
        elif isinstance(known, Resolved):
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
                return self._later(value, kind, details, info, path, position)
            completed = self._made(value, kind, details, info, path, position)
        except Exception as error:  # noqa: BLE001 - told as any error of a field
            self.handle_field_error(error, kind, details, path)
            return None
        return self._settled(completed, kind, details, path) if self.is_awaitable(completed) else completed

    def _made(self, value: Any, kind: Any, details: Any, info: Any, path: Path, position: Any) -> Any:
        """The part of the answer that a value becomes: by the short way, or else by graphql-core."""
        plan = self._plan()
        if self._renderers is None or self._renderers.plan is not plan:
            self._renderers = Renderers(plan, self.collect_subfields, self.schema.get_possible_types)
        render = self._renderers.of(kind, details)
        if render is not None:
            reading: Reading = self.context_value
            spent = reading.spent
            try:
                return render(value, reading)
            except Exception:  # noqa: BLE001 - the long way meets it again, and tells where
                reading.unspend(spent)
        return self.complete_value(kind, details, info, path, value, position)

    async def _later(self, waiting: Any, kind: Any, details: Any, info: Any, path: Path, position: Any) -> Any:
        try:
            completed = self._made(await waiting, kind, details, info, path, position)
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:  # noqa: BLE001 - told as any error of a field
            self.handle_field_error(error, kind, details, path)
            return None

    async def _settled(self, completed: Awaitable[Any], kind: Any, details: Any, path: Path) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - told as any error of a field
            self.handle_field_error(error, kind, details, path)
            return None

    def _arguments_of(self, known: Resolved, details: Any) -> dict[str, Any] | None:
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

    def _call(self, known: Resolved, source: Any, info: Any, arguments: dict[str, Any]) -> Awaitable[Any]:
        given = dict(arguments)
        if known.parent:
            given[known.parent] = source
        if known.info:
            given[known.info] = self._strawberry.config.info_class(_raw_info=info, _field=known.declared)
        return known.call(source, **given) if known.is_method else known.call(**given)
