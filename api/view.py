"""GraphQL over HTTP: POST of one JSON object, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types import ExecutionResult

from api.execution import failed, run
from api.limits import LIMITS, Limits
from api.problems import body, internal_failure, refusal
from api.schema.build import schema
from api.schema.reading import Reading
from core.errors import QueryInvalid, WeinaoError

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App

    ContextFactory = Callable[[Request], AccessContext]


class GraphQLView(GraphQL[Reading, None]):
    """Each request gets a `Reading` of its own; `context_of` says who asks, and may raise `AccessDenied`."""

    def __init__(self, app: App, context_of: ContextFactory, limits: Limits = LIMITS) -> None:
        super().__init__(schema(), graphql_ide=None, allow_queries_via_get=False, subscription_protocols=())
        self._app = app
        self._context_of = context_of
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as error:
            response = told(QueryInvalid("请求正文须是一个 JSON 对象，含 query 与可选的 variables"), error.status_code)
        except WeinaoError as error:
            response = told(error, 403)
        except Exception as error:  # noqa: BLE001 - nothing of the library's may reach a client
            response = told(internal_failure(error), 500)
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Reading:
        del response
        assert isinstance(request, Request)  # noqa: S101 - no WebSocket route exists
        return Reading(self._app, self._context_of(request), self._limits)

    def decode_json(self, data: str | bytes) -> object:
        found = orjson.loads(data)
        if not isinstance(found, dict):
            raise HTTPException(400, "not an object")
        return found

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    async def execute_operation(  # type: ignore[override]
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData,
        context: Reading,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult:
        del request, request_adapter, root_value, sub_response
        if not isinstance(request_data.operation_name, str | None):
            return failed(QueryInvalid("operationName 须是文字"))
        return await run(context, request_data.query, request_data.variables, request_data.operation_name)

    async def process_result(self, request: Request, result: Any) -> GraphQLHTTPResponse:
        del request
        return body(result)  # type: ignore[return-value]


def told(error: WeinaoError, status: int) -> Response:
    """A refusal as a response of the GraphQL form."""
    return Response(orjson.dumps(refusal(error)), status_code=status, media_type="application/json")
