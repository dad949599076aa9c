"""What a query will follow, known before it runs: its linked fields with their arguments and dates, as trees of links.

A plan is made once for a document and the variables that its links depend on. It is a short way, and nothing but that:
a field that is not in it (its arguments cannot be read, say) is resolved by itself, and tells what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_composite_type,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from api.schema.connections import LINK, Page, page_of
from api.schema.reading import Reading
from core.errors import WeinaoError
from services import days
from services.ahead import Tree

KEPT: Final = 32  # plans of one document
_SAME_NODES: Final = ("nodes", "edges", "node")  # fields of connections and edges that lead to what was followed


@dataclass(frozen=True, slots=True)
class Plan:
    """By field of the document (its `id`): what it asks, and the tree of everything that is followed with it.

    `renders` keeps what `api.rendering` makes of it.
    """

    fields: Mapping[int, tuple[Page, Tree]]
    renders: dict[Any, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Plans:
    """The plans of one document, whose nodes outlive them."""

    _needs: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _made: dict[tuple[Any, ...], Plan] = field(default_factory=dict)

    def of(
        self,
        reading: Reading,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> Plan:
        """The plan of an operation with the values of its variables."""
        names = self._needs.get(id(operation))
        if names is None:
            names = self._needs[id(operation)] = _needed(operation, fragments)
        today, values = days.present(reading.app), tuple(repr(variables.coerced.get(name)) for name in names)
        key = (id(operation), today, reading.limits.page, values)
        plan = self._made.get(key)
        if plan is None:
            if len(self._made) >= KEPT:
                self._made.clear()
            walk = _Walk(reading, schema, fragments, variables)
            walk.selections(operation.selection_set, schema.get_root_type(operation.operation), today, Tree())
            plan = self._made[key] = Plan({node: found for node, found in walk.found.items() if found})
        return plan


def converted(given: dict[str, Any], declared: StrawberryField, converter: Any) -> dict[str, Any]:
    """Arguments as the resolver takes them; raises whatever is wrong with them."""
    if not given:
        return {}
    return convert_arguments(
        given, declared.arguments, scalar_registry=converter.scalar_registry, config=converter.config
    )


def _needed(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[str, ...]:
    """The variables that what is followed may depend on: all but those that only root fields take, dates aside."""
    names: set[str] = set()

    class Used(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            names.add(node.name.value)

    for selected in operation.selection_set.selections:
        parts: list[Any] = [selected]
        if isinstance(selected, FieldNode):
            dates = [argument for argument in selected.arguments or () if argument.name.value == "asOf"]
            parts = [*dates, *(selected.directives or ()), selected.selection_set]
        for part in filter(None, parts):
            visit(part, Used())
    for fragment in fragments.values():
        visit(fragment, Used())
    return tuple(sorted(names))


class _Walk:
    def __init__(
        self,
        reading: Reading,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self.found: dict[int, tuple[Page, Tree] | None] = {}
        self._reading = reading
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._converter = schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]  # noqa: SLF001

    def selections(
        self, selected: SelectionSetNode | None, parent: GraphQLNamedType | None, day: date | None, tree: Tree
    ) -> None:
        """`tree` takes what is followed from the nodes that are selected from."""
        for node in selected.selections if selected else ():
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                self._field(node, parent, day, tree)
            elif isinstance(node, InlineFragmentNode):
                named = node.type_condition
                inner = self._schema.get_type(named.name.value) if named else parent
                self.selections(node.selection_set, inner, day, tree)
            elif isinstance(node, FragmentSpreadNode) and (fragment := self._fragments.get(node.name.value)):
                inner = self._schema.get_type(fragment.type_condition.name.value)
                self.selections(fragment.selection_set, inner, day, tree)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, day: date | None, tree: Tree) -> None:
        known = self._schema.get_field(parent, node.name.value) if parent and is_composite_type(parent) else None
        if known is None or node.selection_set is None:
            return
        declared = known.extensions.get("strawberry-definition")
        named = get_named_type(known.type)
        if isinstance(declared, StrawberryField) and LINK in declared.metadata:
            page = self._page(known, declared, node, parent, day)
            if page is not None:
                self._keep(node, page, tree)
                self.selections(node.selection_set, named, page.day, tree.then(page.ways.values()))
                return
        inside = tree if node.name.value in _SAME_NODES and not labels_of(parent) else Tree()
        self.selections(node.selection_set, named, self._day(known, declared, node, day), inside)

    def _keep(self, node: FieldNode, page: Page, tree: Tree) -> None:
        """A fragment may be met twice: where it asks for something else the second time, nothing is said of it."""
        before = self.found.setdefault(id(node), (page, tree))
        if before and before[0] != page:
            self.found[id(node)] = None

    def _page(
        self,
        known: GraphQLField,
        declared: StrawberryField,
        node: FieldNode,
        parent: GraphQLNamedType | None,
        day: date | None,
    ) -> Page | None:
        given = self._arguments(known, declared, node)
        try:
            field = declared.metadata[LINK]
            return None if given is None else page_of(self._reading, field, labels_of(parent), day, **given)
        except WeinaoError:
            return None

    def _day(self, known: GraphQLField, declared: Any, node: FieldNode, day: date | None) -> date | None:
        """The day that a field fixes for what is below it."""
        if "asOf" not in known.args:
            return day
        given = self._arguments(known, declared, node) or {}
        try:
            return self._reading.day(given.get("as_of", strawberry.UNSET), day)
        except WeinaoError:
            return day

    def _arguments(self, known: GraphQLField, declared: StrawberryField, node: FieldNode) -> dict[str, Any] | None:
        try:
            return converted(get_argument_values(known, node, self._variables), declared, self._converter)
        except Exception:  # noqa: BLE001 - the field itself meets it again, and tells where
            return None

    def _included(self, node: SelectionNode) -> bool:
        """As `@skip` and `@include` say."""
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and not (include and not include["if"])


def labels_of(kind: GraphQLNamedType | None) -> frozenset[str]:
    """The labels of the nodes that a type stands for; none for a connection, an edge, an interface."""
    declared = kind.extensions.get("strawberry-definition") if kind else None
    labels: frozenset[str] = getattr(getattr(declared, "origin", None), "labels", frozenset())
    return labels
