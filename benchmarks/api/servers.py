"""The contenders, each one process: what Weinao serves, the bare driver behind a route, and @neo4j/graphql."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import neo4j
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.server import reserve, serve
from benchmarks.api.queries import ONE_CYPHER
from core.settings import Settings
from services.app import open_app

NEO4J_GRAPHQL = Path(__file__).with_name("neo4j_graphql")


def missing() -> str | None:
    """Why @neo4j/graphql cannot take part; None when it can."""
    if shutil.which("node") is None:
        return "Node.js 20 or newer"
    if not (NEO4J_GRAPHQL / "node_modules").is_dir():
        return f"its packages (npm ci --prefix {NEO4J_GRAPHQL})"
    return None


@contextmanager
def weinao(settings: Settings) -> Iterator[str]:
    """Its address."""
    with _process(_serve_weinao, settings) as port:
        yield f"http://127.0.0.1:{port}/graphql"


@contextmanager
def bare_driver(settings: Settings) -> Iterator[str]:
    """One statement by the driver alone, its row as JSON, under the same server with the same options."""
    with _process(_serve_bare, settings) as port:
        yield f"http://127.0.0.1:{port}/graphql"


@contextmanager
def neo4j_graphql(settings: Settings) -> Iterator[str]:
    environment = os.environ | {
        "NODE_ENV": "production",
        "NEO4J_URL": str(settings.graph_url),
        "NEO4J_USER": settings.graph_user,
        "NEO4J_PASSWORD_FILE": str(settings.graph_password_file),
        "NEO4J_DATABASE": settings.graph_database,
    }
    with subprocess.Popen(
        ["node", str(NEO4J_GRAPHQL / "server.mjs")], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/graphql"
        finally:
            process.terminate()


@contextmanager
def _process(target: Callable[[Settings, Connection], None], settings: Settings) -> Iterator[int]:
    spawn = multiprocessing.get_context("spawn")
    ready, told = spawn.Pipe(duplex=False)
    process = spawn.Process(target=target, args=(settings, told), daemon=True)
    process.start()
    told.close()
    try:
        yield ready.recv()
    finally:
        process.terminate()
        process.join()


def _serve_weinao(settings: Settings, told: Connection) -> None:
    with reserve("127.0.0.1", 0) as listener, open_app(settings, start_database=False) as app:
        port = listener.getsockname()[1]
        serve(app, host="127.0.0.1", port=port, listener=listener, on_ready=lambda _url: told.send(port))


def _serve_bare(settings: Settings, told: Connection) -> None:
    with reserve("127.0.0.1", 0) as listener, open_app(settings, start_database=False) as app:
        endpoint = app.store.endpoint
        driver = neo4j.GraphDatabase.driver(endpoint.url, auth=(endpoint.user, endpoint.password))

        def rows(node_id: str) -> list[dict[str, object]]:
            with driver.session(database=endpoint.database, default_access_mode="READ") as session:
                return session.run(ONE_CYPHER, id=node_id).data()

        async def one(request: Request) -> Response:
            wanted = orjson.loads(await request.body())["variables"]["id"]
            found = await run_in_threadpool(rows, wanted)
            return Response(orjson.dumps(found, default=str), media_type="application/json")

        config = uvicorn.Config(
            Starlette(routes=[Route("/graphql", one, methods=["POST"])]),
            access_log=False,
            log_config=None,
            lifespan="off",
            proxy_headers=False,
            ws="none",
        )
        told.send(listener.getsockname()[1])
        uvicorn.Server(config).run(sockets=[listener])
