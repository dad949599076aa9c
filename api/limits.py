"""What one query may ask for, checked before it runs.

The text and its tokens are bounded before parsing, the shape of the document before validation (whose rules are
quadratic in places), and the rows while it runs (`Reading.spend`). The cost estimate is the number of objects
that the query would commonly touch: every field that has fields of its own counts the rows above it times its
own `expect`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    get_named_type,
    is_composite_type,
    is_list_type,
)

from core.errors import QueryTooComplex


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one request. The explorer's introspection has depth 15, 240 selections and a cost of 12,000."""

    body_bytes: int = 256 * 1024
    query_length: int = 20_000
    tokens: int = 2_000
    depth: int = 20
    selections: int = 600
    aliases: int = 50
    root_fields: int = 20
    argument_length: int = 1_000
    variable_values: int = 2_000
    variable_depth: int = 32
    cost: int = 15_000
    page: int = 100
    rows: int = 10_000
    errors: int = 20
    seconds: float = 10.0
    mutations: int = 5
    mutation_seconds: float = 60.0
    text_length: int = 20_000  # of one text that is kept or read: a complaint, the document of a template


LIMITS = Limits()


@dataclass(slots=True)
class Shape:
    """What a document asks for; sums and maxima over its operations, fragments spread out."""

    depth: int = 0
    selections: int = 0
    aliases: int = 0
    root_fields: int = 0
    argument_length: int = 0
    cost: float = 0


_NAMES = {
    "depth": "层级",
    "selections": "字段总数",
    "aliases": "别名数",
    "root_fields": "顶层字段数",
    "argument_length": "参数长度",
    "cost": "预计涉及的对象数",
}
# Fan-out of the introspection types, somewhat under what this schema has.
_PAGE_ARGUMENTS = ("first", "limit")
_INTROSPECTION = {"types": 30, "fields": 10, "args": 2, "inputFields": 2, "enumValues": 2, "possibleTypes": 2}


def check_variables(variables: dict[str, Any] | None, longest: int = LIMITS.argument_length) -> None:
    """Bound what arrives beside the query: long texts, and lists and objects (filters) of many values or levels."""
    if variables:
        _check_value(variables, 0, [LIMITS.variable_values], longest)


def _check_value(value: object, depth: int, left: list[int], longest: int) -> None:
    left[0] -= 1
    if left[0] < 0 or depth > LIMITS.variable_depth:
        raise QueryTooComplex(f"变量超过 {LIMITS.variable_values} 个值或 {LIMITS.variable_depth} 层")
    if isinstance(value, str) and len(value) > longest:
        raise QueryTooComplex(f"参数长度超过 {longest}")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _check_value(item, depth + 1, left, longest)


def measure(schema: GraphQLSchema, document: DocumentNode, limits: Limits = LIMITS) -> Shape:
    """The shape of a document. Raises `QueryTooComplex` at the first bound that it passes, so the walk is short."""
    walk = _Walk(schema, document, limits)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            root = schema.get_root_type(definition.operation)
            before = walk.shape.root_fields
            walk.selections(definition.selection_set, root, rows=1, depth=1, within=frozenset())
            changes = walk.shape.root_fields - before if definition.operation is OperationType.MUTATION else 0
            if changes > limits.mutations:
                raise QueryTooComplex(f"一次请求至多 {limits.mutations} 个改动")
    return walk.shape


class _Walk:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        self.shape = Shape()
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def check(self) -> None:
        for field in fields(Shape):
            bound = getattr(self.limits, field.name)
            if getattr(self.shape, field.name) > bound:
                raise QueryTooComplex(f"查询的{_NAMES[field.name]}超过 {bound}")

    def selections(
        self,
        selected: SelectionSetNode,
        parent: GraphQLNamedType | None,
        *,
        rows: float,
        depth: int,
        within: frozenset[str],
    ) -> None:
        shape = self.shape
        shape.depth = max(shape.depth, depth)
        for node in selected.selections:
            shape.selections += 1
            if isinstance(node, FieldNode):
                self.field(node, parent, rows=rows, depth=depth, within=within)
                continue
            self.check()
            if isinstance(node, InlineFragmentNode):
                named = node.type_condition
                inner = self.schema.get_type(named.name.value) if named else parent
                self.selections(node.selection_set, inner, rows=rows, depth=depth, within=within)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in within:
                fragment = self.fragments.get(node.name.value)
                if fragment:
                    inner = self.schema.get_type(fragment.type_condition.name.value)
                    inside = within | {node.name.value}
                    self.selections(fragment.selection_set, inner, rows=rows, depth=depth, within=inside)

    def field(
        self, node: FieldNode, parent: GraphQLNamedType | None, *, rows: float, depth: int, within: frozenset[str]
    ) -> None:
        shape = self.shape
        shape.aliases += node.alias is not None
        shape.root_fields += depth == 1
        for argument in node.arguments or ():
            shape.argument_length = max(shape.argument_length, _text_length(argument.value))
        self.check()
        if node.selection_set is None:
            return
        known = self.schema.get_field(parent, node.name.value) if parent and is_composite_type(parent) else None
        below = rows * (self.fan_out(node, known, parent) if known else 1)
        shape.cost += below
        inner = get_named_type(known.type) if known else None
        self.selections(node.selection_set, inner, rows=below, depth=depth + 1, within=within)

    def fan_out(self, node: FieldNode, known: GraphQLField, parent: GraphQLNamedType | None) -> float:
        """How many objects a field gives for each object above it."""
        definition = known.extensions.get("strawberry-definition")
        if definition is None:
            return _INTROSPECTION.get(node.name.value, 1)
        if "expect" in definition.metadata:
            return min(self.asked(node, known), float(definition.metadata["expect"]))
        inner = known.type.of_type if isinstance(known.type, GraphQLNonNull) else known.type
        # The entries of a connection were counted with it.
        within = parent is not None and parent.name.endswith("Connection")
        return self.asked(node, known) if is_list_type(inner) and not within else 1

    def asked(self, node: FieldNode, known: GraphQLField) -> float:
        """The page size that a field asks for; a variable counts as the largest page."""
        for argument in node.arguments or ():
            if argument.name.value in _PAGE_ARGUMENTS:
                most = self.limits.page
                told = argument.value
                return float(min(max(int(told.value), 1), most)) if isinstance(told, IntValueNode) else most
        declared = next((known.args[name] for name in _PAGE_ARGUMENTS if name in known.args), None)
        default = getattr(declared, "default_value", None)
        return float(default) if isinstance(default, int) else self.limits.page


def _text_length(value: ValueNode) -> int:
    return len(value.value) if isinstance(value, StringValueNode) else 0


__all__ = ["LIMITS", "Limits", "Shape", "check_variables", "measure"]
