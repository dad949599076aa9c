"""GraphQL over HTTP: POST of one JSON object, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.coalescing import Coalescer
from api.execution import run
from api.limits import LIMITS, Limits
from api.problems import body, internal_failure, refusal
from api.schema.reading import Reading
from api.templating import template
from api.trusted import TrustedDocuments, template_name
from core.errors import QueryInvalid, TemplateInvalid, WeinaoError
from services.keeping import Keeper

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App

    ContextFactory = Callable[[Request], AccessContext]

PATH = "/graphql"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The body of a request, as far as it is used."""

    query: object
    document_id: object
    variables: dict[str, Any] | None
    operation: str | None


class GraphQLView:
    """An ASGI application. Each request gets a `Reading` of its own; `context_of` says who asks, and may raise
    `AccessDenied`.
    """

    def __init__(
        self, app: App, context_of: ContextFactory, limits: Limits = LIMITS, keeper: Keeper | None = None
    ) -> None:
        self._app = app
        self._context_of = context_of
        self._limits = limits
        self._coalescer = Coalescer(app)
        self._keeper = keeper or Keeper(app)
        self._trusted = TrustedDocuments(app.settings.trusted_documents)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except WeinaoError as error:
            response = told(error, 400 if isinstance(error, QueryInvalid | TemplateInvalid) else 403)
        except Exception as error:  # noqa: BLE001 - nothing of the library's may reach a client
            response = told(internal_failure(error), 500)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        reading = Reading(self._app, self._context_of(request), self._limits, self._coalescer, self._keeper)
        asked = _asked(await request.body())
        name = template_name(asked.query, asked.document_id)
        if name is None:
            query = self._trusted.text(asked.query, asked.document_id)
        else:
            query = (await asyncio.to_thread(template, self._app, name)).document
        result = await run(reading, query, asked.variables, asked.operation)
        return Response(orjson.dumps(body(result)), media_type="application/json")


def told(error: WeinaoError, status: int, headers: dict[str, str] | None = None) -> Response:
    """A refusal as a response of the GraphQL form."""
    return Response(orjson.dumps(refusal(error)), status_code=status, headers=headers, media_type="application/json")


def _asked(data: bytes) -> _Asked:
    """Raises `QueryInvalid`."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise QueryInvalid("请求正文须是一个 JSON 对象，含 query 与可选的 variables")
    variables, operation = found.get("variables"), found.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(operation, str | None):
        raise QueryInvalid("variables 须是一个 JSON 对象，operationName 须是文字")
    return _Asked(found.get("query"), found.get("documentId"), variables, operation)
