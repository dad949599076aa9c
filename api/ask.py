"""Ask in-process what GraphQL clients ask over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from api.execution import run
from api.limits import LIMITS, Limits
from api.problems import body
from api.schema.reading import Reading

if TYPE_CHECKING:
    from governance.access import AccessContext
    from services.app import App


def ask(
    app: App, ctx: AccessContext, query: str, variables: dict[str, Any] | None = None, *, limits: Limits = LIMITS
) -> dict[str, Any]:
    """Run `query` against the served schema: `{"data": …}`, and `"errors"` where there are any; raises for none."""
    return body(asyncio.run(run(Reading(app, ctx, limits), query, variables)))
