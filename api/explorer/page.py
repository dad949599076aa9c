"""The explorer's page and files."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api.view import told
from core.errors import RequestRefused

FOLDER = Path(__file__).parent
# Nothing inline, no other host; data: is for the editor's small marks.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Assets(StaticFiles):
    """Files of the explorer, cached by the browser but asked anew when they may have changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


async def page(request: Request) -> Response:
    """The explorer. A query in the address is refused: addresses stay in histories, and queries name people."""
    if request.query_params:
        return told(RequestRefused("查询只接受 POST，不能写在网址里"), 405)
    return FileResponse(
        FOLDER / "index.html", media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
    )


def routes() -> list[BaseRoute]:
    """The page at `/graphql` and its files below `/graphql/assets`."""
    return [
        Route("/graphql", page, methods=["GET"]),
        Mount("/graphql/assets", _Assets(directory=FOLDER / "assets"), name="assets"),
    ]


__all__ = ["FOLDER", "POLICY", "page", "routes"]
