"""From any error to what a client is told: one of our codes, its title, a message and a remedy."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLInputObjectType, GraphQLObjectType

from api.limits import LIMITS
from api.schema.build import schema
from api.wording import explain
from core.errors import (
    AccessError,
    ApiError,
    ChangeError,
    EntityUnknown,
    FilterInvalid,
    GraphNotProjected,
    InternalFailure,
    JudgementRefused,
    KeyAmbiguous,
    PatternInvalid,
    QueryInvalid,
    QueryTooComplex,
    TagRefused,
    TagRuleInvalid,
    WeinaoError,
)

logger = logging.getLogger("weinao.api")
_FOR_CLIENTS = (
    ApiError,
    AccessError,
    ChangeError,
    EntityUnknown,
    FilterInvalid,
    GraphNotProjected,
    JudgementRefused,
    KeyAmbiguous,
    PatternInvalid,
    TagRefused,
    TagRuleInvalid,
)


def body(result: ExecutionResult) -> dict[str, Any]:
    """The JSON object of a response. Equal errors of many rows are told once, and at most `Limits.errors` in all."""
    response: dict[str, Any] = {"data": result.data}
    if result.errors:
        response["errors"] = problems(result.errors)
    return response


def refusal(error: WeinaoError) -> dict[str, Any]:
    """The JSON object of a request that never became a query."""
    return {"errors": [_told(error)]}


def problems(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    references: dict[int, WeinaoError] = {}
    for error in errors:
        ours = _ours(error, references)
        one = _told(ours)
        if error.locations:
            one["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
        if error.path:
            one["path"] = error.path
        field = tuple(key for key in error.path or () if isinstance(key, str))
        told.setdefault((ours.code, ours.message, field), one)
        if len(told) == LIMITS.errors:
            break
    return list(told.values())


def _told(error: WeinaoError) -> dict[str, Any]:
    """What a client may know: errors of the installation (an address, a file) are told by their title alone."""
    open_to_clients = isinstance(error, _FOR_CLIENTS)
    return {
        "message": error.message if open_to_clients else error.title,
        "extensions": {
            "code": error.code,
            "title": error.title,
            "remedy": error.advice if open_to_clients else error.remedy,
        },
    }


def _ours(error: GraphQLError, references: dict[int, WeinaoError]) -> WeinaoError:
    """The error of our tree that stands for `error`; one failure that hit many rows gets one reference."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, WeinaoError):
        if not isinstance(cause, _FOR_CLIENTS):
            logger.error("查询失败：%s", cause)
        return cause
    if isinstance(cause, RecursionError) or "nested too deeply" in error.message:
        return QueryTooComplex(f"查询的层级超过 {LIMITS.depth}")
    if "tokens. Parsing aborted" in error.message:
        return QueryTooComplex(f"查询超过 {LIMITS.tokens} 个词")
    if error.path and not error.message.startswith("Argument "):  # not the query's fault: it was already running
        failure = cause or error
        if id(failure) not in references:
            references[id(failure)] = internal_failure(failure)
        return references[id(failure)]
    place = error.locations[0] if error.locations else None
    position = (place.line, place.column) if place else None
    return QueryInvalid(explain(error.message, _known_names().__contains__, position))


def internal_failure(cause: BaseException) -> InternalFailure:
    """Log where `cause` arose under a new reference: the frames and the class, never its text, which may quote data."""
    reference = secrets.token_hex(4)
    stack = traceback.extract_tb(cause.__traceback__)
    frames = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(stack[-12:]))
    logger.error("内部错误 %s：%s，在 %s", reference, type(cause).__qualname__, frames)
    return InternalFailure(f"内部错误，参考号 {reference}")


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    types = schema()._schema.type_map  # noqa: SLF001 - no public name
    names = set(types)
    for kind in types.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                names |= {name, *field.args}
        elif isinstance(kind, GraphQLInputObjectType):
            names |= set(kind.fields)
    return frozenset(names)
