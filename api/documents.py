"""Query texts made ready to run: parsed, held against the limits, validated; each text once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.limits import LIMITS, measure
from api.plan import Plans
from api.schema.build import schema
from core.errors import QueryInvalid, QueryTooComplex

CACHED_TEXTS = 256  # so that texts nobody sends twice cannot fill the memory
_ANSWERED = (OperationType.QUERY, OperationType.MUTATION)
_READS_TEXT = frozenset({"readComplaint"})
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was looked at: what it parsed to (None: it does not), and what says against running it."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    plans: Plans = field(default_factory=Plans, compare=False)

    def operation(self, name: str | None) -> OperationType:
        """What the operation of a name (the only one, without a name) does: a query or a mutation.

        Raises `QueryInvalid` where there is none such.
        """
        kind = self._kind(name)
        if kind not in _ANSWERED:
            raise QueryInvalid("这里只接受查询与改动", remedy="订阅请用 WebSocket（graphql-transport-ws）。")
        return kind

    def longest_text(self, name: str | None) -> int:
        """Characters that one text of the variables may have: those of a change or of a complaint to be read more."""
        operation = self._operation(name)
        fields = {one.name.value for one in operation.selection_set.selections if isinstance(one, FieldNode)}
        telling = operation.operation is OperationType.MUTATION or fields == _READS_TEXT
        return LIMITS.text_length if telling else LIMITS.argument_length

    def check_subscription(self, name: str | None) -> None:
        """Raises `QueryInvalid` where the operation of a name is no subscription, or there is none."""
        if self._kind(name) is not OperationType.SUBSCRIPTION:
            raise QueryInvalid("这条连接只接受订阅", remedy="查询与改动请用 POST 发到 /graphql。")

    def _kind(self, name: str | None) -> OperationType:
        return self._operation(name).operation

    def _operation(self, name: str | None) -> OperationDefinitionNode:
        operations = [one for one in _definitions(self.node) if not name or (one.name and one.name.value == name)]
        if not operations:
            raise QueryInvalid("查询里没有可执行的操作，或没有 operationName 所指的操作")
        return operations[0]


def document(text: str) -> Document:
    """Raises `QueryTooComplex` for a text that is too long to be looked at."""
    if len(text) > LIMITS.query_length:
        raise QueryTooComplex(f"查询文本超过 {LIMITS.query_length} 个字符")
    return _document(text)


@lru_cache(CACHED_TEXTS)
def _document(text: str) -> Document:
    """Refusals are kept too: what was too much once must not be measured again."""
    try:
        node = parse(text, max_tokens=LIMITS.tokens)
    except GraphQLError as error:
        return Document(None, (error.with_traceback(None),))
    known = schema()._schema  # noqa: SLF001 - no public name
    try:
        measure(known, node)
    except QueryTooComplex as error:
        return Document(node, (GraphQLError(error.message, original_error=error.with_traceback(None)),))
    return Document(node, tuple(validate(known, node, _RULES)))


def _definitions(node: DocumentNode | None) -> list[OperationDefinitionNode]:
    definitions = node.definitions if node else ()
    return [one for one in definitions if isinstance(one, OperationDefinitionNode)]


__all__ = ["Document", "document"]
