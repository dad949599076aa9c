"""One query, from its text to a result; the server and the command line run the same."""

from __future__ import annotations

import asyncio
from typing import Any

from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

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
            return await schema().execute(
                query,
                variable_values=variables,
                context_value=reading,
                operation_name=operation,
                allowed_operation_types={OperationType.QUERY},
            )
    except TimeoutError:
        return failed(QueryTimedOut(f"查询超过 {reading.limits.seconds:g} 秒"))
    except MissingQueryError:
        return failed(QueryInvalid("请求里没有 query"))
    except CannotGetOperationTypeError:
        return failed(QueryInvalid("查询里没有可执行的操作，或没有 operationName 所指的操作"))
    except InvalidOperationTypeError:
        return failed(QueryInvalid("这里只接受查询"))
    except Exception as error:  # noqa: BLE001 - nothing of the library's may reach a client
        return failed(internal_failure(error))


def failed(error: WeinaoError) -> ExecutionResult:
    return ExecutionResult(data=None, errors=[GraphQLError(error.message, original_error=error)])
