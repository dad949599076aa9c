"""One query, from its text to a result; the server and the command line run the same.

graphql-core runs the query, by an executor that Strawberry's resolvers know. Strawberry's own `Schema.execute`
would add half a dozen context managers to each request (0.3 ms), and nothing hooks into them here.
"""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, execute
from strawberry.execution import optimized_is_awaitable

from api.documents import document
from api.executor import Executor
from api.limits import check_variables
from api.problems import internal_failure
from api.schema.build import schema
from api.schema.reading import Reading
from core.errors import QueryInvalid, QueryTimedOut, WeinaoError


async def run(
    reading: Reading, query: str | None, variables: dict[str, Any] | None = None, operation: str | None = None
) -> ExecutionResult:
    """Execute within the time limit. Nothing is raised: every error is in the result."""
    try:
        async with asyncio.timeout(reading.limits.seconds):
            return await _run(reading, query, variables, operation)
    except TimeoutError:
        return failed(QueryTimedOut(f"查询超过 {reading.limits.seconds:g} 秒"))
    except WeinaoError as error:
        return failed(error)
    except Exception as error:  # noqa: BLE001 - nothing of the library's may reach a client
        return failed(internal_failure(error))


async def _run(
    reading: Reading, query: str | None, variables: dict[str, Any] | None, operation: str | None
) -> ExecutionResult:
    if not query:
        raise QueryInvalid("请求里没有 query")
    check_variables(variables)
    prepared = document(query)
    if prepared.node is None:
        return ExecutionResult(None, list(prepared.errors))
    prepared.check_operation(operation)
    if prepared.errors:
        return ExecutionResult(None, list(prepared.errors))
    result = execute(
        schema()._schema,  # noqa: SLF001 - no public name
        prepared.node,
        context_value=reading,
        variable_values=variables,
        operation_name=operation or None,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        executor_class=Executor,
    )
    return await result if isawaitable(result) else result


def failed(error: WeinaoError) -> ExecutionResult:
    return ExecutionResult(None, [GraphQLError(error.message, original_error=error)])
