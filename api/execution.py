"""One query, from its text to a result; the server and the command line run the same.

graphql-core runs the query, by an executor that Strawberry's resolvers know. Strawberry's own `Schema.execute`
would add half a dozen context managers to each request (0.3 ms), and nothing hooks into them here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, nullcontext
from inspect import isawaitable
from typing import Any, TypeVar, cast

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    create_source_event_stream,
    execute,
)
from strawberry.execution import optimized_is_awaitable

from api.documents import Document, document
from api.executor import Executor
from api.limits import LIMITS, check_variables
from api.problems import internal_failure
from api.schema.build import schema
from api.schema.reading import Reading
from core.deadline import deadline
from core.errors import QueryInvalid, QueryTimedOut, WeinaoError

R = TypeVar("R", bound=Reading)


async def run(
    reading: Reading, query: str | None, variables: dict[str, Any] | None = None, operation: str | None = None
) -> ExecutionResult:
    """Execute within the time limit. Nothing is raised: every error is in the result.

    The fields of a mutation run one after the other, each once; one that fails leaves those before it done, and their
    results in the answer.
    """
    try:
        prepared, kind = _prepared(query, variables, operation)
    except WeinaoError as error:
        return failed(error)
    except Exception as error:  # noqa: BLE001 - nothing of the library's may reach a client
        return failed(internal_failure(error))
    changes = kind is OperationType.MUTATION
    seconds = reading.limits.mutation_seconds if changes else reading.limits.seconds
    try:
        async with asyncio.timeout(seconds):
            # A change goes on when nobody waits for it any more; a query has no one to go on for.
            with nullcontext() if changes else deadline(seconds):
                return await _run(reading, prepared, variables, operation)
    except TimeoutError:
        remedy = "改动可能已经写入：请带同一 requestId 原样重发。" if changes else None
        return failed(QueryTimedOut(f"{'改动' if changes else '查询'}超过 {seconds:g} 秒", remedy=remedy))
    except WeinaoError as error:
        return failed(error)
    except Exception as error:  # noqa: BLE001 - nothing of the library's may reach a client
        return failed(internal_failure(error))


async def follow(
    reading_of: Callable[[], R], query: str | None, variables: dict[str, Any] | None, operation: str | None
) -> AsyncGenerator[ExecutionResult]:
    """The answers of a subscription, one for each event, each within the time limit and from a reading of its own.

    Raises the `WeinaoError` that refuses or ends it; a fault of the document is the one answer.
    """
    if not query:
        raise QueryInvalid("请求里没有 query")
    check_variables(variables)
    prepared = document(query)
    if prepared.node is not None:
        prepared.check_subscription(operation)
    if prepared.node is None or prepared.errors:
        yield ExecutionResult(None, list(prepared.errors))
        return
    known: GraphQLSchema = schema()._schema  # noqa: SLF001 - no public name
    built = Executor.build(known, prepared.node, None, reading_of(), variables, operation or None)
    events = built if isinstance(built, list) else create_source_event_stream(built)
    events = await events if isawaitable(events) else events
    if isinstance(events, list | ExecutionResult):
        yield ExecutionResult(None, events) if isinstance(events, list) else events
        return
    async with aclosing(cast("AsyncGenerator[Any]", events)) as stream:
        async for event in stream:
            yield await _answer(reading_of(), prepared, event, variables, operation)


async def _answer(
    reading: Reading, prepared: Document, event: Any, variables: dict[str, Any] | None, operation: str | None
) -> ExecutionResult:
    try:
        async with asyncio.timeout(reading.limits.seconds):
            with deadline(reading.limits.seconds):
                return await _run(reading, prepared, variables, operation, event)
    except TimeoutError:
        return failed(QueryTimedOut(f"查询超过 {reading.limits.seconds:g} 秒"))


def _prepared(
    query: str | None, variables: dict[str, Any] | None, operation: str | None
) -> tuple[Document, OperationType | None]:
    """The document, and what its operation does; None for a text that does not parse."""
    if not query:
        raise QueryInvalid("请求里没有 query")
    prepared = document(query)
    kind = None if prepared.node is None else prepared.operation(operation)
    check_variables(variables, LIMITS.argument_length if kind is None else prepared.longest_text(operation))
    return prepared, kind


async def _run(
    reading: Reading,
    prepared: Document,
    variables: dict[str, Any] | None,
    operation: str | None,
    root: Any = None,
) -> ExecutionResult:
    if prepared.node is None or prepared.errors:
        return ExecutionResult(None, list(prepared.errors))
    reading.plans = prepared.plans
    result = execute(
        schema()._schema,  # noqa: SLF001 - no public name
        prepared.node,
        root,
        context_value=reading,
        variable_values=variables,
        operation_name=operation or None,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        executor_class=Executor,
    )
    return await result if isawaitable(result) else result


def failed(error: WeinaoError) -> ExecutionResult:
    return ExecutionResult(None, [GraphQLError(error.message, original_error=error)])
